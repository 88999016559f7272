/**
 * The receiving end of the ceiling: its share of the clients, who count what arrives and do nothing
 * else. A forked process.
 */
import { createSocket } from 'node:dgram';
import { createConnection, isIP } from 'node:net';
import { startTimer } from '../../../src/core/timer.js';
import { LabError } from '../../../src/errors.js';
import { send, sendError, serveChannel } from '../../process/channel.js';
import type { CeilingClientsSpec, FromCeilingClients, ToCeilingClients } from './ceiling.js';
import { MARKED } from './mark.js';

/** Connections being set up at one time, as the subscribers do. */
const CONCURRENT_CONNECTS = 64;
/** As large as a read of the lab's own TCP client; nobody looks into it, so one does for all. */
const READ_BYTES = 256 * 1024;
const HELLO_AGAIN_MS = 200;
/** The sender has stopped: who reads nothing for so long has read everything. */
const SILENCE_MS = 50;

const readInto = Buffer.allocUnsafeSlow(READ_BYTES);
const closers: (() => void)[] = [];
/** Bytes (TCP) or marked datagrams (UDP) so far. */
let received = 0;
let heardAt = 0;
let closing = false;

function countBytes(length: number): boolean {
  received += length;
  return true;
}

function countDatagram(bytes: Buffer): void {
  if (bytes[0] === MARKED) received += 1;
  heardAt = performance.now();
}

async function join(spec: CeilingClientsSpec): Promise<void> {
  const deadline = performance.now() + spec.readyTimeoutMs;
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < spec.clients) {
      started += 1;
      const timeoutMs = Math.max(1, deadline - performance.now());
      await (spec.transport === 'tcp' ? joinTcp(spec, timeoutMs) : joinUdp(spec, timeoutMs));
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CONNECTS, spec.clients) }, lane));
}

function joinTcp({ endpoint, token }: CeilingClientsSpec, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onread = { buffer: readInto, callback: countBytes };
    const socket = createConnection({ ...endpoint, noDelay: true, onread });
    const timer = startTimer(() => socket.destroy(tooLate(timeoutMs)), timeoutMs);
    let joined = false;
    socket.once('connect', () => {
      timer.cancel();
      joined = true;
      socket.write(token);
      resolve();
    });
    socket.on('error', (error) => reject(LabError.from(error, 'LAB_ERR_CONNECT')));
    socket.on('close', () => {
      timer.cancel();
      if (joined && !closing)
        sendError(new LabError('LAB_ERR_CLOSED', 'a client of the ceiling was cut off'));
    });
    closers.push(() => socket.resetAndDestroy());
  });
}

/** Says hello until it is answered: then the server knows where to send. */
function joinUdp(
  { endpoint, token, receiveBufferBytes }: CeilingClientsSpec,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(endpoint.host) === 6 ? 'udp6' : 'udp4');
    closers.push(() => socket.close());
    let again: NodeJS.Timeout | undefined;
    const timer = startTimer(() => done(tooLate(timeoutMs)), timeoutMs);
    const done = (error?: Error): void => {
      timer.cancel();
      clearInterval(again);
      if (error === undefined) resolve();
      else reject(LabError.from(error, 'LAB_ERR_CONNECT'));
    };
    socket.on('error', done);
    socket.connect(endpoint.port, endpoint.host, () => {
      try {
        if (receiveBufferBytes !== null) socket.setRecvBufferSize(receiveBufferBytes);
      } catch {
        // Some systems refuse what is above their limit; Linux cuts it.
      }
      const hello = (): void => socket.send(token, () => {});
      again = setInterval(hello, HELLO_AGAIN_MS);
      hello();
    });
    socket.once('message', () => {
      done();
      socket.on('message', countDatagram);
    });
  });
}

function tooLate(timeoutMs: number): LabError {
  return new LabError(
    'LAB_ERR_CONNECT_TIMEOUT',
    `a client was not served within ${Math.round(timeoutMs)} ms`,
  );
}

/**
 * Both ends of the window are read from the clock: whatever a timer is late by is in the time, as
 * it is in the count.
 */
function measure(warmupMs: number, windowMs: number): void {
  startTimer(() => {
    const start = performance.now();
    const before = received;
    startTimer(() => {
      const count = { received: received - before, elapsedMs: performance.now() - start };
      send<FromCeilingClients>({ type: 'report', count });
    }, windowMs);
  }, warmupMs);
}

/** Reports what has come of `elapsedMs` of sending, once the sockets are empty. */
function collect(elapsedMs: number): void {
  const asked = performance.now();
  const look = (): void => {
    startTimer(() => {
      if (performance.now() - Math.max(asked, heardAt) < SILENCE_MS) look();
      else send<FromCeilingClients>({ type: 'report', count: { received, elapsedMs } });
    }, SILENCE_MS);
  };
  look();
}

serveChannel<ToCeilingClients>(async (message) => {
  if (message.type === 'connect') {
    await join(message.spec);
    send<FromCeilingClients>({ type: 'ready' });
  } else if (message.type === 'measure') {
    measure(message.warmupMs, message.windowMs);
  } else if (message.type === 'collect') {
    collect(message.elapsedMs);
  } else {
    closing = true;
    for (const close of closers) close();
    process.disconnect();
  }
});
