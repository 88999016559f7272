/**
 * Every option of every public entry point, with every kind of value that is none:
 * LAB_ERR_BAD_VALUE, named and explained.
 */
import { describe, expect, it } from 'vitest';
import {
  Broadcast,
  createServer,
  LabError,
  loadCodec,
  loadTransport,
  openSource,
  parseAlert,
  subscribe,
  systemClock,
  transportNames,
} from '../../../src/index.js';
import { serve } from '../../support/server/serve-rig.js';

const codec = await loadCodec('line-json');
const clock = systemClock();
const VALUES: readonly unknown[] = [
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
const NUMBERS = [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31];

/** An option, which of `VALUES` it takes, and what else must be given with it. */
interface Case {
  readonly path: string;
  readonly taken?: readonly unknown[];
  readonly rest?: object;
}

const LISTEN: readonly Case[] = [
  { path: 'heartbeatMs' },
  { path: 'datagramBytes' },
  { path: 'sendBufferBytes' },
  { path: 'udpSender' },
  { path: 'leaseMs' },
  { path: 'group' },
  { path: 'multicastTtl', taken: [0] },
  { path: 'graceMs', taken: [0] },
  { path: 'maxQueuedBytes' },
  { path: 'handshakeTimeoutMs' },
  { path: 'maxRequestBytes' },
  { path: 'maxWaiting' },
  { path: 'pingMs' },
  { path: 'pongTimeoutMs' },
];

const SERVER: readonly Case[] = [
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

const FEED: readonly Case[] = [
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
function given(path: string, value: unknown, rest: object = {}): never {
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
function expectRefusal(error: unknown, what: string, value: unknown): void {
  expect(error, `${what}: ${typeof value}`).toBeInstanceOf(LabError);
  const { code, kind, message, hint } = error as LabError;
  expect([kind, code]).toEqual(['usage', 'LAB_ERR_BAD_VALUE']);
  expect(`${message} ${hint}`).toContain(what.split('.').at(-1));
  if (typeof value === 'number') expect(message).toContain(String(value));
  expect(message.length).toBeLessThan(200);
  expect(hint).toMatch(/\w/);
}

const isTaken = (taken: readonly unknown[], value: unknown): boolean =>
  taken.some((one) => Object.is(one, value));

/** What the promise is rejected with. */
async function outcome(action: () => Promise<unknown>): Promise<unknown> {
  return await action().then(
    () => 'nothing',
    (error: unknown) => error,
  );
}

describe('createServer', () => {
  it.each(SERVER)(
    'refuses what $path may not be, and nothing else',
    async ({ path, taken = [], rest = {} }) => {
      for (const value of VALUES) {
        // A port above 65,535 is refused by what was to bind it.
        if (/port/i.test(path) && value === 2 ** 31) continue;
        if (isTaken(taken, value)) {
          await serve({ ports: { tcp: 0 }, ...(given(path, value, rest) as object) }).then((one) =>
            one.close({ drainMs: 0 }),
          );
        } else {
          expectRefusal(
            await outcome(() => createServer(given(path, value, { ports: { tcp: 0 }, ...rest }))),
            path,
            value,
          );
        }
      }
    },
  );

  it.each([
    ['host'],
    ['codec'],
    ['policy'],
    ['source'],
    ['transportOptions.multicastInterface'],
    ['sourceOptions.finnhubUrl'],
  ])('refuses a %s that is not text', async (path) => {
    for (const value of VALUES.filter((one) => typeof one !== 'string' || one === '')) {
      expectRefusal(
        await outcome(() => createServer(given(path, value, { ports: { tcp: 0 } }))),
        path,
        value,
      );
    }
  });

  it('never listens on every address because none was named', async () => {
    for (const host of ['', ' ', null, 0, '\0', 'a b', '127.0.0.1\n']) {
      expectRefusal(
        await outcome(() => createServer({ host, ports: { tcp: 0 } } as never)),
        'host',
        undefined,
      );
    }
  });

  it('refuses what is not an object as all options', async () => {
    for (const value of [0, Number.NaN, '', 'x', null, [], true, () => 1, Symbol('s'), 10n]) {
      expectRefusal(await outcome(() => createServer(value as never)), 'options', value);
    }
  });

  it.each([
    ['colour', { colour: 1 }],
    ['retention.size', { retention: { messages: 1, bytes: 1, size: 1 } }],
    ['transportOptions.heartbeat', { transportOptions: { heartbeat: 1 } }],
    ['transportOptions.host', { transportOptions: { host: '::' } }],
    ['sourceOptions.loop', { source: 'synthetic', sourceOptions: { loop: true } }],
    ['ports.tpc', { ports: { tcp: 0, tpc: 1 } }],
  ])('refuses %s, which it does not know', async (name, options) => {
    const error = await outcome(() => createServer({ ports: { tcp: 0 }, ...options } as never));
    expect(error).toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining(name),
    });
  });

  it('takes an option that is undefined for one that is absent', async () => {
    const absent = {
      host: undefined,
      retention: undefined,
      maxClients: undefined,
      source: undefined,
    };
    const server = await serve({ ports: { tcp: 0 }, ...absent } as never);
    expect(server.urls).toEqual([expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:/)]);
  });

  it('close refuses a time that is none, and closes nothing then', async () => {
    const server = await serve();
    for (const drainMs of [-1, 0.5, Number.NaN, 2 ** 31, '', null, {}]) {
      expectRefusal(await outcome(() => server.close({ drainMs } as never)), 'drainMs', drainMs);
    }
    expect(server.notReady).toBeUndefined();
    expect(server.publish('k', 1)).toBe(1);
  });
});

describe('subscribe', () => {
  it.each(FEED)('refuses at once what $path may not be', ({ path, taken = [] }) => {
    for (const value of VALUES) {
      const action = () => subscribe('tcp://127.0.0.1:1', given(path, value));
      if (isTaken(taken, value)) void action().close();
      else
        expect(action).toThrow(
          expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE', hint: expect.any(String) }),
        );
    }
  });

  it('refuses what is not a URL', () => {
    for (const value of VALUES) {
      expect(() => subscribe(value as never)).toThrow(
        expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
      );
    }
  });

  it('refuses options that it does not know, or that are not options', () => {
    for (const options of [
      { reconect: false },
      null,
      [],
      'x',
      1,
      { buffer: { message: 1 } },
      { keys: 'AAPL' },
      { keys: [1] },
    ]) {
      expect(() => subscribe('tcp://h', options as never)).toThrow(
        expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
      );
    }
  });
});

describe.each(transportNames())('the transport %s by itself', (name) => {
  const listen = { host: '127.0.0.1', port: 0, codecs: [codec], clock };
  const receiver = { begin: () => {}, message: () => {}, end: () => {}, control: () => {} };
  const connect = { codec, clock, receiver };

  const members = ['host', 'codecs', 'clock'].map((path) => ({ path }));

  it.each<Case>([...LISTEN, ...members])(
    'listen refuses what $path may not be',
    async ({ path, taken = [] }) => {
      const transport = await loadTransport(name);
      for (const value of VALUES.filter(
        (one) =>
          !isTaken(taken, one) && !(path === 'host' && typeof one === 'string' && one !== ''),
      )) {
        const broadcast = new Broadcast({ clock, encoder: codec });
        expectRefusal(
          await outcome(() => transport.listen(broadcast, { ...listen, [path]: value } as never)),
          path,
          value,
        );
      }
    },
  );

  it.each<Case>([
    { path: 'timeoutMs' },
    { path: 'fromSeq', taken: [0, 2 ** 31] },
    { path: 'receiveBufferBytes' },
    { path: 'codec' },
    { path: 'receiver' },
    { path: 'epoch' },
  ])('connect refuses what $path may not be', async ({ path, taken = [] }) => {
    const transport = await loadTransport(name);
    const endpoint = { host: '127.0.0.1', port: 9 };
    for (const value of VALUES.filter((one) => !isTaken(taken, one))) {
      expectRefusal(
        await outcome(() => transport.connect(endpoint, { ...connect, [path]: value } as never)),
        path,
        value,
      );
    }
  });

  it('connect refuses an endpoint that is none', async () => {
    const transport = await loadTransport(name);
    for (const endpoint of [
      null,
      {},
      { host: '', port: 1 },
      { host: 'h' },
      { host: 'h', port: '1' },
    ]) {
      expect(await outcome(() => transport.connect(endpoint as never, connect))).toMatchObject({
        code: 'LAB_ERR_BAD_VALUE',
      });
    }
  });
});

describe('a broadcast by itself', () => {
  it.each<Case>([
    { path: 'maxClients', taken: [0] },
    { path: 'maxFilters', taken: [0] },
    { path: 'flush', taken: [0, 0.5] },
    { path: 'retention' },
    { path: 'clock' },
    { path: 'encoder' },
    { path: 'colour' },
  ])('refuses what $path may not be', ({ path, taken = [] }) => {
    for (const value of VALUES) {
      const action = () => new Broadcast({ clock, encoder: codec, [path]: value } as never);
      if (isTaken(taken, value)) action();
      else
        expect(action, `${path}: ${typeof value}`).toThrow(
          expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
        );
    }
  });

  it('refuses a subscriber that asks for nonsense, or is none', () => {
    const broadcast = new Broadcast({ clock, encoder: codec });
    const sink = { flush: () => {}, lagged: () => {}, end: () => {} };
    const requests = [
      null,
      {},
      { encoder: {} },
      ...NUMBERS.slice(0, 5).map((fromSeq) => ({ encoder: codec, fromSeq })),
      { encoder: codec, keys: 'k' },
    ];
    for (const request of requests) {
      expect(() => broadcast.subscribe(request as never, sink)).toThrow(
        expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
      );
    }
    for (const none of [null, {}, { flush: () => {} }]) {
      expect(() => broadcast.subscribe({ encoder: codec }, none as never)).toThrow(
        expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
      );
    }
    expect(broadcast.counters.clients).toBe(0);
  });
});

it('openSource refuses a spec or options that are none', async () => {
  const options = { seed: 1, sizeBytes: 0, symbols: 5, loop: false };
  for (const spec of VALUES.filter((one) => typeof one !== 'string')) {
    expect(await outcome(() => openSource(spec as never, options))).toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
    });
  }
  for (const given of [
    undefined,
    null,
    {},
    { ...options, loop: 1 },
    { ...options, seeds: 1 },
    { ...options, symbols: 0 },
    { ...options, to: { at: 'now' } },
  ]) {
    expect(await outcome(() => openSource('synthetic', given as never))).toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
    });
  }
});

it('a codec or an alert of any other kind is refused as well', async () => {
  for (const value of VALUES) {
    const unknown = await outcome(() => loadCodec(value as never));
    expect(unknown).toMatchObject({ code: 'LAB_ERR_UNKNOWN_CODEC' });
    const size = await outcome(() => loadCodec('msgpack', { maxMessageBytes: value } as never));
    expect(size).toMatchObject({ code: 'LAB_ERR_BAD_VALUE' });
    expect(() => parseAlert(value as never)).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
    );
  }
  for (const options of [null, [], 1, { maxBytes: 1 }]) {
    expect(await outcome(() => loadCodec('msgpack', options as never))).toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
    });
  }
});
