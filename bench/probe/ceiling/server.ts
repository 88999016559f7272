/**
 * The sending end of the ceiling: one buffer to every client in turn, as fast as the sockets take
 * it, and nothing else. A forked process.
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, type Socket } from 'node:net';
import { startTimer } from '../../../src/core/timer.js';
import { LabError } from '../../../src/errors.js';
import { listenError } from '../../../src/transports/end.js';
import type { Endpoint } from '../../../src/transports/endpoint.js';
import { localAddress } from '../../../src/transports/host.js';
import { send, sendError, serveChannel } from '../../process/channel.js';
import { batchPump } from './batch-pump.js';
import type { CeilingServerSpec, FromCeilingServer, ToCeilingServer } from './ceiling.js';
import { MARKED, UNMARKED } from './mark.js';
import { Pump } from './pump.js';

const BACKLOG = 4_096;

interface Server {
  readonly endpoint: Endpoint;
  /** Sends that the kernel took so far. */
  sent(): number;
  start(): void;
  /** UDP: the window begins, or ends: what is sent in it is marked, and nothing is sent after it. */
  mark(isInWindow: boolean): void;
  close(): void;
}

/** Tells the coordinator when the last client has come. */
function full(): void {
  send<FromCeilingServer>({ type: 'full' });
}

async function listenTcp(
  { clients, bytesPerSend, token }: CeilingServerSpec,
  host: string,
): Promise<Server> {
  const payload = Buffer.alloc(bytesPerSend, UNMARKED);
  const sockets: Socket[] = [];
  let next = 0;
  let blocked = 0;
  let sent = 0;
  let closing = false;
  const pump = new Pump(() => {
    const socket = sockets[next]!;
    next = next + 1 === sockets.length ? 0 : next + 1;
    // Node still holds a part of the last write: the kernel takes no more.
    if (socket.writableLength > 0) return ++blocked < sockets.length;
    blocked = 0;
    socket.write(payload, pump.wake);
    sent += 1;
    return true;
  });
  const waiting = new Set<Socket>();
  const admit = (socket: Socket): void => {
    waiting.delete(socket);
    socket.on('close', () => {
      if (!closing)
        sendError(new LabError('LAB_ERR_CLOSED', 'a client of the ceiling was cut off'));
    });
    sockets.push(socket);
    if (sockets.length === clients) full();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    let said = Buffer.alloc(0);
    waiting.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => waiting.delete(socket));
    // After the token nothing comes but the end, and that is only seen by who reads.
    socket.on('data', (bytes: Buffer) => {
      if (!waiting.has(socket)) return;
      said = Buffer.concat([said, bytes]);
      if (said.equals(token) && sockets.length < clients) admit(socket);
      else if (said.length >= token.length) socket.destroy();
    });
  });
  server.listen({ host, port: 0, backlog: BACKLOG });
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    endpoint: { host: address, port },
    sent: () => sent,
    start: () => pump.start(),
    // Receivers have windows of their own, that may last longer.
    mark: () => {},
    close: () => {
      closing = true;
      pump.stop();
      server.close();
      for (const socket of [...sockets, ...waiting]) socket.resetAndDestroy();
    },
  };
}

async function listenUdp(spec: CeilingServerSpec, host: string): Promise<Server> {
  // Two, as Node may hold one of before a mark, and send it after that.
  const marked = Buffer.alloc(spec.bytesPerSend, MARKED);
  const unmarked = Buffer.alloc(spec.bytesPerSend, UNMARKED);
  const inBatches = Buffer.from(unmarked);
  let payload = unmarked;
  const clients: RemoteInfo[] = [];
  const known = new Set<string>();
  let next = 0;
  let sent = 0;
  // Addresses are numbers: without a lookup of our own, Node would put off each send by a turn of
  // the microtask queue.
  const socket = createSocket({
    type: isIP(host) === 6 ? 'udp6' : 'udp4',
    lookup: (ip, _options, callback) => callback(null, ip, isIP(ip)),
  });
  const singly = new Pump(() => {
    // Node holds datagrams that the kernel did not take.
    if (socket.getSendQueueCount() > 0) return false;
    const { port, address } = clients[next]!;
    next = next + 1 === clients.length ? 0 : next + 1;
    socket.send(payload, port, address, singly.wake);
    sent += 1;
    return true;
  });
  socket.on('message', (bytes, from) => {
    const key = `${from.address} ${from.port}`;
    if (!bytes.equals(spec.token)) return;
    if (!known.has(key) && clients.length < spec.clients) {
      known.add(key);
      clients.push(from);
      if (clients.length === spec.clients) full();
    }
    // Again for a client that asks again: the first answer was lost.
    if (known.has(key)) socket.send(bytes, from.port, from.address, () => {});
  });
  // With that lookup it may listen before bind returns.
  const listening = once(socket, 'listening');
  socket.bind(0, host);
  await listening;
  socket.on('error', () => {});
  try {
    if (spec.sendBufferBytes !== null) socket.setSendBufferSize(spec.sendBufferBytes);
  } catch {
    // Some systems refuse what is above their limit; Linux cuts it.
  }
  const { address, port } = socket.address();
  let pump = singly;
  const batches =
    spec.sender !== 'dgram'
      ? await batchPump(socket, inBatches, spec.segments, (datagrams) => {
          sent += datagrams;
        })
      : undefined;
  return {
    endpoint: { host: address, port },
    sent: () => sent,
    start: () => {
      if (batches !== undefined) pump = batches(clients);
      pump.start();
    },
    mark: (isInWindow) => {
      payload = isInWindow ? marked : unmarked;
      payload.copy(inBatches);
      if (!isInWindow) pump.stop();
    },
    close: () => {
      pump.stop();
      socket.close();
    },
  };
}

async function listen(spec: CeilingServerSpec): Promise<Server> {
  try {
    const ip = await localAddress(spec.host);
    return await (spec.transport === 'tcp' ? listenTcp(spec, ip) : listenUdp(spec, ip));
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw listenError(cause as NodeJS.ErrnoException, spec.host, 0);
  }
}

/** Both ends of the window are read from the clock, as the receivers over TCP do. */
function measure(running: Server, warmupMs: number, windowMs: number): void {
  startTimer(() => {
    const start = performance.now();
    const before = running.sent();
    running.mark(true);
    startTimer(() => {
      running.mark(false);
      const count = { received: running.sent() - before, elapsedMs: performance.now() - start };
      send<FromCeilingServer>({ type: 'report', count });
    }, windowMs);
  }, warmupMs);
}

let server: Server | undefined;

serveChannel<ToCeilingServer>(async (message) => {
  if (message.type === 'listen') {
    server = await listen(message.spec);
    send<FromCeilingServer>({ type: 'listening', endpoint: server.endpoint });
  } else if (message.type === 'go') {
    server?.start();
    if (server !== undefined) measure(server, message.warmupMs, message.windowMs);
  } else {
    server?.close();
    process.disconnect();
  }
});
