/** Values that options are given, right and wrong, and what a refusal has to say. */
import { expect } from 'vitest';
import { LabError, loadCodec, systemClock } from '../../../src/index.js';

export const codec = await loadCodec('line-json');
export const clock = systemClock();
export const VALUES: readonly unknown[] = [
  0,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 31,
  '',
  null,
  [],
  {},
  'nonsense',
  '1',
  true,
  () => 1,
  Symbol('s'),
  10n,
  Object.create(null),
  [null],
  'x'.repeat(10_000),
];
export const NUMBERS = [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31];

/** An option, which of `VALUES` it takes, and what else must be given with it. */
export interface Case {
  readonly path: string;
  readonly taken?: readonly unknown[];
  readonly rest?: object;
}

export const LISTEN: readonly Case[] = [
  { path: 'heartbeatMs' },
  { path: 'datagramBytes' },
  { path: 'sendBufferBytes' },
  { path: 'udpSender' },
  { path: 'leaseMs' },
  { path: 'group' },
  { path: 'multicastTtl', taken: [0] },
  { path: 'graceMs', taken: [0] },
  { path: 'maxQueuedBytes' },
  { path: 'notSentBytes' },
  { path: 'handshakeTimeoutMs' },
  { path: 'maxRequestBytes' },
  { path: 'maxWaiting' },
  { path: 'pingMs' },
  { path: 'pongTimeoutMs' },
];

export const SERVER: readonly Case[] = [
  { path: 'transports' },
  { path: 'ports.tcp', taken: [0] },
  { path: 'maxClients' },
  { path: 'flush', taken: [0, 0.5] },
  { path: 'retention' },
  { path: 'retention.messages', taken: [], rest: { retention: { messages: 10, bytes: 1_000 } } },
  {
    path: 'retention.bytes',
    taken: [2 ** 31],
    rest: { retention: { messages: 10, bytes: 1_000 } },
  },
  { path: 'retention.keys', taken: [], rest: { retention: { messages: 10, bytes: 1_000 } } },
  ...LISTEN.map((one) => ({ ...one, path: `transportOptions.${one.path}` })),
  { path: 'sourceOptions.seed', taken: [0, -1, 2 ** 31], rest: { source: 'synthetic' } },
  { path: 'sourceOptions.sizeBytes', taken: [0], rest: { source: 'synthetic' } },
  { path: 'sourceOptions.symbols', taken: [], rest: { source: 'synthetic' } },
  { path: 'sourceOptions.from', taken: [null], rest: { source: 'synthetic' } },
  { path: 'rate', taken: [0.5], rest: { source: 'synthetic' } },
  { path: 'onEnd', taken: [], rest: { source: 'synthetic' } },
  { path: 'staleMs', taken: [0] },
  { path: 'httpPort', taken: [0] },
  { path: 'drainMs', taken: [0] },
  { path: 'signal' },
  { path: 'log' },
];

export const FEED: readonly Case[] = [
  { path: 'from', taken: [2 ** 31] },
  { path: 'epoch' },
  { path: 'snapshot', taken: [true] },
  { path: 'reconnect', taken: [true] },
  { path: 'retry', taken: [true] },
  { path: 'signal' },
  { path: 'buffer.messages', taken: [2 ** 31] },
  { path: 'buffer.bytes', taken: [2 ** 31] },
  { path: 'timeoutMs' },
  { path: 'receiveBufferBytes' },
  { path: 'clock' },
];

/** Copies `rest` with `value` at the end of `path`. */
export function given(path: string, value: unknown, rest: object = {}): never {
  const options = structuredClone(rest) as Record<string, unknown>;
  const names = path.split('.');
  let at = options;
  for (const name of names.slice(0, -1)) {
    at[name] ??= {};
    at = at[name] as Record<string, unknown>;
  }
  at[names.at(-1) as string] = value;
  return options as never;
}

/** Passes when it is refused as it should be; `what` is how the option is called. */
export function expectRefusal(error: unknown, what: string, value: unknown): void {
  expect(error, `${what}: ${typeof value}`).toBeInstanceOf(LabError);
  const { code, kind, message, hint } = error as LabError;
  expect([kind, code]).toEqual(['usage', 'LAB_ERR_BAD_VALUE']);
  expect(`${message} ${hint}`).toContain(what.split('.').at(-1));
  if (typeof value === 'number') expect(message).toContain(String(value));
  expect(message.length).toBeLessThan(200);
  expect(hint).toMatch(/\w/);
}

export const isTaken = (taken: readonly unknown[], value: unknown): boolean =>
  taken.some((one) => Object.is(one, value));

/** What the promise is rejected with. */
export async function outcome(action: () => Promise<unknown>): Promise<unknown> {
  return await action().then(
    () => 'nothing',
    (error: unknown) => error,
  );
}
