/** Links of tests: opened, used from both ends, and gone when the test is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { Link, LinkEnd } from '../../../bench/link/link.js';
import type { DirectionSpec, LinkSpec } from '../../../bench/link/link-spec.js';
import { openLink } from '../../../bench/link/open-link.js';
import { findLinkMeans } from '../../../bench/link/requirements.js';
import { workerPath } from '../../../src/process/worker-path.js';

/** Why there can be no link here; undefined when there can. */
export function whyNoLink(): Promise<string | undefined> {
  return findLinkMeans().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

export function way(delayUs: number, loss = 0): DirectionSpec {
  return {
    delayUs,
    jitterUs: 0,
    loss: { kind: 'random', ratio: loss, burst: undefined },
    duplicate: 0,
    reorder: 0,
    reorderUs: 0,
    corrupt: 0,
    rate: undefined,
    outage: undefined,
  };
}

export function linkSpec(up: DirectionSpec, down: DirectionSpec): LinkSpec {
  return { name: 'test', text: 'test', up, down, uplink: undefined };
}

export async function openTestLink(spec: LinkSpec, clients = 3): Promise<Link> {
  const link = await openLink({ spec, seed: 1, clients });
  onTestFinished(() => link.close());
  return link;
}

/** A program of Node in an end: an ES module that may `process.send`. */
export function startIn(end: LinkEnd, code: string): ChildProcess {
  const [program = '', ...args] = end.enter([
    process.execPath,
    '--input-type=module',
    '-e',
    `process.on('disconnect', () => process.exit(0));\n${code}`,
  ]);
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What it says next; its end is an error. */
export async function said<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a program in an end exited with ${code}`);
  });
  ended.catch(() => {});
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message as T;
}

export interface Traces {
  readonly pid: number;
  /** As the kernel names them: `net:[4026532000]`. */
  readonly namespaces: readonly string[];
}

/**
 * What a link takes of the machine while it lives. The test holds its namespaces until it is over:
 * the number of one that is gone would be given to that of another test at once.
 */
export function tracesOf({ serverEnd, clientEnd }: Pick<Link, 'serverEnd' | 'clientEnd'>): Traces {
  const paths = [serverEnd, clientEnd].map((end) => {
    const path = end.enter([]).find((word) => word.startsWith('--net='));
    return (path ?? '').slice('--net='.length);
  });
  const pid = Number(/^\/proc\/(\d+)\//.exec(paths[0] ?? '')?.[1]);
  const held = paths.map((path) => openSync(path, 'r'));
  onTestFinished(() => held.forEach(closeSync));
  return { pid, namespaces: paths.map((path) => readlinkSync(path)) };
}

/**
 * Who holds one of them but this process: who is in it or has a descriptor of it, or a name of
 * `ip netns`. A namespace that nobody else holds would be gone, and with it its devices.
 */
export function holdersOf({ pid, namespaces }: Traces): string[] {
  const isOne = (to: string): boolean => namespaces.includes(to);
  const processes = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const names = entriesOf('/run/netns').map((name) => `/run/netns/${name}`);
  return [
    ...processes.filter((id) => Number(id) === pid || linksOf(id).some(isOne)),
    ...names.filter((name) => isOne(`net:[${inodeOf(name)}]`)),
  ];
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function linksOf(pid: string): string[] {
  const descriptors = entriesOf(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
  return [`/proc/${pid}/ns/net`, ...descriptors].flatMap((path) => {
    try {
      return [readlinkSync(path)];
    } catch {
      return [];
    }
  });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The code that opens a link in a process of its own, as a command that becomes it. */
export function linkCommand(then: string): string[] {
  const openPath = workerPath('bench/link/open-link.js');
  const spec = JSON.stringify(linkSpec(way(1_000), way(1_000)));
  const code = `import { openLink } from ${JSON.stringify(openPath)};
    try {
      const link = await openLink({ spec: ${spec}, seed: 1, clients: 2 });
      ${then}
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message }));
      process.exit(3);
    }`;
  return [process.execPath, '--input-type=module', '-e', code];
}
