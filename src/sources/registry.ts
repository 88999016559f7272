import type { z } from 'zod';
import { checkOptions, leaf } from '../core/options.js';
import { LabError } from '../errors.js';
import { mergedTable, type OptionTable, type OptionValues, passedOn } from '../options/option.js';
import { FINNHUB_OPTIONS } from './finnhub/options.js';
import { choicesSchema, openSchema } from './options.js';
import { REPLAY_OPTIONS } from './replay/options.js';
import type { Source, SourceFactory, SourceOptions } from './source.js';
import { SYNTHETIC_OPTIONS } from './synthetic/options.js';

/** A source: what it can be told, known without loading it, and how to load it. */
export interface RegisteredSource {
  /** How to name it, for a help text: `replay:FILE (CSV or NDJSON)`. */
  readonly usage: string;
  readonly options: OptionTable;
  readonly load: () => Promise<SourceFactory>;
}

/** Loaded on first use, so that a source's dependencies cost nothing to those who do not use it. */
export const SOURCES: ReadonlyMap<string, RegisteredSource> = new Map([
  [
    'synthetic',
    {
      usage: 'synthetic',
      options: SYNTHETIC_OPTIONS,
      load: async () => (await import('./synthetic/index.js')).openSynthetic,
    },
  ],
  [
    'replay',
    {
      usage: 'replay:FILE (CSV or NDJSON)',
      options: REPLAY_OPTIONS,
      load: async () => (await import('./replay/index.js')).openReplay,
    },
  ],
  [
    'stdin',
    {
      usage: 'stdin:lines or stdin:bytes (standard input)',
      options: [],
      load: async () => (await import('./stdin/index.js')).openStdin,
    },
  ],
  [
    'finnhub',
    {
      usage: 'finnhub:AAPL,MSFT (live prices, with FINNHUB_API_KEY)',
      options: FINNHUB_OPTIONS,
      load: async () => (await import('./finnhub/index.js')).openFinnhub,
    },
  ],
]);

/** The options of all sources. */
export function sourceTable(): OptionTable {
  return mergedTable([...SOURCES.values()].map(({ options }) => options));
}

/**
 * What a source is opened with. What is set for other sources is left out: it may come from a file
 * that is written for several, and to open one with what it does not take is an error.
 */
export function chosenOptions(spec: string, values: OptionValues): ReturnType<typeof passedOn> {
  const own = SOURCES.get(parseSourceSpec(spec).name)?.options ?? [];
  const taken = sourceTable().filter(
    ({ name, ...row }) =>
      own.some((one) => one.name === name) || ('default' in row && row.default !== null),
  );
  return passedOn(taken, 'open', values);
}

/** What a server may be told for its source. */
export function sourceOptionsSchema(): z.ZodType {
  return choicesSchema(sourceTable());
}

/**
 * Sources that are not deterministic. Known by name: to open one may need a key, a network or
 * somebody's input.
 */
const LIVE: ReadonlySet<string> = new Set(['stdin', 'finnhub']);

const SPEC = leaf(
  (value) => typeof value === 'string',
  "give a text such as 'synthetic' or 'replay:FILE'",
);

/** What a spec `name:argument` says. */
export interface SourceSpec {
  readonly name: string;
  /** What follows the first colon, or ''. */
  readonly argument: string;
}

/** Names that a spec may begin with. */
export function sourceNames(): string[] {
  return [...SOURCES.keys()];
}

/**
 * True when the source that `spec` names follows the world outside: no two processes would see the
 * same feed.
 */
export function isLive(spec: string): boolean {
  return LIVE.has(parseSourceSpec(spec).name);
}

/** How each source is named: `synthetic, replay:FILE (CSV or NDJSON), …`. */
export function sourceUsages(which: (name: string) => boolean = () => true): string {
  return [...SOURCES]
    .filter(([name]) => which(name))
    .map(([, { usage }]) => usage)
    .join(', ');
}

/** Splits at the first colon only: the argument may be a path with colons of its own. */
export function parseSourceSpec(spec: string): SourceSpec {
  const colon = spec.indexOf(':');
  if (colon < 0) return { name: spec, argument: '' };
  return { name: spec.slice(0, colon), argument: spec.slice(colon + 1) };
}

/**
 * Opens the source that `spec` names, for example `synthetic` or `replay:trades.csv`.
 * @throws LAB_ERR_UNKNOWN_SOURCE, LAB_ERR_BAD_VALUE (an option out of range), and what the source
 * itself throws
 */
export async function openSource(spec: string, options: SourceOptions): Promise<Source> {
  checkOptions(SPEC, spec, 'source');
  const { name, argument } = parseSourceSpec(spec);
  const registered = SOURCES.get(name);
  if (registered === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_SOURCE', `source '${spec}' is not known`, {
      option: 'source',
      value: spec,
      hint: `use one of: ${sourceNames().join(', ')}; to replay a file write \`source: 'replay:FILE'\``,
    });
  }
  checkOptions(openSchema(sourceTable()), options);
  if (name !== 'replay' && (options.from ?? options.to ?? null) !== null) {
    throw new LabError(
      'LAB_ERR_NO_EFFECT',
      `source '${spec}' has no part from or to a recorded time`,
      {
        option: 'source',
        value: spec,
        hint: "use `from` and `to` with `source: 'replay:FILE'`",
      },
    );
  }
  const { timeColumn, keyColumn, timeUnit } = options;
  if (name !== 'replay' && (timeColumn ?? keyColumn ?? timeUnit ?? null) !== null) {
    throw new LabError('LAB_ERR_NO_EFFECT', `source '${spec}' has no columns`, {
      option: 'source',
      value: spec,
      hint: "use `timeColumn`, `keyColumn` and `timeUnit` with `source: 'replay:FILE'`",
    });
  }
  if (name !== 'synthetic' && (options.keyOrder ?? null) !== null) {
    throw new LabError('LAB_ERR_NO_EFFECT', `source '${spec}' has the order of what comes in`, {
      option: 'source',
      value: spec,
      hint: "use `keyOrder` with `source: 'synthetic'`",
    });
  }
  const open = await registered.load();
  return open(argument, options);
}
