import { closeSync } from 'node:fs';
import type { Clock } from '../../../core/clock.js';
import { LabError } from '../../../errors.js';
import { inodeOf } from '../../../kernel/udp-sockets.js';
import { unavailable } from '../../../native/koffi.js';
import { ERRNO } from '../../../native/libc.js';
import type {
  ClientSockets,
  DatagramHandler,
  DatagramOptions,
  DatagramSocket,
} from '../../client-sockets.js';
import { ReceiveErrors } from '../../receive-errors.js';
import { DatagramOut } from '../datagram-out.js';
import { ipv4Word } from '../sockaddr.js';
import {
  checked,
  IP_PKTINFO,
  IPPROTO_IP,
  SO,
  SOCK,
  SOL_SOCKET,
  systemError,
} from '../socket-calls.js';
import { DatagramViews } from './datagram-views.js';
import { type EventHandler, READABLE } from './event-poll.js';
import type { NativeParts } from './native-parts.js';
import { openNativeParts } from './native-sockets.js';
import { ReceiveBatch } from './receive-batch.js';

/** 127.1.0.1: loopback has 2^24 addresses, and the first of them are in use. */
const FIRST_ADDRESS = 0x7f01_0001;
const LAST_ADDRESS = 0x7fff_fffe;
/** Of `struct in_pktinfo`: interface, address to send from, address that it was sent to. */
const DESTINATION_AT = 8;
/** Datagrams read with one call, and calls for one event: others may wait for their turn. */
const BATCH = 32;
const CALLS = 8;
/** For all of them together; the kernel grants what it may. */
const RECEIVE_BUFFER_BYTES = 256 * 1024 * 1024;

/**
 * UDP clients without a socket each: one, bound to every address of this machine, receives for any
 * number of addresses of 127.0.0.0/8, and each client has one of them, with its own handshake,
 * lease and account. A server cannot tell them from others. They differ in that all of them share
 * one receive buffer.
 */
class VirtualSockets implements ClientSockets, EventHandler {
  readonly name = 'virtual';
  readonly #parts: NativeParts;
  readonly #batch: ReceiveBatch;
  readonly #views: DatagramViews;
  readonly #out: DatagramOut;
  readonly #fd: number;
  /** By address, a word of this machine. */
  readonly #clients = new Map<number, VirtualSocket>();
  readonly #port: number;
  readonly #inode: number | undefined;
  readonly #receiveBufferBytes: number | null;
  readonly #errors = new ReceiveErrors();
  #failure: NodeJS.ErrnoException | undefined;
  #next = FIRST_ADDRESS;

  constructor(parts: NativeParts, fd: number) {
    this.#parts = parts;
    this.#fd = fd;
    this.#batch = new ReceiveBatch(parts.libc, BATCH);
    this.#views = new DatagramViews(this.#batch.area);
    this.#out = new DatagramOut(parts.libc);
    this.#port = parts.calls.localPort(fd);
    this.#inode = inodeOf(fd);
    // A filter of system calls may refuse it: later it would be clients that receive nothing.
    const nothing = this.#batch.receive(fd);
    if (nothing !== -ERRNO.EAGAIN) checked(nothing, 'recvmmsg');
    checked(parts.libc.sendmmsg(fd, 0, 0), 'sendmmsg');
    const granted = parts.calls.get(fd, SOL_SOCKET, SO.rcvbuf);
    this.#receiveBufferBytes = granted < 0 ? null : granted;
  }

  openStream(): never {
    throw new LabError('LAB_ERR_BAD_VALUE', 'virtual clients are of UDP only', {
      hint: "use `receiver: 'native'` for the other transports",
    });
  }

  async joinGroup(): Promise<never> {
    return this.openStream();
  }

  async openDatagram(
    ip: string,
    port: number,
    { localAddress }: DatagramOptions = {},
  ): Promise<DatagramSocket> {
    if (localAddress !== undefined) {
      throw new LabError('LAB_ERR_BAD_VALUE', 'virtual clients have addresses of their own', {
        hint: "use `receiver: 'native'` to connect from a given address",
      });
    }
    if (!ip.startsWith('127.')) {
      throw new LabError('LAB_ERR_CONNECT', `virtual clients reach loopback only, not ${ip}`, {
        hint: 'let the server listen on 127.0.0.1, or measure with real sockets',
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#next > LAST_ADDRESS) throw systemError(-ERRNO.EADDRNOTAVAIL, 'connect');
    if (this.#clients.size === 0) this.#parts.poll.add(this.#fd, READABLE, this);
    const address = this.#next;
    this.#next += 1;
    const word = swapped(address);
    const client = new VirtualSocket({
      localPort: this.#port,
      inode: this.#inode,
      receiveBufferBytes: this.#receiveBufferBytes,
      send: (packet) => this.#out.send(this.#fd, packet, { ip: ipv4Word(ip), port }, word),
      close: () => this.#leave(word),
      later: (action) => void this.#parts.clock.setImmediate(action),
    });
    this.#clients.set(word, client);
    return client;
  }

  close(): void {
    closeSync(this.#fd);
    this.#parts.poll.close();
  }

  onEvents(): void {
    for (let call = 0; call < CALLS; call++) {
      const received = this.#batch.receive(this.#fd);
      if (received === -ERRNO.EINTR) continue;
      if (received < 0) {
        if (received !== -ERRNO.EAGAIN) this.#refused(systemError(received, 'recvmmsg'));
        return;
      }
      this.#errors.received();
      // Only the first was there when the clocks were looked at.
      if (call > 0 || received > 1) this.#parts.kernelClock.read(false);
      for (let i = 0; i < received; i++) this.#handOn(i);
      if (received < BATCH) return;
    }
  }

  onFailure(error: NodeJS.ErrnoException): void {
    this.#failure = error;
    // It stays readable, and would be looked at again and again.
    this.#parts.poll.remove(this.#fd);
    for (const { handler } of [...this.#clients.values()]) handler?.onFailure(error);
  }

  /** One error may be of no client in particular; all of them end when it lasts. */
  #refused(error: NodeJS.ErrnoException): void {
    if (this.#errors.failed()) this.onFailure(error);
  }

  #handOn(i: number): void {
    const batch = this.#batch;
    const address = batch.word(i, IPPROTO_IP, IP_PKTINFO, DESTINATION_AT);
    const client = this.#clients.get(address);
    if (client?.handler === undefined) return;
    const arrivedAt = this.#parts.kernelClock.timeOf(batch.stampMicros(i));
    client.handler.onDatagram(this.#views.view(batch.start(i), batch.length(i)), arrivedAt);
  }

  #leave(word: number): void {
    if (this.#clients.delete(word) && this.#clients.size === 0) this.#parts.poll.remove(this.#fd);
  }
}

interface VirtualParts extends Pick<DatagramSocket, 'localPort' | 'inode' | 'receiveBufferBytes'> {
  /** 0 or minus errno. */
  send(packet: Buffer): number;
  close(): void;
  later(action: () => void): void;
}

class VirtualSocket implements DatagramSocket {
  handler: DatagramHandler | undefined;
  readonly #parts: VirtualParts;
  #closed = false;

  constructor(parts: VirtualParts) {
    this.#parts = parts;
  }

  get localPort(): number {
    return this.#parts.localPort;
  }

  get inode(): number | undefined {
    return this.#parts.inode;
  }

  get receiveBufferBytes(): number | null {
    return this.#parts.receiveBufferBytes;
  }

  send(packet: Buffer, sent?: (error: Error | null) => void): void {
    if (this.#closed) return;
    const result = this.#parts.send(packet);
    if (sent !== undefined)
      this.#parts.later(() => sent(result < 0 ? systemError(result, 'send') : null));
  }

  close(closed: () => void = () => {}): void {
    if (!this.#closed) {
      this.#closed = true;
      this.handler = undefined;
      this.#parts.close();
    }
    this.#parts.later(closed);
  }
}

/**
 * Clients of UDP that share one socket, for a server on loopback.
 * @throws LAB_ERR_NATIVE where it cannot be
 */
export async function openVirtualSockets(clock: Clock): Promise<ClientSockets & { close(): void }> {
  const parts = await openNativeParts(clock);
  const { calls } = parts;
  const fd = calls.open(4, SOCK.dgram);
  try {
    checked(calls.set(fd, SOL_SOCKET, SO.timestampns, 1), 'setsockopt');
    checked(calls.set(fd, IPPROTO_IP, IP_PKTINFO, 1), 'setsockopt');
    // As root beyond the limit of the system, else up to it.
    if (calls.set(fd, SOL_SOCKET, SO.rcvbufforce, RECEIVE_BUFFER_BYTES) < 0)
      calls.set(fd, SOL_SOCKET, SO.rcvbuf, RECEIVE_BUFFER_BYTES);
    checked(calls.bind(fd, '0.0.0.0', 0), 'bind');
    return new VirtualSockets(parts, fd);
  } catch (error) {
    closeSync(fd);
    parts.poll.close();
    throw error instanceof LabError ? error : unavailable((error as Error).message, error);
  }
}

/** An address in the order of the network, as a word of this machine reads it. */
function swapped(address: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address);
  return bytes.readInt32LE(0);
}
