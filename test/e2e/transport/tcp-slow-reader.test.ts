import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import { newServerCounters } from '../../../src/transports/counters.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { TcpSink } from '../../../src/transports/tcp/connection.js';
import {
  type Client,
  range,
  TestBed,
  type TestBedOptions,
  until,
} from '../../support/conformance/transport-support.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { RawClient } from '../../support/net/raw-client.js';

const VALUE = 'x'.repeat(60_000);
/**
 * More than the kernel can hold for one loopback connection: 6 MB on the receiving side, 4 MB on
 * the sending one.
 */
const TOO_MANY = 500;

interface Scene {
  readonly bed: TestBed;
  /** Stopped reading when it was welcomed. */
  readonly slow: RawClient;
  readonly fast: Client;
}

async function scene(options: TestBedOptions, request: string): Promise<Scene> {
  const bed = await TestBed.open(await loadTransport('tcp'), 'line-json', options);
  const fast = await bed.connect();
  const slow = await RawClient.connect(bed.server.endpoint);
  slow.socket.write(`${request}\n`);
  await until(() => slow.controls.length === 1, 'the welcome');
  slow.socket.pause();
  return { bed, slow, fast };
}

/** Publishes one message at a time, each when the fast client has the one before. */
async function publishAtPaceOf({ bed, fast }: Scene, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const seq = bed.broadcast.publish('k', VALUE);
    await until(() => fast.recorder.seqs.at(-1) === seq, `message ${seq} at the fast client`);
  }
}

describe('a TCP client that stops reading', () => {
  it('under policy conflate gets the last message of each key, told before it what was replaced', async () => {
    const stage = await scene({}, '{"policy":"conflate"}');
    await publishAtPaceOf(stage, TOO_MANY);
    const { bed, slow } = stage;
    const last = bed.broadcast.publish('other', 'v');
    slow.socket.resume();
    await until(() => slow.seqs.at(-1) === last, 'the slow client to catch up');
    const [, notice, ...others] = slow.controls.filter(({ control }) => control !== 'heartbeat');
    expect(others).toEqual([]);
    const { missed, from, next } = notice as Record<string, number>;
    expect(slow.seqs.filter((seq) => seq >= from!)).toEqual([TOO_MANY, last]);
    expect([missed, next]).toEqual([TOO_MANY - from!, last + 1]);
    expect(slow.seqs.length + missed!).toBe(last);
    expect(bed.server.counters).toMatchObject({ conflatedMessages: missed, droppedMessages: 0 });
  });

  it('is told exactly how many messages it missed when it reads again, and others notice nothing', async () => {
    const stage = await scene({ broadcast: { retention: { messages: 20, bytes: 1e9 } } }, '{}');
    await publishAtPaceOf(stage, TOO_MANY);
    const { bed, slow, fast } = stage;
    expect(fast.recorder.seqs).toEqual(range(1, TOO_MANY));
    // Not a byte read, and yet the books are right: what is retained waits, what was evicted is
    // lost.
    expect(bed.broadcast.backlog).toBe(20);
    const dropped = bed.server.counters.droppedMessages;
    expect(bed.server.counters.sentMessages + dropped + 20).toBe(2 * TOO_MANY);
    slow.socket.resume();
    // No parsing while bytes pour in: the last message is known by its count of bytes being over.
    await until(() => bed.broadcast.backlog === 0, 'the slow client to catch up');
    bed.broadcast.close();
    await until(() => slow.ended, 'the end');
    const missed = slow.controls.reduce((sum, { missed }) => sum + Number(missed ?? 0), 0);
    expect(missed).toBeGreaterThan(0);
    expect(slow.seqs.length + missed).toBe(TOO_MANY);
    expect(bed.server.counters.droppedMessages).toBe(missed);
    expectGapsWhereTold(slow);
    expect(slow.lines.at(-1)).toEqual({ control: 'end', reason: 'closed' });
  });

  it('with a low-water mark more waits where its policy reaches it', async () => {
    const sentWith = async (listen: { notSentBytes?: number }): Promise<number> => {
      const stage = await scene({ listen }, '{"policy":"conflate"}');
      await publishAtPaceOf(stage, TOO_MANY);
      const { bed, slow } = stage;
      const sent = bed.server.counters.sentMessages - TOO_MANY;
      slow.socket.resume();
      await until(() => slow.seqs.at(-1) === TOO_MANY, 'the slow client to catch up');
      return sent;
    };
    const usual = await sentWith({});
    expect(await sentWith({ notSentBytes: 1_024 })).toBeLessThan(usual);
  });

  it('is cut under policy disconnect without ever reading again, and finds LAB_ERR_LAGGED if it does', async () => {
    const stage = await scene(
      { broadcast: { retention: { messages: 20, bytes: 1e9 } } },
      '{"policy":"disconnect"}',
    );
    await publishAtPaceOf(stage, TOO_MANY);
    const { bed, slow, fast } = stage;
    expect(bed.server.counters.ended).toBe(1);
    expect(bed.broadcast.counters.clients).toBe(1);
    expect(fast.recorder.seqs).toEqual(range(1, TOO_MANY));
    slow.socket.resume();
    await until(() => slow.ended, 'the end');
    expect(slow.seqs).toEqual(range(1, slow.seqs.length));
    expect(slow.lines.at(-1)).toMatchObject({ control: 'end', reason: 'LAB_ERR_LAGGED' });
  });

  it('cut and still not reading, it loses its connection after the drain time', async () => {
    const clock = new FakeClock();
    const stage = await scene(
      { broadcast: { retention: { messages: 20, bytes: 1e9 } }, listen: { clock } },
      '{"policy":"disconnect"}',
    );
    await publishAtPaceOf(stage, TOO_MANY);
    expect(stage.bed.server.counters.ended).toBe(1);
    const sockets = openSockets();
    clock.advance(1_999);
    expect(openSockets()).toBe(sockets);
    clock.advance(1);
    await until(() => openSockets() === sockets - 1, 'the server to drop the connection');
  });

  it.each([
    ['reads on in time finds LAB_ERR_PEER_TIMEOUT', 'END'],
    ['does not finds its connection gone', 'no END'],
  ])(
    'is ended under drop-oldest 30 s after it has taken the last byte, and if it %s',
    async (_, finds) => {
      const clock = new FakeClock();
      const stage = await scene(
        {
          broadcast: { retention: { messages: 20, bytes: 1e9 } },
          listen: { clock, heartbeatMs: 60_000 },
        },
        '{}',
      );
      await publishAtPaceOf(stage, TOO_MANY);
      const { bed, slow, fast } = stage;
      const { counters } = bed.server;
      clock.advance(29_900);
      expect(counters.ended).toBe(0);
      // It is looked at once a second.
      clock.advance(2_200);
      expect(counters).toMatchObject({ ended: 1, stalled: 1, unreachable: 0 });
      expect(bed.broadcast.counters.clients).toBe(1);
      if (finds === 'no END') clock.advance(2_000);
      slow.socket.resume();
      await until(() => slow.ended, 'the end');
      const ends = slow.controls.filter(({ control }) => control === 'end');
      const told = { control: 'end', reason: 'LAB_ERR_PEER_TIMEOUT' };
      expect(ends).toEqual(finds === 'END' ? [told] : []);
      expect(fast.recorder.seqs).toEqual(range(1, TOO_MANY));
    },
  );

  it('cut before the server closes, it still finds its END if it reads in time', async () => {
    const stage = await scene(
      { broadcast: { retention: { messages: 20, bytes: 1e9 } } },
      '{"policy":"disconnect"}',
    );
    await publishAtPaceOf(stage, TOO_MANY);
    const closed = stage.bed.server.close(20_000);
    stage.slow.socket.resume();
    await until(() => stage.slow.ended, 'the end');
    stage.slow.socket.end();
    await closed;
    expect(stage.slow.lines.at(-1)).toMatchObject({ control: 'end', reason: 'LAB_ERR_LAGGED' });
  });

  it('gets everything and an orderly end when the server closes meanwhile and it reads again in time', async () => {
    const stage = await scene({}, '{}');
    await publishAtPaceOf(stage, TOO_MANY);
    const { bed, slow, fast } = stage;
    expect(bed.broadcast.backlog).toBeGreaterThan(0);
    bed.broadcast.close();
    const closed = bed.server.close(20_000);
    expect(await fast.subscription.closed).toBeUndefined();
    slow.socket.resume();
    await until(() => slow.ended, 'the end');
    slow.socket.end();
    await closed;
    expect(slow.seqs).toEqual(range(1, TOO_MANY));
    expect(slow.lines.at(-1)).toEqual({ control: 'end', reason: 'closed' });
  });

  it('does not keep the server from closing when the drain time is over', async () => {
    const clock = new FakeClock();
    const stage = await scene({ listen: { clock } }, '{}');
    await publishAtPaceOf(stage, TOO_MANY);
    let closed = false;
    const closing = stage.bed.server.close(500).then(() => {
      closed = true;
    });
    await stage.fast.subscription.closed;
    clock.advance(499);
    expect(closed).toBe(false);
    clock.advance(1);
    await closing;
    expect(stage.bed.broadcast.counters.clients).toBe(0);
  });
});

describe('TcpSink', () => {
  it('never has more than one slice queued in Node, however far its reader falls behind', async () => {
    const maxQueuedBytes = 100_000;
    const { near, far } = await socketPair();
    const codec = await loadCodec('line-json');
    const clock = new FakeClock();
    const broadcast = new Broadcast({ clock, encoder: codec });
    const counters = newServerCounters();
    const sink = new TcpSink(near, codec, counters, {
      maxQueuedBytes,
      requestFlush: () => broadcast.requestFlush(),
      onEnd: () => {},
    });
    const subscriber = broadcast.subscribe({ encoder: codec }, sink);
    let most = 0;
    for (let i = 0; i < TOO_MANY; i++) {
      broadcast.publish('k', VALUE);
      broadcast.flush();
      sink.heartbeat(broadcast.next);
      most = Math.max(most, near.writableLength);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(maxQueuedBytes);
    expect(subscriber.lag).toBeGreaterThan(0);
    far.resume();
    await until(() => {
      clock.advance(10);
      most = Math.max(most, near.writableLength);
      return subscriber.lag === 0 && near.writableLength === 0;
    }, 'the reader to catch up');
    expect(most).toBeLessThanOrEqual(maxQueuedBytes);
    expect(counters.sentMessages).toBe(TOO_MANY);
    await until(() => far.bytesRead >= counters.sendBytes, 'the last byte');
  });

  it('counts nothing as sent once its socket is gone', async () => {
    const { near } = await socketPair();
    const codec = await loadCodec('line-json');
    const broadcast = new Broadcast({ clock: new FakeClock(), encoder: codec });
    const counters = newServerCounters();
    const sink = new TcpSink(near, codec, counters, {
      maxQueuedBytes: 100_000,
      requestFlush: () => {},
      onEnd: () => {},
    });
    broadcast.subscribe({ encoder: codec }, sink);
    broadcast.publish('k', VALUE);
    near.destroy();
    broadcast.flush();
    expect(counters).toEqual(newServerCounters());
  });
});

/** Every `lagged` stands exactly at a gap, with its length and the number that follows. */
function expectGapsWhereTold(client: RawClient): void {
  let next = 1;
  for (const line of client.lines) {
    if (line.control === 'lagged') {
      expect(line.next).toBe(next + Number(line.missed));
      next = Number(line.next);
    } else if (!('control' in line)) {
      expect(line.seq).toBe(next);
      next += 1;
    }
  }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Two ends of one real connection; `far` does not read until resumed. */
async function socketPair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const far = createConnection({ host: '127.0.0.1', port });
  const [near] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    far.destroy();
    near.destroy();
    server.close();
  });
  return { near, far };
}
