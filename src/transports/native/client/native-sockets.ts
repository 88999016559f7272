import type { Clock } from '../../../core/clock.js';
import type { ClientSockets } from '../../client-sockets.js';
import { loadLibc } from '../libc.js';
import { MessageHeader } from '../message-header.js';
import { SocketCalls } from '../socket-calls.js';
import { NativeDatagramSocket } from './datagram-socket.js';
import { DatagramViews } from './datagram-views.js';
import { EventPoll } from './event-poll.js';
import { KernelClock } from './kernel-clock.js';
import type { NativeParts } from './native-parts.js';
import type { StampDoubts } from './stamp-doubts.js';
import { NativeStreamSocket } from './stream-socket.js';

export interface NativeSockets extends ClientSockets {
  readonly name: 'native';
  readonly doubts: Readonly<StampDoubts>;
}

/**
 * Sockets over the calls of the system, all read by one epoll(7) instance. For a process that
 * receives and does little else. @throws LAB_ERR_NATIVE where it cannot be
 */
export async function openNativeSockets(clock: Clock): Promise<NativeSockets> {
  const libc = await loadLibc();
  const doubts: StampDoubts = { afterHole: 0, aroundStep: 0 };
  const kernelClock = new KernelClock(libc, clock, doubts);
  const parts: NativeParts = {
    clock,
    calls: new SocketCalls(libc),
    poll: new EventPoll(libc, (emptied) => kernelClock.read(emptied)),
    kernelClock,
    header: new MessageHeader(libc),
    datagrams: new DatagramViews(),
    doubts,
  };
  return {
    name: 'native',
    doubts,
    openStream: (target, handler) => {
      checkPort(target.port);
      return new NativeStreamSocket(parts, target, handler);
    },
    openDatagram: async (ip, port, receiveBufferBytes) => {
      checkPort(port);
      return NativeDatagramSocket.connected(parts, ip, port, receiveBufferBytes);
    },
    joinGroup: async (target) => NativeDatagramSocket.member(parts, target),
  };
}

/** As Node's sockets do. */
function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new RangeError(`Port should be >= 0 and < 65536. Received ${port}.`);
}
