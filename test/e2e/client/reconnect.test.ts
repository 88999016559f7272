/**
 * After a cut or a restart a feed goes on by itself: nothing twice, and every message is either
 * handed over or told as missed.
 */
import { describe, expect, it } from 'vitest';
import type { LabError } from '../../../src/errors.js';
import { range, until } from '../../support/conformance/transport-support.js';
import {
  connected,
  has,
  Listener,
  proxyTo,
  startServer,
  url,
} from '../../support/server/feed-rig.js';

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
    expect(listener.feed.stats()).toMatchObject({
      received: 200,
      expected: 200,
      missed: 0,
      reconnects: 4,
    });
  });

  it('what is no longer retained is a gap, exactly', async () => {
    const server = await startServer('tcp', {
      broadcast: { retention: { messages: 50, bytes: 1e6 } },
    });
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
    expect(listener.notices.map(({ type }) => type)).toEqual([
      'connected',
      'reconnecting',
      'connected',
    ]);
    expect(listener.feed.stats()).toMatchObject({
      snapshot: 3_000,
      received: 1,
      missed: 0,
      reconnects: 1,
    });
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
    const fresh = await startServer('tcp', {
      broadcast: { retention: { messages: 30, bytes: 1e6 } },
    });
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
    const listeners = range(1, 50).map(
      () => new Listener(url(proxy.port), { random: Math.random }),
    );
    for (const listener of listeners) await connected(listener);
    await old.publish(400);
    for (const listener of listeners) await has(listener, 400);
    const fresh = await startServer('tcp', {
      broadcast: { retention: { messages: 100, bytes: 1e6 } },
    });
    proxy.target = fresh.port;
    proxy.cut();
    await fresh.publish(300);
    for (const listener of listeners) await connected(listener, 2);
    await fresh.publish(200);
    for (const listener of listeners) await has(listener, 500);
    for (const listener of listeners) {
      const { received, missed, expected, snapshot } = listener.feed.stats();
      expect(received + missed).toBe(400 + 500);
      expect({ expected, snapshot, missed }).toEqual({
        expected: 900,
        snapshot: 0,
        missed: listener.missed,
      });
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
