/**
 * A peer falls silent at some stage: each is gone within its limit, and counted. One server for
 * each case, with limits of a fraction of a second; all are begun together, so that the waiting is
 * done once.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import { systemClock } from '../../../src/core/clock.js';
import { limitConnections } from '../../../src/serve/http/connections.js';
import type { HttpCounters } from '../../../src/serve/stats.js';
import type { ServerCounters } from '../../../src/transports/counters.js';
import {
  decodeRetry,
  encodeHello,
  encodeSubscribe,
} from '../../../src/transports/datagram/handshake-packets.js';
import type { TransportListenOptions } from '../../../src/transports/registry.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { PeerDeadlines } from '../../../src/transports/server/peer-deadlines.js';
import type { TransportServer } from '../../../src/transports/transport.js';
import { until } from '../../support/conformance/transport-support.js';
import { upgradeText } from '../../support/net/raw-ws.js';

const clock = systemClock();
const LIMIT_MS = 250;
/** Fills the buffers of both systems in a moment. */
const VALUE = 'x'.repeat(500_000);
const WAIT_MS = 20_000;

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

interface Stage {
  readonly transport: 'tcp' | 'ws';
  readonly stage: string;
  /** What the peer says, piece by piece; then nothing more. */
  readonly says: readonly string[];
  /** It reads nothing, and there is much to read. */
  readonly deaf?: boolean;
  readonly counted: Partial<ServerCounters>;
}

const ASKS = upgradeText('/?codec=line-json');
const REFUSED = { accepted: 0, refused: 1 };
const STALLED = { accepted: 1, ended: 1, stalled: 1, silent: 0 };

const STREAMS: readonly Stage[] = [
  {
    transport: 'tcp',
    stage: 'half a request',
    says: ['{"co'],
    counted: { ...REFUSED, malformed: 1 },
  },
  { transport: 'tcp', stage: 'nothing, and reads nothing', says: [], deaf: true, counted: STALLED },
  {
    transport: 'tcp',
    stage: 'a request, and reads nothing',
    says: ['{}\n'],
    deaf: true,
    counted: STALLED,
  },
  {
    transport: 'tcp',
    stage: 'a request for policy disconnect, and reads nothing',
    says: ['{"policy":"disconnect"}\n'],
    deaf: true,
    counted: STALLED,
  },
  { transport: 'tcp', stage: 'no JSON, and never closes', says: ['?\n'], counted: REFUSED },
  { transport: 'ws', stage: 'nothing', says: [], counted: REFUSED },
  { transport: 'ws', stage: 'half an upgrade', says: [ASKS.slice(0, 40)], counted: REFUSED },
  {
    transport: 'ws',
    stage: 'that a request follows',
    says: [upgradeText('/?request=message')],
    counted: { ...REFUSED, malformed: 1 },
  },
  {
    transport: 'ws',
    stage: 'a request, and no pong',
    says: [ASKS],
    counted: { ended: 1, silent: 1 },
  },
  {
    transport: 'ws',
    stage: 'an upgrade without a request, and no pong',
    says: [upgradeText('/')],
    counted: { ended: 1, silent: 1 },
  },
  {
    transport: 'ws',
    stage: 'a request, and reads nothing',
    says: [ASKS],
    deaf: true,
    counted: STALLED,
  },
  {
    transport: 'ws',
    stage: 'plain HTTP, and never closes',
    says: ['GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
    counted: { ...REFUSED, malformed: 0 },
  },
];

async function listen(
  transportName: string,
  options: Partial<TransportListenOptions> = {},
): Promise<{ readonly broadcast: Broadcast; readonly server: TransportServer }> {
  const codecs = await Promise.all(codecNames().map((name) => loadCodec(name)));
  const retention = { messages: 40, bytes: 1e9 };
  const broadcast = new Broadcast({ clock, encoder: codecs[0]!, flush: 0, retention });
  const transport = await loadTransport(transportName);
  const server = await transport.listen(broadcast, {
    host: '127.0.0.1',
    port: 0,
    codecs,
    clock,
    heartbeatMs: 50,
    pingMs: 50,
    graceMs: 20,
    handshakeTimeoutMs: LIMIT_MS,
    stallMs: LIMIT_MS,
    pongTimeoutMs: LIMIT_MS,
    leaseMs: LIMIT_MS,
    ...options,
  });
  cleanups.push(() => server.close(0));
  return { broadcast, server };
}

/**
 * Whether the other side has closed, ended or reset: for one that reads nothing, told by what it
 * finds when it reads at last.
 */
async function peer(
  port: number,
  says: readonly string[],
): Promise<{ socket: Socket; over: () => boolean }> {
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true });
  cleanups.push(() => socket.destroy());
  let over = false;
  for (const event of ['end', 'error', 'close']) {
    socket.on(event, () => {
      over = true;
    });
  }
  await once(socket, 'connect');
  for (const text of says) socket.write(text);
  return { socket, over: () => over };
}

/**
 * Resolves when the server keeps nothing of the peer: what it still says is answered by a reset.
 */
async function gone(socket: Socket): Promise<void> {
  socket.resume();
  const deadline = performance.now() + WAIT_MS;
  while (!socket.destroyed) {
    if (performance.now() > deadline) throw new Error('the server still has the connection');
    socket.write('x');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function fallSilent({
  transport,
  says,
  deaf = false,
  counted,
}: Stage): Promise<ServerCounters> {
  // One that reads nothing answers no ping either: which of the two is found first is no matter of
  // luck here.
  const { broadcast, server } = await listen(transport, deaf ? { pongTimeoutMs: WAIT_MS } : {});
  const { socket } = await peer(server.endpoint.port, says);
  const { counters } = server;
  if (deaf) {
    socket.pause();
    await until(() => counters.accepted === 1, 'the subscription');
    const feed = setInterval(() => {
      broadcast.publish('k', VALUE);
    }, 5);
    await until(() => counters.ended === 1, 'the deaf one to be cut');
    clearInterval(feed);
    expect(broadcast.counters.clients).toBe(0);
  } else {
    socket.resume();
    const over = counted.refused === undefined ? 'ended' : 'refused';
    await until(() => counters[over] === 1, 'the silent one to be given up');
  }
  await gone(socket);
  return { ...counters };
}

describe('a peer that has said', () => {
  const results = new Map<Stage, Promise<ServerCounters>>();
  beforeAll(() => {
    for (const stage of STREAMS) {
      const result = fallSilent(stage);
      result.catch(() => {});
      results.set(stage, result);
    }
  });

  it.each(STREAMS)('over $transport $stage, is gone in time and counted', async (stage) => {
    expect(await results.get(stage)).toMatchObject(stage.counted);
  });
});

const PRESENT = [
  ['tcp', '{}\n'],
  ['tcp', ''],
  ['ws', upgradeText('/')],
] as const;

describe('a peer that is still there', () => {
  it('and hears nothing of a silent feed stays', async () => {
    const stays = PRESENT.map(async ([transport, says]) => {
      const { broadcast, server } = await listen(transport, { pongTimeoutMs: WAIT_MS });
      const { socket, over } = await peer(server.endpoint.port, [says]);
      socket.resume();
      await until(() => server.counters.accepted === 1, 'the subscription');
      await sleep(4 * LIMIT_MS);
      return !over() && broadcast.counters.clients === 1;
    });
    expect(await Promise.all(stays)).toEqual([true, true, true]);
  });

  it('and reads slowly stays, however far it falls behind, until it stops', async () => {
    const stallMs = 500;
    const stays = PRESENT.map(async ([transport, says]) => {
      const { broadcast, server } = await listen(transport, { pongTimeoutMs: WAIT_MS, stallMs });
      const { socket, over } = await peer(server.endpoint.port, [says]);
      socket.pause();
      const reading = setInterval(() => socket.read(), 50);
      const feed = setInterval(() => broadcast.publish('k', VALUE), 10);
      await until(() => server.counters.droppedMessages > 10, 'it to fall behind');
      await sleep(3 * stallMs);
      const stayed = !over() && server.counters.ended === 0;
      clearInterval(reading);
      await until(() => server.counters.ended === 1, 'it to be given up once it has stopped');
      clearInterval(feed);
      return stayed && server.counters.stalled === 1;
    });
    expect(await Promise.all(stays)).toEqual([true, true, true]);
  });
});

describe('over UDP a peer', () => {
  it('that said HELLO and no more costs nothing, and one that never reports is given up in time', async () => {
    const { broadcast, server } = await listen('udp');
    const socket = createSocket('udp4');
    cleanups.push(() => socket.close());
    const { port } = server.endpoint;
    const nonce = Buffer.alloc(8, 1);
    socket.send(encodeHello({ nonce, versions: [1] }), port, '127.0.0.1');
    const [bytes] = (await once(socket, 'message')) as [Buffer];
    expect(broadcast.counters.clients).toBe(0);
    const { token } = decodeRetry(bytes)!;
    const credential = Buffer.alloc(0);
    socket.send(
      encodeSubscribe({
        version: 1,
        nonce,
        token,
        credential,
        request: '{}',
        receiveBufferBytes: 0,
        repair: false,
      }),
      port,
      '127.0.0.1',
    );
    await until(() => server.counters.accepted === 1, 'the subscription');
    await until(() => server.counters.ended === 1, 'the lease to end');
    expect(server.counters).toMatchObject({ silent: 1, refused: 0, stalled: 0 });
    expect(broadcast.counters.clients).toBe(0);
  });
});

describe('over HTTP a peer', () => {
  async function http(): Promise<{ readonly port: number; readonly counters: HttpCounters }> {
    const body = Buffer.alloc(20_000_000);
    const server = createHttpServer(
      { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 },
      (_, response) => {
        response.end(body);
      },
    );
    const limits = {
      connections: 100,
      requestMs: LIMIT_MS,
      keepAliveMs: LIMIT_MS,
      stallMs: LIMIT_MS,
    };
    const counters = limitConnections(server, limits, new PeerDeadlines(clock));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return { port: (server.address() as AddressInfo).port, counters };
  }
  const ASK = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

  it.each([
    ['that says nothing', [], { timedOut: 1 }],
    ['that says half a request', [ASK.slice(0, 20)], { timedOut: 1 }],
    ['that never reads its answer', [ASK], { stalled: 1 }],
    ['that never reads its answers', [ASK, ASK, ASK], { stalled: 1 }],
  ])('%s is gone in time and counted', async (_, says, counted) => {
    const { port, counters } = await http();
    const { socket } = await peer(port, says);
    if (says[0] === ASK) socket.pause();
    else socket.resume();
    await until(() => counters.timedOut + counters.stalled === 1, 'the silent one to be given up');
    await gone(socket);
    expect(counters).toEqual({ timedOut: 0, stalled: 0, evicted: 0, ...counted });
  });

  it('that has had its answer and asks no more is gone in time, and that is not a fault', async () => {
    const { port, counters } = await http();
    const { socket, over } = await peer(port, [ASK]);
    socket.resume();
    await until(over, 'the connection to be closed');
    expect(socket.bytesRead).toBeGreaterThan(20_000_000);
    expect(counters).toEqual({ timedOut: 0, stalled: 0, evicted: 0 });
  });
});
