/**
 * A feed hands over what was asked for, once and in order, tells what is missing, and ends when,
 * and only when, it should.
 */
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subscribe } from '../../../src/client/feed.js';
import { codecNames } from '../../../src/codecs/registry.js';
import { range, until } from '../../support/conformance/transport-support.js';
import {
  connected,
  has,
  Listener,
  proxyTo,
  startServer,
  url,
} from '../../support/server/feed-rig.js';

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
    const server = await startServer('tcp', {
      broadcast: { retention: { messages: 10, bytes: 1e6 } },
    });
    await server.publish(25);
    const listener = new Listener(url(server.port, '?from=6'));
    await has(listener, 25);
    expect(listener.seqs).toEqual(range(16, 25));
    expect(listener.gaps).toEqual([
      { type: 'gap', from: 6, to: 15, missed: 10, reason: 'retention', exact: true },
    ]);
    expect(listener.feed.stats()).toMatchObject({
      received: 10,
      missed: 10,
      expected: 20,
      gaps: 1,
    });
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
    expect(await listener.done).toMatchObject({
      code: expect.stringMatching(/^LAB_ERR_(CONNECT|CLOSED)$/),
    });
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
      onEvent: ({ type }) => {
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
      onEvent: (notice) => notices.push(notice),
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
