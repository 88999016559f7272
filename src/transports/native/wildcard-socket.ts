import { closeSync } from 'node:fs';
import { inodeOf } from '../../kernel/udp-sockets.js';
import { unavailable } from '../../native/koffi.js';
import { ERRNO, type Libc, loadLibc } from '../../native/libc.js';
import { ReceiveErrors } from '../receive-errors.js';
import { type Arrival, ReceiveMemory } from './receive-memory.js';
import { sockaddrBytes } from './sockaddr.js';
import {
  checked,
  IP_PKTINFO,
  IPPROTO_IP,
  SO,
  SOCK,
  SOL_SOCKET,
  SocketCalls,
  systemError,
} from './socket-calls.js';

// <linux/in.h>, <linux/in6.h>: the same on x86_64 and AArch64.
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
/** Datagrams read in one turn of the event loop: the others of this process want theirs. */
const READS = 64;

/**
 * A UDP socket on every address of this machine that tells to which of them a datagram came
 * (IP_PKTINFO, see ip(7) and ipv6(7)). Node's does not, and answers from the address that the
 * routes prefer, which a client that asked another never hears. It only reads: each address is
 * answered by a socket of its own, bound beside this one. That of family 6 hears IPv4 as well.
 */
export class WildcardSocket {
  readonly port: number;
  /** Key to the kernel's counters of the socket; undefined = not known. */
  readonly inode: number | undefined;
  readonly #calls: SocketCalls;
  readonly #fd: number;
  readonly #memory: ReceiveMemory;
  readonly #watch: { close(): void };
  readonly #errors = new ReceiveErrors();
  #receive: (arrival: Arrival) => void = () => {};
  #onFailure: (error: NodeJS.ErrnoException) => void = () => {};
  #sharing = 0;
  #closed = false;

  /** @throws an error with the `code` of the system call that failed */
  private constructor(
    { calls, poll }: { calls: SocketCalls; poll: NonNullable<Libc['poll']> },
    fd: number,
    memory: ReceiveMemory,
  ) {
    this.#calls = calls;
    this.#fd = fd;
    this.#memory = memory;
    this.inode = inodeOf(fd);
    this.port = calls.localPort(fd);
    this.#watch = poll(fd, () => this.#read());
  }

  /**
   * `receiveBufferBytes`: SO_RCVBUF to ask for.
   * @throws LAB_ERR_NATIVE where the C library cannot be called; an error with the `code` of the
   *   call that failed
   */
  static async open(
    family: 4 | 6,
    port: number,
    receiveBufferBytes: number,
  ): Promise<WildcardSocket> {
    const libc = await loadLibc();
    const { poll } = libc;
    if (poll === undefined) throw unavailable('this version of koffi cannot wait for sockets');
    const calls = new SocketCalls(libc);
    const memory = new ReceiveMemory(libc, sockaddrBytes(family));
    const fd = calls.open(family, SOCK.dgram);
    const set = (level: number, name: number, value: number): number =>
      checked(calls.set(fd, level, name, value), 'setsockopt');
    try {
      // A filter of system calls may refuse it: later it would be clients that are not heard.
      const nothing = memory.receive(fd);
      if (nothing !== -ERRNO.EAGAIN) throw unavailable(systemError(nothing, 'recvmsg').message);
      if (family === 6) {
        set(IPPROTO_IPV6, IPV6_V6ONLY, 0);
        set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
      }
      set(IPPROTO_IP, IP_PKTINFO, 1);
      calls.set(fd, SOL_SOCKET, SO.rcvbuf, receiveBufferBytes);
      checked(calls.bind(fd, family === 4 ? '0.0.0.0' : '::', port), 'bind');
      return new WildcardSocket({ calls, poll }, fd, memory);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Whom every datagram is handed to; it must not throw. */
  set onDatagram(receive: (arrival: Arrival) => void) {
    this.#receive = receive;
  }

  /** Who is told, once, that nothing can be received any more. */
  set onFailure(tell: (error: NodeJS.ErrnoException) => void) {
    this.#onFailure = tell;
  }

  /**
   * Runs `bind`, which binds a socket (with SO_REUSEADDR) to one of the addresses and the same
   * port: what comes to that goes to it from then on. At no other time can anybody.
   */
  async beside<T>(bind: () => Promise<T>): Promise<T> {
    this.#share(1);
    try {
      return await bind();
    } finally {
      this.#share(-1);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    closeSync(this.#fd);
  }

  #share(change: 1 | -1): void {
    this.#sharing += change;
    if (!this.#closed)
      this.#calls.set(this.#fd, SOL_SOCKET, SO.reuseaddr, this.#sharing > 0 ? 1 : 0);
  }

  #read(): void {
    for (let i = 0; i < READS && !this.#closed; i++) {
      const length = this.#memory.receive(this.#fd);
      if (length === -ERRNO.EINTR) continue;
      if (length < 0) {
        if (length !== -ERRNO.EAGAIN) this.#failed(systemError(length, 'recvmsg'));
        return;
      }
      this.#errors.received();
      const arrival = this.#memory.arrival(length);
      if (arrival !== undefined) this.#receive(arrival);
    }
  }

  /** One error concerns one datagram, and the next look is free of it. */
  #failed(error: NodeJS.ErrnoException): void {
    if (!this.#errors.failed()) return;
    // It stays readable, and would be looked at again and again.
    this.#watch.close();
    this.#onFailure(error);
  }
}
