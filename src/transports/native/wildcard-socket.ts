import { closeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { inodeOf } from '../../kernel/udp-sockets.js';
import { addresses, ERRNO, type Koffi, loadKoffi, unavailable } from './native.js';
import { type Arrival, ReceiveMemory } from './receive-memory.js';
import { encodeSockaddr, sockaddrBytes } from './sockaddr.js';

// <bits/socket.h>, <asm-generic/socket.h>, <linux/in.h>, <linux/in6.h>: the same on x86_64 and
// AArch64.
const AF = { 4: 2, 6: 10 } as const;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const MSG_DONTWAIT = 0x40;
/** Datagrams read in one turn of the event loop: the others of this process want theirs. */
const READS = 64;

/**
 * The calls of the C library that it takes, bound once; every one returns minus errno when it
 * fails.
 */
interface Calls {
  addressOf(buffer: ArrayBufferLike): number;
  socket(domain: number, type: number): number;
  setOption(fd: number, level: number, name: number, value: number): number;
  bind(fd: number, sockaddr: Buffer): number;
  /** Fills `sockaddr` in. */
  name(fd: number, sockaddr: Buffer): number;
  receive(fd: number, message: number): number;
  /** Calls back as long as there is something to read. */
  watch(fd: number, readable: () => void): { close(): void };
}

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
  readonly #calls: Calls;
  readonly #fd: number;
  readonly #memory: ReceiveMemory;
  readonly #watch: { close(): void };
  #receive: (arrival: Arrival) => void = () => {};
  #sharing = 0;
  #closed = false;

  /** Throws an error with the `code` of the system call that failed. */
  private constructor(calls: Calls, fd: number, family: 4 | 6) {
    this.#calls = calls;
    this.#fd = fd;
    this.#memory = new ReceiveMemory(calls.addressOf, sockaddrBytes(family));
    const sockaddr = Buffer.allocUnsafeSlow(sockaddrBytes(family));
    checked(calls.name(fd, sockaddr), 'getsockname');
    this.inode = inodeOf(fd);
    this.port = sockaddr.readUInt16BE(2);
    this.#watch = calls.watch(fd, () => this.#read());
  }

  /**
   * `receiveBufferBytes`: SO_RCVBUF to ask for.
   * @throws LAB_ERR_UDP_SENDER where the C library cannot be called; an error with the `code` of
   *   the call that failed
   */
  static async open(
    family: 4 | 6,
    port: number,
    receiveBufferBytes: number,
  ): Promise<WildcardSocket> {
    const calls = await loadCalls();
    const fd = checked(
      calls.socket(AF[family], SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC),
      'socket',
    );
    try {
      if (family === 6) {
        checked(calls.setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0), 'setsockopt');
        checked(calls.setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1), 'setsockopt');
      }
      checked(calls.setOption(fd, IPPROTO_IP, IP_PKTINFO, 1), 'setsockopt');
      calls.setOption(fd, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
      const any = encodeSockaddr(family, family === 4 ? '0.0.0.0' : '::', port);
      const own = Buffer.allocUnsafeSlow(any.byteLength);
      Buffer.from(any.buffer, any.byteOffset, any.byteLength).copy(own);
      checked(calls.bind(fd, own), 'bind');
      return new WildcardSocket(calls, fd, family);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Whom every datagram is handed to; it must not throw. */
  set onDatagram(receive: (arrival: Arrival) => void) {
    this.#receive = receive;
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
      this.#calls.setOption(this.#fd, SOL_SOCKET, SO_REUSEADDR, this.#sharing > 0 ? 1 : 0);
  }

  #read(): void {
    for (let i = 0; i < READS && !this.#closed; i++) {
      const length = this.#calls.receive(this.#fd, this.#memory.prepared());
      if (length === -ERRNO.EINTR) continue;
      // Nothing left; or an error that concerns one datagram, which the next look is free of.
      if (length < 0) return;
      const arrival = this.#memory.arrival(length);
      if (arrival !== undefined) this.#receive(arrival);
    }
  }
}

function checked(result: number, call: string): number {
  if (result >= 0) return result;
  const code = getSystemErrorName(result);
  throw Object.assign(new Error(`${call} ${code}`), { code, syscall: call });
}

let loaded: Promise<Calls> | undefined;

function loadCalls(): Promise<Calls> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Calls> {
  const koffi = await loadKoffi();
  // Not documented by koffi: an update may lack it, and then we do without.
  const { poll } = koffi.node ?? {};
  if (typeof poll !== 'function')
    throw unavailable('this version of koffi cannot wait for sockets');
  try {
    return bound(koffi, poll);
  } catch (cause) {
    throw unavailable('the C library lacks a call', cause);
  }
}

function bound(koffi: Koffi, poll: Koffi['node']['poll']): Calls {
  const libc = koffi.load(null);
  const addressOf = addresses(koffi);
  const at = (bytes: Buffer): number => addressOf(bytes.buffer) + bytes.byteOffset;
  const socket = libc.func('int socket(int domain, int type, int protocol)');
  const setsockopt = libc.func(
    'int setsockopt(int fd, int level, int name, uintptr_t value, unsigned int length)',
  );
  const bind = libc.func('int bind(int fd, uintptr_t address, unsigned int length)');
  const getsockname = libc.func('int getsockname(int fd, uintptr_t address, uintptr_t length)');
  const recvmsg = libc.func('intptr_t recvmsg(int fd, uintptr_t message, int flags)');
  const value = Buffer.allocUnsafeSlow(4);
  const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result);
  return {
    addressOf,
    socket: (domain, type) => orErrno(socket(domain, type, 0)),
    setOption: (fd, level, name, to) => {
      value.writeInt32LE(to);
      return orErrno(setsockopt(fd, level, name, at(value), value.length));
    },
    bind: (fd, sockaddr) => orErrno(bind(fd, at(sockaddr), sockaddr.length)),
    name: (fd, sockaddr) => {
      value.writeInt32LE(sockaddr.length);
      return orErrno(getsockname(fd, at(sockaddr), at(value)));
    },
    receive: (fd, message) => orErrno(Number(recvmsg(fd, message, MSG_DONTWAIT))),
    watch: (fd, readable) => poll(fd, { readable: true }, readable),
  };
}
