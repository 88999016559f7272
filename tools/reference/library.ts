/**
 * The options of the library: types and comments from the source, ranges from what refuses them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Broadcast,
  createServer,
  LabError,
  loadCodec,
  openSource,
  subscribe,
  systemClock,
} from '../../src/index.js';

interface Entry {
  readonly title: string;
  readonly about: string;
  /** Name of the interface, wherever it lies in src/. */
  readonly type: string;
  /** Gives the option a value that it cannot take; throws or rejects with what it may be. */
  readonly refuse?: (name: string, value: unknown) => unknown;
}

/** For entry points that take what is wrong for a number, a text, an object, a function. */
const WRONG = Symbol('wrong');

export const LIBRARY: readonly Entry[] = [
  {
    title: 'createServer(options)',
    about: 'Everything has a default.',
    type: 'ServerOptions',
    refuse: (name, value) => createServer({ [name]: value }),
  },
  {
    title: 'transportOptions of createServer',
    about:
      'What transports are told; `host`, `port`, `codecs`, `clock` and `waitingQuota` come from the server.',
    type: 'TransportListenOptions',
    refuse: (name, value) => createServer({ transportOptions: { [name]: value } }),
  },
  {
    title: 'subscribe(url, options)',
    about: 'What the query of the URL says too is overridden by what stands here.',
    type: 'FeedOptions',
    refuse: (name, value) => subscribe('tcp://127.0.0.1:1', { [name]: value }),
  },
  {
    title: 'openSource(spec, options), sourceOptions of createServer',
    about: 'What a source may be told.',
    type: 'SourceOptions',
    refuse: (name, value) =>
      openSource('synthetic', {
        seed: 1,
        sizeBytes: 0,
        symbols: 1,
        loop: false,
        [name]: value,
      }),
  },
  {
    title: 'new Broadcast(options)',
    about: 'The core without transports. `clock` and `encoder` are required.',
    type: 'BroadcastOptions',
    refuse: async (name, value) => {
      const encoder = await loadCodec('line-json');
      return new Broadcast({ clock: systemClock(), encoder, [name]: value });
    },
  },
  {
    title: 'connect(endpoint, options) of a transport',
    about: 'The client half of a transport. `codec`, `receiver` and `clock` are required.',
    type: 'ConnectOptions',
  },
];

/** From the root of the project, where npm starts its scripts: the built files have no types. */
const SOURCE = 'src';

/** Rows of the table of an interface: option, type, allowed, meaning. */
export async function libraryRows({ type, refuse }: Entry): Promise<string[][]> {
  return Promise.all(
    members(type).map(async ({ name, type: text, about }) => [
      `\`${name}\``,
      `\`${text}\``,
      refuse === undefined ? '' : await allowed(() => refuse(name, WRONG)),
      about,
    ]),
  );
}

/** The hint of the error that a wrong value gives: `use an integer from 1 to 10`. */
async function allowed(refuse: () => unknown): Promise<string> {
  try {
    const opened = (await refuse()) as { close?: () => unknown } | undefined;
    await opened?.close?.();
    return '';
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== 'LAB_ERR_BAD_VALUE') return '';
    const hint = (error.hint ?? '').replace(/^(use|give) /, '');
    return /no such member/.test(hint) ? '' : hint;
  }
}

interface Member {
  readonly name: string;
  readonly type: string;
  readonly about: string;
}

/** Members of an interface of src/ and of what it extends there, with their doc comments. */
export function members(type: string): Member[] {
  const found = interfaceText(type);
  if (found === undefined) return [];
  const own = [...found.body.matchAll(MEMBER)].map(([, comment = '', name = '', text = '']) => ({
    name,
    type: text.replaceAll(/\s+/g, ' ').trim(),
    about: comment
      .replaceAll(/^\s*\* ?/gm, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  }));
  // By name: parents may have a parent in common.
  return [
    ...new Map(
      [...found.parents.flatMap(members), ...own].map((member) => [member.name, member]),
    ).values(),
  ];
}

const MEMBER = /(?:\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*)?readonly (\w+)\??: ((?:[^;]|\n)*?);\n/g;

/** Text between the braces of `export interface NAME`, and the names that it extends. */
function interfaceText(type: string): { body: string; parents: string[] } | undefined {
  const pattern = new RegExp(
    `^export interface ${type}(?:\\s+extends ([^{]*))?\\s*\\{(?:\\n(.*?)^)?\\}`,
    'ms',
  );
  for (const name of sourceFiles()) {
    const match = pattern.exec(readFileSync(join(SOURCE, name), 'utf8'));
    if (match === null) continue;
    const parents = (match[1] ?? '').split(',').map((parent) => parent.trim());
    return { body: match[2] ?? '', parents: parents.filter((parent) => /^\w+$/.test(parent)) };
  }
  return undefined;
}

function sourceFiles(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .sort();
}
