import { closeSync } from 'node:fs';
import { isIP } from 'node:net';
import { inodeOf } from '../../../kernel/udp-sockets.js';
import { ERRNO } from '../../../native/libc.js';
import type {
  DatagramHandler,
  DatagramOptions,
  DatagramSocket,
  GroupTarget,
} from '../../client-sockets.js';
import { ReceiveErrors } from '../../receive-errors.js';
import { ipv4Word } from '../sockaddr.js';
import {
  checked,
  IPPROTO_IP,
  IPPROTO_UDP,
  MSG,
  SO,
  SOCK,
  SOL_SOCKET,
  systemError,
  UDP_GRO,
} from '../socket-calls.js';
import { type EventHandler, READABLE } from './event-poll.js';
import type { NativeParts } from './native-parts.js';

const IP_ADD_MEMBERSHIP = 35;

/**
 * A UDP socket of a client over system calls: one recvmsg(2) for each time it is readable, into
 * memory that all sockets share, with the kernel's stamp, and with as many datagrams of one length
 * as the kernel could put together (UDP_GRO).
 */
export class NativeDatagramSocket implements DatagramSocket, EventHandler {
  handler: DatagramHandler | undefined;
  readonly localPort: number;
  readonly inode: number | undefined;
  readonly receiveBufferBytes: number | null;
  readonly #parts: NativeParts;
  readonly #fd: number;
  readonly #errors = new ReceiveErrors();
  #closed = false;

  private constructor(parts: NativeParts, fd: number) {
    const { calls, poll } = parts;
    this.#parts = parts;
    this.#fd = fd;
    this.localPort = calls.localPort(fd);
    this.inode = inodeOf(fd);
    const bytes = calls.get(fd, SOL_SOCKET, SO.rcvbuf);
    this.receiveBufferBytes = bytes < 0 ? null : bytes;
    poll.add(fd, READABLE, this);
  }

  /** @throws an error with the `code` of the call that failed */
  static connected(
    parts: NativeParts,
    ip: string,
    port: number,
    { receiveBufferBytes, localAddress }: DatagramOptions = {},
  ): NativeDatagramSocket {
    return NativeDatagramSocket.#open(parts, isIP(ip) === 6 ? 6 : 4, receiveBufferBytes, (fd) => {
      const bound = localAddress === undefined ? 0 : parts.calls.bind(fd, localAddress, 0);
      if (bound < 0) throw systemError(bound, 'bind', localAddress);
      const result = parts.calls.connect(fd, ip, port);
      if (result < 0) throw systemError(result, 'connect', `${ip}:${port}`);
    });
  }

  /** Bound to the group, together with whoever else is. @throws as `connected` */
  static member(parts: NativeParts, target: GroupTarget): NativeDatagramSocket {
    const { group, port, interfaceAddress = '0.0.0.0', receiveBufferBytes } = target;
    const { calls } = parts;
    return NativeDatagramSocket.#open(parts, 4, receiveBufferBytes, (fd) => {
      calls.set(fd, SOL_SOCKET, SO.reuseaddr, 1);
      const bound = calls.bind(fd, group, port);
      if (bound < 0) throw systemError(bound, 'bind', `${group}:${port}`);
      const on = [ipv4Word(group), ipv4Word(interfaceAddress)];
      checked(calls.set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, ...on), 'addMembership');
    });
  }

  static #open(
    parts: NativeParts,
    family: 4 | 6,
    receiveBufferBytes: number | undefined,
    prepare: (fd: number) => void,
  ): NativeDatagramSocket {
    const { calls } = parts;
    const fd = calls.open(family, SOCK.dgram);
    try {
      calls.set(fd, SOL_SOCKET, SO.timestampns, 1);
      // Older kernels do not know it: then each datagram comes by itself.
      calls.set(fd, IPPROTO_UDP, UDP_GRO, 1);
      if (receiveBufferBytes !== undefined)
        calls.set(fd, SOL_SOCKET, SO.rcvbuf, receiveBufferBytes);
      prepare(fd);
      return new NativeDatagramSocket(parts, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  send(packet: Buffer, sent: (error: Error | null) => void = () => {}): void {
    if (this.#closed) return;
    const { calls, clock } = this.#parts;
    this.#errors.sent();
    const result = calls.send(this.#fd, packet, MSG.dontwait | MSG.nosignal);
    // As Node does it: never before this returns.
    clock.setImmediate(() => sent(result < 0 ? systemError(result, 'send') : null));
  }

  close(closed: () => void = () => {}): void {
    if (!this.#closed) {
      this.#closed = true;
      this.handler = undefined;
      this.#parts.poll.remove(this.#fd);
      closeSync(this.#fd);
    }
    this.#parts.clock.setImmediate(closed);
  }

  onEvents(): void {
    const { header, datagrams, kernelClock } = this.#parts;
    const length = header.receive(this.#fd, datagrams.area, MSG.dontwait);
    if (length < 0) {
      if (length === -ERRNO.EAGAIN || length === -ERRNO.EINTR) return;
      const error = systemError(length, 'recvmsg');
      if (this.#errors.failed()) this.onFailure(error);
      else this.handler?.onError(error);
      return;
    }
    this.#errors.received();
    const arrivedAt = kernelClock.timeOf(header.stampMicros());
    const segment = header.segmentBytes() || length;
    if (segment < length && this.handler?.onDatagrams !== undefined) {
      this.handler.onDatagrams(datagrams.view(0, length), segment, arrivedAt);
      return;
    }
    // A datagram may be empty, and then there is one.
    for (let at = 0; at === 0 || at < length; at += segment) {
      this.handler?.onDatagram(datagrams.view(at, Math.min(segment, length - at)), arrivedAt);
      if (segment === 0) return;
    }
  }

  onFailure(error: NodeJS.ErrnoException): void {
    // It stays readable, and would be looked at again and again.
    this.#parts.poll.remove(this.#fd);
    this.handler?.onFailure(error);
  }
}
