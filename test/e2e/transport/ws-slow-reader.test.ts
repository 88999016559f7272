import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import { newServerCounters } from '../../../src/transports/counters.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { OPCODE } from '../../../src/transports/ws/frame.js';
import { FrameCache } from '../../../src/transports/ws/frame-cache.js';
import { WsSink } from '../../../src/transports/ws/sink.js';
import { TestBed, until } from '../../support/conformance/transport-support.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { RawWs } from '../../support/net/raw-ws.js';

const VALUE = 'x'.repeat(60_000);
/**
 * More than the kernel can hold for one loopback connection: 6 MB on the receiving side, 4 MB on
 * the sending one.
 */
const TOO_MANY = 400;

it('a WebSocket client that stops reading is told exactly what it missed when it reads again', async () => {
  const bed = await TestBed.open(await loadTransport('ws'), 'line-json', {
    broadcast: { retention: { messages: 20, bytes: 1e9 } },
  });
  const fast = await bed.connect();
  const slow = await RawWs.upgrade(bed.server.endpoint, '/?codec=line-json');
  await until(() => slow.controls.length === 1, 'the welcome');
  slow.socket.pause();
  for (let i = 0; i < TOO_MANY; i++) {
    const seq = bed.broadcast.publish('k', VALUE);
    await until(() => fast.recorder.seqs.at(-1) === seq, `message ${seq} at the fast client`);
  }
  slow.socket.resume();
  await until(() => bed.broadcast.backlog === 0, 'the slow client to catch up');
  bed.broadcast.close();
  // Nothing is parsed while bytes pour in: the server hangs up once the client has answered its
  // close frame.
  slow.send(OPCODE.close, Buffer.of(0x03, 0xe8));
  await until(() => slow.ended, 'the end');
  const missed = slow.controls.reduce((sum, { missed }) => sum + Number(missed ?? 0), 0);
  expect(missed).toBeGreaterThan(0);
  expect(slow.seqs.length + missed).toBe(TOO_MANY);
  expect(bed.server.counters.droppedMessages).toBe(missed);
  expect(slow.items.at(-1)).toEqual({ control: 'end', reason: 'closed' });
  expect(slow.closeCode).toBe(1_000);
});

it('WsSink never has more than one slice and its header queued in Node, and its pings wait their turn', async () => {
  const maxQueuedBytes = 100_000;
  const { near, ws, far } = await connectedPair();
  const codec = await loadCodec('line-json');
  const clock = new FakeClock();
  const broadcast = new Broadcast({ clock, encoder: codec });
  const counters = newServerCounters();
  const sink = new WsSink(
    { socket: near, ws, serial: 0 },
    codec,
    new FrameCache(OPCODE.text),
    1,
    counters,
    {
      maxQueuedBytes,
      requestFlush: () => broadcast.requestFlush(),
      onEnd: () => {},
    },
  );
  const subscriber = broadcast.subscribe({ encoder: codec }, sink);
  far.pause();
  let most = 0;
  for (let i = 0; i < TOO_MANY; i++) {
    broadcast.publish('k', VALUE);
    broadcast.flush();
    sink.beat(subscriber, broadcast.next, false);
    most = Math.max(most, near.writableLength);
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(maxQueuedBytes + 10);
  expect(subscriber.lag).toBeGreaterThan(0);
  let received = 0;
  far.on('message', (data: Buffer) => {
    received += data.toString().split('\n').length - 1;
  });
  far.resume();
  await until(() => {
    clock.advance(10);
    return received === TOO_MANY;
  }, 'the reader to catch up');
  expect(counters.sentMessages).toBe(TOO_MANY);
});

it('WsSink writes nothing more once a close frame has gone out, whoever began', async () => {
  const { near, ws } = await connectedPair();
  const codec = await loadCodec('line-json');
  const broadcast = new Broadcast({ clock: new FakeClock(), encoder: codec });
  const counters = newServerCounters();
  const sink = new WsSink(
    { socket: near, ws, serial: 0 },
    codec,
    new FrameCache(OPCODE.text),
    1,
    counters,
    {
      maxQueuedBytes: 1_000,
      requestFlush: () => {},
      onEnd: () => {},
    },
  );
  const subscriber = broadcast.subscribe({ encoder: codec }, sink);
  broadcast.publish('k', VALUE);
  ws.close(1_001);
  const written = near.bytesWritten + near.writableLength;
  broadcast.flush();
  sink.beat(subscriber, broadcast.next, false);
  sink.end('LAB_ERR_LAGGED');
  expect(near.bytesWritten + near.writableLength).toBe(written);
  expect(counters).toEqual(newServerCounters());
});

/**
 * Both ends of a real WebSocket: the server's socket and its object of the package, and a client.
 */
async function connectedPair(): Promise<{ near: Socket; ws: WebSocket; far: WebSocket }> {
  const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const far = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  const pair = new Promise<{ near: Socket; ws: WebSocket }>((resolve) => {
    server.on('upgrade', (request, socket, head) => {
      upgrader.handleUpgrade(request, socket, head, (ws) => resolve({ near: request.socket, ws }));
    });
  });
  await once(far, 'open');
  const { near, ws } = await pair;
  onTestFinished(() => {
    far.terminate();
    ws.terminate();
    server.close();
  });
  return { near, ws, far };
}
