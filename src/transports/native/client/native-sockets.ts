import { closeSync } from 'node:fs';
import type { Clock } from '../../../core/clock.js';
import { LabError } from '../../../errors.js';
import { unavailable } from '../../../native/koffi.js';
import { ERRNO, type Libc, loadLibc } from '../../../native/libc.js';
import type { ClientSockets } from '../../client-sockets.js';
import { MessageHeader } from '../message-header.js';
import { checked, MSG, SO, SOCK, SOL_SOCKET, SocketCalls } from '../socket-calls.js';
import { NativeDatagramSocket } from './datagram-socket.js';
import { DatagramViews } from './datagram-views.js';
import { EventPoll, READABLE } from './event-poll.js';
import { KernelClock } from './kernel-clock.js';
import type { NativeParts } from './native-parts.js';
import type { StampDoubts } from './stamp-doubts.js';
import { NativeStreamSocket } from './stream-socket.js';

/** RFC 863. */
const DISCARD_PORT = 9;

export interface NativeSockets extends ClientSockets {
  readonly name: 'native';
  readonly doubts: Readonly<StampDoubts>;
  /** When none of them is open any more. */
  close(): void;
}

/**
 * Sockets over the calls of the system, all read by one epoll(7) instance. For a process that
 * receives and does little else. @throws LAB_ERR_NATIVE where it cannot be
 */
export async function openNativeSockets(clock: Clock): Promise<NativeSockets> {
  const parts = await openNativeParts(clock);
  return {
    name: 'native',
    doubts: parts.doubts,
    openStream: (target, handler) => {
      checkPort(target.port);
      return new NativeStreamSocket(parts, target, handler);
    },
    openDatagram: async (ip, port, options) => {
      checkPort(port);
      return NativeDatagramSocket.connected(parts, ip, port, options);
    },
    joinGroup: async (target) => NativeDatagramSocket.member(parts, target),
    close: () => parts.poll.close(),
  };
}

/** What they share, tried. @throws LAB_ERR_NATIVE where it cannot be */
export async function openNativeParts(clock: Clock): Promise<NativeParts> {
  const libc = await loadLibc();
  let parts: NativeParts | undefined;
  try {
    parts = partsOf(libc, clock);
    tryReceiving(parts);
    return parts;
  } catch (error) {
    parts?.poll.close();
    throw error instanceof LabError ? error : unavailable((error as Error).message, error);
  }
}

/** @throws LAB_ERR_NATIVE; an error with the `code` of the call that failed */
function partsOf(libc: Libc, clock: Clock): NativeParts {
  const doubts: StampDoubts = { afterHole: 0, aroundStep: 0 };
  const kernelClock = new KernelClock(libc, clock, doubts);
  return {
    libc,
    clock,
    calls: new SocketCalls(libc),
    poll: new EventPoll(libc, clock, (emptied) => kernelClock.read(emptied)),
    kernelClock,
    header: new MessageHeader(libc),
    datagrams: new DatagramViews(),
    doubts,
  };
}

/**
 * Makes once every call that a filter of system calls (seccomp) or an old kernel may refuse: later
 * it would be a subscriber that receives nothing. @throws an error with the `code` of the call
 */
function tryReceiving({ calls, poll, header, datagrams }: NativeParts): void {
  const fd = calls.open(4, SOCK.dgram);
  try {
    checked(calls.set(fd, SOL_SOCKET, SO.timestampns, 1), 'setsockopt');
    poll.add(fd, READABLE, { onEvents: () => {}, onFailure: () => {} });
    poll.remove(fd);
    const received = header.receive(fd, datagrams.area, MSG.dontwait);
    if (received !== -ERRNO.EAGAIN) checked(received, 'recvmsg');
    checked(calls.get(fd, SOL_SOCKET, SO.rcvbuf), 'getsockopt');
    calls.localPort(fd);
    // To nowhere yet; then to a port of this machine, to which nothing is sent.
    const sent = calls.send(fd, Buffer.of(0), MSG.dontwait | MSG.nosignal);
    if (sent !== -ERRNO.EDESTADDRREQ) checked(sent, 'send');
    checked(calls.connect(fd, '127.0.0.1', DISCARD_PORT), 'connect');
  } finally {
    closeSync(fd);
  }
}

/** As Node's sockets do. */
function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new RangeError(`Port should be >= 0 and < 65536. Received ${port}.`);
}
