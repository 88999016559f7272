/**
 * Both ends of an echo over sockets that block, each in a process of its own: the round trip is the
 * kernel's, without an event loop on either side.
 */
import { sleep } from '../../../src/core/timer.js';
import { BlockingSocket, type SocketAt } from '../../../src/transports/native/blocking-socket.js';
import type { EchoClientRole, Exchanged } from './roles.js';

/** How long a server is deaf to its parent at most. */
const TURN_MS = 100;

/** Serves one client until the process ends. `listening` is told the port. */
export async function serveNative(at: SocketAt, listening: (port: number) => void): Promise<void> {
  const bound = await BlockingSocket.bound(at);
  bound.setReceiveTimeout(TURN_MS);
  listening(bound.port);
  const socket = at.transport === 'tcp' ? await accepted(bound) : bound;
  let isKnown = at.transport === 'tcp';
  for (;;) {
    const length = socket.receive();
    if (length === 0 && at.transport === 'tcp') return;
    if (length === undefined) await turn();
    else {
      if (!isKnown) socket.connectToSender();
      isKnown = true;
      socket.send(socket.received, length);
    }
  }
}

async function accepted(listener: BlockingSocket): Promise<BlockingSocket> {
  for (;;) {
    const socket = listener.accept();
    if (socket !== undefined) {
      socket.setReceiveTimeout(TURN_MS);
      return socket;
    }
    await turn();
  }
}

/** One exchange after the other, until there are enough or `stop` says so. */
export async function exchangeNative(
  role: EchoClientRole,
  stop: { readonly aborted: boolean },
): Promise<Exchanged> {
  const { transport, port, sizeBytes, count, warmup, intervalMs, timeoutMs, giveUpAfter } = role;
  const socket = await BlockingSocket.connected(role, port);
  socket.setReceiveTimeout(timeoutMs);
  const payload = Buffer.allocUnsafeSlow(sizeBytes).fill(0x2e);
  const isBack = transport === 'tcp' ? wholeBack : replied;
  const samples: number[] = [];
  let sent = 0;
  let lostInARow = 0;
  for (let i = -warmup; i < count; i++) {
    await (i > 0 && intervalMs > 0 ? sleep(intervalMs) : turn());
    if (stop.aborted) break;
    payload.writeUInt32BE(i >>> 0, 0);
    if (i >= 0) sent += 1;
    const start = performance.now();
    socket.send(payload, sizeBytes);
    const came = isBack(socket, payload, start + timeoutMs);
    const us = (performance.now() - start) * 1e3;
    lostInARow = came ? 0 : lostInARow + 1;
    if (came && i >= 0) samples.push(us);
    // A stream cannot lose one exchange and keep the next.
    if (!came && (transport === 'tcp' || lostInARow >= giveUpAfter)) break;
  }
  return { sent, samples };
}

function wholeBack(socket: BlockingSocket, { length: size }: Buffer, deadline: number): boolean {
  for (let missing = size; missing > 0; ) {
    const length = socket.receive();
    if (length === 0) throw new Error('the echo server closed the connection');
    if (length === undefined || performance.now() > deadline) return false;
    missing -= length;
  }
  return true;
}

/** Late replies to earlier exchanges are passed over. */
function replied(socket: BlockingSocket, payload: Buffer, deadline: number): boolean {
  for (;;) {
    const length = socket.receive();
    if (length === undefined || performance.now() > deadline) return false;
    if (length !== payload.length) continue;
    if (socket.received.readUInt32BE(0) === payload.readUInt32BE(0)) return true;
  }
}

/** What the parent says meanwhile is heard. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
