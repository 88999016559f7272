import type { RemoteInfo, Socket } from 'node:dgram';
import { ERRNO } from '../../../src/native/libc.js';
import { openDescriptor } from '../../../src/transports/native/descriptor.js';
import { BATCH_SIZE, MessageBatch } from '../../../src/transports/native/message-batch.js';
import { unavailable } from '../../../src/transports/native/native.js';
import { canSegment, type Segments } from '../../../src/transports/native/segments.js';
import { encodeSockaddr } from '../../../src/transports/native/sockaddr.js';
import { UNMARKED } from './mark.js';
import { Pump } from './pump.js';

const NO_HEADS = new Uint32Array(0);

/**
 * The bare loop of the `sendmmsg` and `gso` senders: every send to every client is written down
 * once, and the same memory is handed to the kernel again and again, a batch at a step. A send is
 * `segments` datagrams. Gives the function that makes the loop for the clients that have come.
 * `payload` may be changed between turns of the event loop.
 * @throws LAB_ERR_UDP_SENDER
 */
export async function batchPump(
  socket: Socket,
  payload: Buffer,
  segments: number,
  onSent: (datagrams: number) => void,
): Promise<(clients: readonly RemoteInfo[]) => Pump> {
  const { native, fd, family } = await openDescriptor(socket);
  if (segments > 1 && !canSegment(native, fd))
    throw unavailable('the kernel does not segment UDP datagrams', undefined, 'gso');
  return (clients) => {
    const batch = new MessageBatch(native, clients.length, 0, family, segments);
    const send = sendOf(payload, segments);
    for (const [i, { address, port }] of clients.entries()) {
      const sockaddr = encodeSockaddr(family, address, port);
      if (segments > 1) batch.setSegments(i, send, sockaddr);
      else batch.set(i, payload, sockaddr);
    }
    const waiting = Buffer.alloc(payload.length, UNMARKED);
    let next = 0;
    const advance = (by: number): void => {
      next = next + by === clients.length ? 0 : next + by;
    };
    const pump = new Pump(() => {
      const { port, address } = clients[next]!;
      const sent = batch.send(fd, next, Math.min(next + BATCH_SIZE, clients.length));
      if (sent === -ERRNO.EINTR) return true;
      if (sent > 0) onSent(sent * segments);
      // One that is refused is one that nobody receives, and so in no count.
      advance(Math.max(1, sent));
      if (sent !== -ERRNO.EAGAIN && sent !== -ERRNO.ENOBUFS) return true;
      // dgram waits until there is room. What it sends for that is in no count.
      socket.send(waiting, port, address, pump.wake);
      return false;
    }, 1);
    return pump;
  };
}

function sendOf(payload: Buffer, segments: number): Segments {
  return {
    size: payload.length,
    heads: NO_HEADS,
    payloads: Array.from({ length: segments }, () => payload),
    padding: Array.from({ length: segments }, () => 0),
  };
}
