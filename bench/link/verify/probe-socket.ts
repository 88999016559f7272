import { closeSync, readFileSync } from 'node:fs';
import type { Clock } from '../../../src/core/clock.js';
import { ERRNO, type Libc } from '../../../src/native/libc.js';
import { KernelClock } from '../../../src/transports/native/client/kernel-clock.js';
import { MessageHeader } from '../../../src/transports/native/message-header.js';
import {
  checked,
  MSG,
  SO,
  SOCK,
  SOL_SOCKET,
  SocketCalls,
} from '../../../src/transports/native/socket-calls.js';

/** Nobody else is in the ends yet: any port is free. */
const PORT = 7_000;
const RECEIVE_BUFFER = 8_000_000;
const HEADER_BYTES = 28;
const LARGEST = 2_048;

/** A UDP socket for numbered packets, with the kernel's stamps. @throws with the `code` of a call */
export class ProbeSocket {
  readonly fd: number;
  /** Of what was received last, µs of the clock. */
  arrivedAt = 0;
  readonly #calls: SocketCalls;
  readonly #header: MessageHeader;
  readonly #clock: Clock;
  readonly #kernelClock: KernelClock;
  readonly #out = Buffer.alloc(LARGEST);
  readonly #in = Buffer.allocUnsafeSlow(LARGEST);

  constructor(libc: Libc, clock: Clock, address: string, peer: string) {
    this.#calls = new SocketCalls(libc);
    this.#header = new MessageHeader(libc);
    this.#clock = clock;
    const doubts = { afterHole: 0, aroundStep: 0 };
    this.#kernelClock = new KernelClock(libc, clock, doubts);
    this.fd = this.#calls.open(4, SOCK.dgram);
    try {
      checked(this.#calls.set(this.fd, SOL_SOCKET, SO.timestampns, 1), 'setsockopt');
      const forced = this.#calls.set(this.fd, SOL_SOCKET, SO.rcvbufforce, RECEIVE_BUFFER);
      if (forced < 0) this.#calls.set(this.fd, SOL_SOCKET, SO.rcvbuf, RECEIVE_BUFFER);
      checked(this.#calls.bind(this.fd, address, PORT), 'bind');
      checked(this.#calls.connect(this.fd, peer, PORT), 'connect');
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  /** A packet of `bytes` with its headers; false = the kernel has no room for it now. */
  send(number: number, bytes: number): boolean {
    this.#out.writeUInt32LE(number, 0);
    const payload = this.#out.subarray(0, bytes - HEADER_BYTES);
    const result = this.#calls.send(this.fd, payload, MSG.dontwait | MSG.nosignal);
    if (result === -ERRNO.EAGAIN || result === -ERRNO.ENOBUFS || result === -ERRNO.EINTR)
      return false;
    checked(result, 'send');
    return true;
  }

  /** Reads both clocks, before packets are received. */
  readClocks(): void {
    this.#kernelClock.read(true);
  }

  /** The number of the next packet; −1 = there is none now. */
  receive(): number {
    const length = this.#header.receive(this.fd, this.#in, MSG.dontwait);
    if (length === -ERRNO.EAGAIN || length === -ERRNO.EINTR) return -1;
    checked(length, 'recvmsg');
    this.arrivedAt = this.#kernelClock.timeOf(this.#header.stampMicros()) || this.#clock.now();
    return this.#in.readUInt32LE(0);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Datagrams that the kernel threw away in this network namespace, but for want of room. */
export function harmedDatagrams(
  table: string = readFileSync('/proc/self/net/snmp', 'latin1'),
): number {
  const [names = [], values = []] = table
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  const of = (name: string): number => Number(values[names.indexOf(name)]);
  return of('InErrors') - of('RcvbufErrors');
}
