import type { ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { until } from '../conformance/transport-support.js';
import { RawClient } from '../net/raw-client.js';
import { type Finished, finish, start } from './lab.js';

/** A `lab serve` in a process of its own. */
export interface Serving {
  readonly child: ChildProcess;
  /** What it said of itself. */
  readonly line: {
    readonly urls: string[];
    readonly http: string | null;
    readonly source: string;
    readonly pid: number;
  };
  readonly finished: Promise<Finished>;
  /** Where a transport listens. @throws when it is not served */
  url(transport: string): string;
  /** A bare TCP connection. */
  tcp(): Promise<RawClient>;
  /** The sum of a metric over its labels. */
  metric(name: string): Promise<number>;
}

/**
 * Starts `lab serve --json` on free ports (unless told otherwise) and waits for its line. Its
 * standard input stays open for a source that reads it. It is gone when the test is over.
 */
export function serving(...args: string[]): Promise<Serving> {
  return servingWith({}, ...args);
}

/** The same in a process that may have fewer files open. */
export async function servingWith(
  options: { readonly openFiles?: number },
  ...args: string[]
): Promise<Serving> {
  // RawClient keeps its side open: closing then takes all of the drain time.
  const drain = args.includes('--drain') ? [] : ['--drain', '50ms'];
  const port = args.includes('--port') ? [] : ['--port', '0'];
  const wsPort = args.some((arg) => arg.split(',').includes('ws')) ? ['--ws-port', '0'] : [];
  // A file says for itself whether there is HTTP.
  const isSaid = ['--no-http', '--config'].some((flag) => args.includes(flag));
  const ports = [...port, ...wsPort, ...(isSaid ? [] : ['--http-port', '0'])];
  const child = start(['serve', '--json', ...ports, ...drain, ...args], {
    ...options,
    input: { open: true },
  });
  // It may be killed in the middle of a write.
  child.stdin?.on('error', () => {});
  const finished = finish(child);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await finished;
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await until(
    () => text.includes('\n') || child.exitCode !== null,
    'the server to say where it is',
  );
  if (!text.includes('\n')) throw new Error(`lab serve did not start: ${(await finished).stderr}`);
  const line = JSON.parse(text) as Serving['line'];
  const url = (transport: string): string => {
    const found = line.urls.find((one) => one.startsWith(`${transport}:`));
    if (found === undefined) throw new Error(`no ${transport} in ${line.urls.join(' ')}`);
    return found;
  };
  return {
    child,
    line,
    finished,
    url,
    tcp: () => {
      const { hostname, port: bound } = new URL(url('tcp'));
      return RawClient.connect({ host: hostname, port: Number(bound) });
    },
    metric: async (name) => {
      const lines = (await (await fetch(`${line.http}/metrics`)).text()).split('\n');
      const samples = lines.filter((one) => new RegExp(`^${name}[ {]`).test(one));
      return samples.reduce((sum, one) => sum + Number(one.split(' ').at(-1)), 0);
    },
  };
}
