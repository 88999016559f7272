/** What native sockets of every kind are made with. */
import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { TCP_INFO } from '../../native/layout.js';
import type { Libc } from '../../native/libc.js';
import { encodeSockaddr, sockaddrBytes } from './sockaddr.js';

// <bits/socket.h>, <asm-generic/socket.h>: the same on x86_64 and AArch64.
export const AF = { 4: 2, 6: 10 } as const;
export const SOCK = { stream: 1, dgram: 2, nonblock: 0o4000, cloexec: 0o2000000 } as const;
export const MSG = { dontwait: 0x40, nosignal: 0x4000 } as const;
export const SOL_SOCKET = 1;
export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const IPPROTO_UDP = 17;
/** <linux/udp.h>, udp(7): options, and kinds of control messages. */
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;
export const SO = {
  reuseaddr: 2,
  error: 4,
  sndbuf: 7,
  rcvbuf: 8,
  linger: 13,
  rcvtimeo: 20,
  rcvbufforce: 33,
  timestampns: 35,
} as const;

/** Sent in one call at most; a request or a datagram is shorter. */
const SEND_BYTES = 64 * 1024;

/** A result that is not an error. @throws an error with the `code` of the call that failed */
export function checked(result: number, call: string): number {
  if (result >= 0) return result;
  throw systemError(result, call);
}

/** As Node has it: `connect ECONNREFUSED 127.0.0.1:7400`. `result`: minus errno. */
export function systemError(result: number, call: string, peer = ''): NodeJS.ErrnoException {
  const code = getSystemErrorName(result);
  const message = peer === '' ? `${call} ${code}` : `${call} ${code} ${peer}`;
  return Object.assign(new Error(message), { code, syscall: call, errno: result });
}

/** Socket calls with their memory, for one process. */
export class SocketCalls {
  readonly #libc: Libc;
  readonly #value = Buffer.allocUnsafeSlow(256).fill(0);
  readonly #valueAddress: number;
  readonly #bytes = Buffer.allocUnsafeSlow(8).fill(0);
  readonly #bytesAddress: number;
  readonly #data = Buffer.allocUnsafeSlow(SEND_BYTES);
  readonly #dataAddress: number;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#valueAddress = libc.addressOf(this.#value.buffer) + this.#value.byteOffset;
    this.#bytesAddress = libc.addressOf(this.#bytes.buffer) + this.#bytes.byteOffset;
    this.#dataAddress = libc.addressOf(this.#data.buffer) + this.#data.byteOffset;
  }

  /** A new descriptor that never blocks. @throws an error with a `code` */
  open(family: 4 | 6, type: number): number {
    return checked(this.#libc.socket(AF[family], type | SOCK.nonblock | SOCK.cloexec, 0), 'socket');
  }

  /** Sets options of 32-bit words; 0 or minus errno. */
  set(fd: number, level: number, name: number, ...words: readonly number[]): number {
    for (const [i, word] of words.entries()) this.#value.writeInt32LE(word, 4 * i);
    return this.#libc.setsockopt(fd, level, name, this.#valueAddress, 4 * words.length);
  }

  /** Sets an option that is a text of ASCII, 255 bytes at most; 0 or minus errno. */
  setText(fd: number, level: number, name: number, text: string): number {
    const bytes = this.#value.write(text, 'latin1');
    return this.#libc.setsockopt(fd, level, name, this.#valueAddress, bytes);
  }

  /** An option that is a text of at most `bytes`; undefined where it cannot be read. */
  readText(fd: number, level: number, name: number, bytes: number): string | undefined {
    this.#bytes.writeUInt32LE(bytes, 0);
    const result = this.#libc.getsockopt(fd, level, name, this.#valueAddress, this.#bytesAddress);
    if (result < 0) return undefined;
    const text = this.#value.toString('latin1', 0, this.#bytes.readUInt32LE(0));
    return text.split('\0', 1)[0];
  }

  /** The first 32-bit word of an option; minus errno where it cannot be read. */
  get(fd: number, level: number, name: number): number {
    this.#bytes.writeUInt32LE(4, 0);
    const result = this.#libc.getsockopt(fd, level, name, this.#valueAddress, this.#bytesAddress);
    return result < 0 ? result : this.#value.readInt32LE(0);
  }

  /**
   * An option of many bytes: valid until the next call; undefined where less than `bytes` are
   * known.
   */
  read(fd: number, level: number, name: number, bytes: number): Buffer | undefined {
    this.#bytes.writeUInt32LE(bytes, 0);
    const result = this.#libc.getsockopt(fd, level, name, this.#valueAddress, this.#bytesAddress);
    return result < 0 || this.#bytes.readUInt32LE(0) < bytes ? undefined : this.#value;
  }

  /**
   * Segments of a TCP connection that came out of order so far (tcpi_rcv_ooopack); 0 where the
   * kernel does not tell.
   */
  outOfOrder(fd: number): number {
    const { option, outOfOrder } = TCP_INFO;
    return this.read(fd, IPPROTO_TCP, option, outOfOrder + 4)?.readUInt32LE(outOfOrder) ?? 0;
  }

  /** Sends a copy of what fits of `data`: bytes taken, or minus errno. */
  send(fd: number, data: Buffer, flags: number): number {
    const length = data.copy(this.#data, 0, 0, Math.min(data.length, this.#data.length));
    return this.#libc.send(fd, this.#dataAddress, length, flags);
  }

  /** 0, or minus errno: −EINPROGRESS as long as it is under way. */
  connect(fd: number, ip: string, port: number): number {
    const bytes = this.#address(ip, port);
    return this.#libc.connect(fd, this.#valueAddress, bytes);
  }

  /** 0, or minus errno. */
  bind(fd: number, ip: string, port: number): number {
    const bytes = this.#address(ip, port);
    return this.#libc.bind(fd, this.#valueAddress, bytes);
  }

  /** The local address, a struct sockaddr: valid until the next call. @throws as `checked` */
  localAddress(fd: number): Buffer {
    this.#bytes.writeUInt32LE(sockaddrBytes(6), 0);
    const result = this.#libc.getsockname(fd, this.#valueAddress, this.#bytesAddress);
    checked(result, 'getsockname');
    return this.#value.subarray(0, this.#bytes.readUInt32LE(0));
  }

  /** @throws as `checked` */
  localPort(fd: number): number {
    return this.localAddress(fd).readUInt16BE(2);
  }

  #address(ip: string, port: number): number {
    const words = encodeSockaddr(isIP(ip) === 6 ? 6 : 4, ip, port);
    for (const [i, word] of words.entries()) this.#value.writeUInt32LE(word, 4 * i);
    return words.byteLength;
  }
}
