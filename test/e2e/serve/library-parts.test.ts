/** The options of a transport, a broadcast, a source and a codec, each used by itself. */
import { describe, expect, it } from 'vitest';
import {
  Broadcast,
  loadCodec,
  loadTransport,
  openSource,
  parseAlert,
  transportNames,
} from '../../../src/index.js';
import {
  type Case,
  clock,
  codec,
  expectRefusal,
  isTaken,
  LISTEN,
  NUMBERS,
  outcome,
  VALUES,
} from '../../support/server/option-cases.js';

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
