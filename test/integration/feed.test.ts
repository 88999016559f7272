import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subscribe } from '../../src/client/feed.js';
import { codecNames } from '../../src/codecs/registry.js';
import type { LabError } from '../../src/errors.js';
import { range, until } from '../conformance/transport-support.js';
import { Listener, startServer, type TestServer } from './support/feed-rig.js';
import { TcpProxy } from './support/tcp-proxy.js';

const url = (port: number, query = ''): string => `tcp://127.0.0.1:${port}${query}`;

async function proxyTo({ port }: TestServer): Promise<TcpProxy> {
  const proxy = await TcpProxy.to(port);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Waits until the feed has had the message `seq`. */
const has = (listener: Listener, seq: number): Promise<void> =>
  until(
    () => listener.messages.at(-1)?.seq === seq,
    () =>
      `message ${seq}; last is ${listener.messages.at(-1)?.seq}, notices ${JSON.stringify(listener.notices)}`,
  );

const connected = (listener: Listener, times = 1): Promise<void> =>
  until(() => listener.count('connected') >= times, 'a welcome');

describe('a feed', () => {
  it.each(codecNames())(
    'hands over the snapshot, then every message once and in order, in %s',
    async (codec) => {
      const server = await startServer();
      await server.publish(25);
      const listener = new Listener(url(server.port), { codec });
      await has(listener, 25);
      await server.publish(1_000);
      await has(listener, 1_025);
      expect(listener.seqs).toEqual(range(16, 1_025));
      expect(listener.messages[10]).toMatchObject({ key: 'key6', value: { price: 26 } });
      const stats = listener.feed.stats();
      expect(stats).toMatchObject({
        received: 1_000,
        snapshot: 10,
        expected: 1_000,
        missed: 0,
        duplicates: 0,
        connected: true,
      });
      expect(stats.epoch).toBe(server.broadcast.epoch);
      expect(stats.latency).toMatchObject({ count: 1_000, negative: 0, overflow: 0 });
      expect(stats.latency.p50).toBeLessThanOrEqual(stats.latency.p99 as number);
      expect(stats.rate).toBeGreaterThan(0);
      expect(stats.bytes).toBeGreaterThan(1_010 * 30);
    },
  );

  it('hands over bytes as they were published', async () => {
    const server = await startServer();
    const listener = new Listener(url(server.port), { codec: 'msgpack' });
    await connected(listener);
    server.broadcast.publish('blob', Uint8Array.of(0, 255, 10));
    await has(listener, 1);
    expect(listener.messages[0]?.value).toEqual(Buffer.of(0, 255, 10));
  });

  it('leaves the snapshot out when asked to', async () => {
    const server = await startServer();
    await server.publish(25);
    const listener = new Listener(url(server.port), { snapshot: false });
    await connected(listener);
    await server.publish(3);
    await has(listener, 28);
    expect(listener.seqs).toEqual([26, 27, 28]);
  });

  it('gives only the keys asked for, and options override the URL', async () => {
    const server = await startServer();
    const listener = new Listener(url(server.port, '?keys=key1,key2&from=9'), {
      keys: ['key3', 'key4'],
      from: 1,
    });
    await connected(listener);
    await server.publish(30);
    await has(listener, 24);
    expect(listener.seqs).toEqual([3, 4, 13, 14, 23, 24]);
    expect(listener.gaps).toEqual([]);
  });

  it('asked for what is no longer retained says what is missing, and why', async () => {
    const server = await startServer('tcp', { broadcast: { retention: { messages: 10, bytes: 1e6 } } });
    await server.publish(25);
    const listener = new Listener(url(server.port, '?from=6'));
    await has(listener, 25);
    expect(listener.seqs).toEqual(range(16, 25));
    expect(listener.gaps).toEqual([
      { type: 'gap', from: 6, to: 15, missed: 10, reason: 'retention', exact: true },
    ]);
    expect(listener.feed.stats()).toMatchObject({ received: 10, missed: 10, expected: 20, gaps: 1 });
  });

  it('is over when the server ends it', async () => {
    const server = await startServer();
    const listener = new Listener(url(server.port));
    await connected(listener);
    await server.publish(5);
    await server.close();
    expect(await listener.done).toBeUndefined();
    expect(listener.seqs).toEqual(range(1, 5));
    expect(listener.notices.at(-1)).toEqual({ type: 'ended', reason: 'closed' });
  });

  it('a loop that is left closes everything behind it', async () => {
    const server = await startServer();
    await server.publish(20);
    const feed = subscribe(url(server.port));
    for await (const { seq } of feed) if (seq === 13) break;
    await until(() => server.broadcast.counters.clients === 0, 'the client leaves');
    expect(feed.stats()).toMatchObject({ connected: false, snapshot: 3 });
    for await (const _ of feed) expect.unreachable('a closed feed gives nothing');
  });

  it('ends by its signal, before or while it runs', async () => {
    const server = await startServer();
    const before = new Listener(url(server.port), { signal: AbortSignal.abort() });
    expect(await before.done).toBeUndefined();
    expect(before.notices).toEqual([{ type: 'ended', reason: 'left' }]);
    const controller = new AbortController();
    const listener = new Listener(url(server.port), { signal: controller.signal });
    await connected(listener);
    controller.abort();
    expect(await listener.done).toBeUndefined();
    await listener.feed.close();
    expect(listener.notices.at(-1)).toEqual({ type: 'ended', reason: 'left' });
  });

  it('fails when nobody is there, unless it is to keep trying', async () => {
    const server = await startServer();
    const proxy = await proxyTo(server);
    proxy.open = false;
    const listener = new Listener(url(proxy.port));
    expect(await listener.done).toMatchObject({ code: expect.stringMatching(/^LAB_ERR_(CONNECT|CLOSED)$/) });
    expect(listener.notices).toMatchObject([{ type: 'ended', error: expect.any(Error) }]);
    const patient = new Listener(url(proxy.port), { retry: true });
    await until(() => patient.count('reconnecting') >= 3, 'attempts');
    expect(patient.notices).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }]);
    proxy.open = true;
    await connected(patient);
    await server.publish(2);
    await has(patient, 2);
  });

  it.each([
    ['?codec=xml', 'LAB_ERR_UNKNOWN_CODEC'],
    [`?keys=${'x'.repeat(257)}`, 'LAB_ERR_BAD_REQUEST'],
  ])('does not ask again after a refusal that will not change: %s', async (query, code) => {
    const server = await startServer();
    const listener = new Listener(url(server.port, query), { retry: true });
    expect(await listener.done).toMatchObject({ code });
    expect(listener.count('reconnecting')).toBe(0);
  });

  it('does not ask again when a server sends what cannot be read', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      const welcome = {
        control: 'welcome',
        protocol: 1,
        codec: 'line-json',
        epoch: '0'.repeat(16),
        next: 1,
        oldest: 1,
        snapshot: 0,
        heartbeat_ms: 1000,
      };
      // Scanning does not look into the value; decoding does.
      socket.write(`${JSON.stringify(welcome)}\n{"seq":1,"time":1,"key":"k","value":{oops}}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const listener = new Listener(url(port), { retry: true });
    expect(await listener.done).toMatchObject({ code: 'LAB_ERR_MALFORMED' });
    expect(listener.count('connected')).toBe(1);
  });

  it('what a notice handler throws ends the feed, and the loop throws it', async () => {
    const server = await startServer();
    const listener = new Listener(url(server.port), {
      onNotice: ({ type }) => {
        if (type === 'connected') throw new RangeError('mine');
      },
    });
    expect(await listener.done).toEqual(new RangeError('mine'));
    await until(() => server.broadcast.counters.clients === 0, 'the client leaves');
  });

  it('drops the oldest for a loop that does not keep up, says so before the next message, and the sum is right', async () => {
    const server = await startServer();
    const notices: unknown[] = [];
    const feed = subscribe(url(server.port), {
      buffer: { messages: 10 },
      onNotice: (notice) => notices.push(notice),
    });
    onTestFinished(() => feed.close());
    await until(() => notices.length > 0, 'a welcome');
    await server.publish(100);
    await until(() => feed.stats().expected === 100, 'all to arrive');
    expect(feed.stats()).toMatchObject({ buffered: 10, missed: 90, received: 0 });
    const seqs: number[] = [];
    for await (const { seq } of feed) {
      seqs.push(seq);
      if (seq === 100) break;
    }
    expect(seqs).toEqual(range(91, 100));
    expect(notices[1]).toEqual({
      type: 'gap',
      from: 1,
      to: 90,
      missed: 90,
      reason: 'slow-consumer',
      exact: true,
    });
    expect(feed.stats()).toMatchObject({ received: 10, missed: 90, expected: 100 });
  });
});

describe('after a cut', () => {
  it('a feed goes on with the next message: nothing twice, nothing missing', async () => {
    const server = await startServer();
    const proxy = await proxyTo(server);
    const listener = new Listener(url(proxy.port));
    for (let round = 1; round <= 4; round++) {
      await connected(listener, round);
      await server.publish(30);
      await has(listener, server.broadcast.next - 1);
      proxy.cut();
      await server.publish(20);
    }
    await has(listener, 200);
    expect(listener.seqs).toEqual(range(1, 200));
    expect(listener.gaps).toEqual([]);
    expect(listener.feed.stats()).toMatchObject({ received: 200, expected: 200, missed: 0, reconnects: 4 });
  });

  it('what is no longer retained is a gap, exactly', async () => {
    const server = await startServer('tcp', { broadcast: { retention: { messages: 50, bytes: 1e6 } } });
    const proxy = await proxyTo(server);
    const listener = new Listener(url(proxy.port));
    await connected(listener);
    await server.publish(40);
    await has(listener, 40);
    proxy.open = false;
    proxy.cut();
    await until(() => listener.count('reconnecting') > 0, 'the cut to be noticed');
    await server.publish(160);
    proxy.open = true;
    await has(listener, 200);
    expect(listener.seqs).toEqual([...range(1, 40), ...range(151, 200)]);
    expect(listener.gaps).toEqual([
      { type: 'gap', from: 41, to: 150, missed: 110, reason: 'retention', exact: true },
    ]);
    expect(listener.feed.stats()).toMatchObject({ received: 90, missed: 110, expected: 200 });
  });

  it('with keys, it asks for no more than it has not been told of', async () => {
    const server = await startServer('tcp', {
      broadcast: { retention: { messages: 50, bytes: 1e6 } },
      listen: { heartbeatMs: 20 },
    });
    const proxy = await proxyTo(server);
    const listener = new Listener(url(proxy.port, '?keys=rare'));
    await connected(listener);
    server.broadcast.publish('rare', 1);
    await has(listener, 1);
    await server.publish(500);
    // A heartbeat tells how far the feed has come without this key.
    await until(() => listener.feed.stats().expected === 501, 'a heartbeat');
    proxy.cut();
    await connected(listener, 2);
    server.broadcast.publish('rare', 2);
    await has(listener, 502);
    expect(listener.seqs).toEqual([1, 502]);
    expect(listener.gaps).toEqual([]);
  });

  it('in the middle of a snapshot, the rest of it comes, and nothing twice', async () => {
    const server = await startServer();
    for (let i = 0; i < 3_000; i++) server.broadcast.publish(`key${i}`, 'x'.repeat(1_000));
    const proxy = await proxyTo(server);
    proxy.cutAfterBytes = 1_000_000;
    const listener = new Listener(url(proxy.port));
    await has(listener, 3_000);
    await server.publish(1);
    await has(listener, 3_001);
    expect(listener.seqs).toEqual(range(1, 3_001));
    expect(listener.notices.map(({ type }) => type)).toEqual(['connected', 'reconnecting', 'connected']);
    expect(listener.feed.stats()).toMatchObject({ snapshot: 3_000, received: 1, missed: 0, reconnects: 1 });
  });

  it('a feed that may not reconnect throws', async () => {
    const server = await startServer();
    const proxy = await proxyTo(server);
    const listener = new Listener(url(proxy.port), { reconnect: false });
    await connected(listener);
    await server.publish(3);
    await has(listener, 3);
    proxy.cut();
    const error = (await listener.done) as LabError;
    expect(error.code).toBe('LAB_ERR_CLOSED');
    expect(listener.notices.at(-1)).toEqual({ type: 'ended', reason: 'LAB_ERR_CLOSED', error });
  });

  it('a feed cut for lagging by its policy comes back and tells what it missed', async () => {
    const server = await startServer('tcp', {
      broadcast: { retention: { messages: 100, bytes: 1e6 } },
      listen: { maxQueuedBytes: 1_024 },
    });
    const listener = new Listener(url(server.port), { policy: 'disconnect' });
    await connected(listener);
    for (let i = 0; i < 2_000; i++) server.broadcast.publish('k', 'x'.repeat(500));
    await has(listener, 2_000);
    expect(listener.messages.length + listener.missed).toBe(2_000);
    expect(listener.feed.stats()).toMatchObject({ expected: 2_000, missed: listener.missed });
  });
});

describe('a restarted server', () => {
  it('is noticed by its epoch, and everything it still has is handed over', async () => {
    const old = await startServer();
    const fresh = await startServer('tcp', { broadcast: { retention: { messages: 30, bytes: 1e6 } } });
    const proxy = await proxyTo(old);
    const listener = new Listener(url(proxy.port));
    await connected(listener);
    await old.publish(70);
    await has(listener, 70);
    // More than the old one had: without the epoch, 71 would look like the next message.
    await fresh.publish(100);
    proxy.target = fresh.port;
    proxy.cut();
    await has(listener, 100);
    await fresh.publish(5);
    await has(listener, 105);
    expect(listener.seqs).toEqual([...range(1, 70), ...range(71, 105)]);
    expect(listener.notices.map(({ type }) => type)).toEqual([
      'connected',
      'reconnecting',
      'restarted',
      'connected',
      'gap',
    ]);
    expect(listener.notices[2]).toEqual({
      type: 'restarted',
      oldEpoch: old.broadcast.epoch,
      newEpoch: fresh.broadcast.epoch,
    });
    expect(listener.gaps).toEqual([
      { type: 'gap', from: 1, to: 70, missed: 70, reason: 'restart', exact: true },
    ]);
    expect(listener.feed.stats()).toMatchObject({ received: 105, missed: 70, expected: 70 + 105 });
  });

  it('50 subscribers account for every message of both epochs', async () => {
    const old = await startServer();
    const proxy = await proxyTo(old);
    const listeners = range(1, 50).map(() => new Listener(url(proxy.port), { random: Math.random }));
    for (const listener of listeners) await connected(listener);
    await old.publish(400);
    for (const listener of listeners) await has(listener, 400);
    const fresh = await startServer('tcp', { broadcast: { retention: { messages: 100, bytes: 1e6 } } });
    proxy.target = fresh.port;
    proxy.cut();
    await fresh.publish(300);
    for (const listener of listeners) await connected(listener, 2);
    await fresh.publish(200);
    for (const listener of listeners) await has(listener, 500);
    for (const listener of listeners) {
      const { received, missed, expected, snapshot } = listener.feed.stats();
      expect(received + missed).toBe(400 + 500);
      expect({ expected, snapshot, missed }).toEqual({ expected: 900, snapshot: 0, missed: listener.missed });
      expect(listener.messages).toHaveLength(received);
      const ofFresh = listener.seqs.slice(400);
      expect(listener.seqs.slice(0, 400)).toEqual(range(1, 400));
      expect(ofFresh).toEqual(range(500 - ofFresh.length + 1, 500));
      expect(listener.count('restarted')).toBe(1);
    }
  });

  it('that says goodbye ends the feed, unless it is to wait for the next one', async () => {
    const old = await startServer();
    const proxy = await proxyTo(old);
    const listener = new Listener(url(proxy.port), { retry: true });
    await connected(listener);
    await old.publish(3);
    await has(listener, 3);
    const fresh = await startServer();
    proxy.target = fresh.port;
    await old.close();
    await connected(listener, 2);
    await fresh.publish(1);
    await has(listener, 1);
    expect(listener.seqs).toEqual([1, 2, 3, 1]);
  });

  it('is noticed by a subscriber of a later life that knows the epoch', async () => {
    const server = await startServer();
    await server.publish(20);
    const known = new Listener(url(server.port), { from: 15, epoch: server.broadcast.epoch });
    await has(known, 20);
    expect(known.seqs).toEqual(range(15, 20));
    expect(known.count('restarted')).toBe(0);
    const stranger = new Listener(url(server.port), { from: 15, epoch: '0123456789abcdef' });
    await has(stranger, 20);
    expect(stranger.seqs).toEqual(range(1, 20));
    expect(stranger.notices[0]).toMatchObject({ type: 'restarted', oldEpoch: '0123456789abcdef' });
  });
});
