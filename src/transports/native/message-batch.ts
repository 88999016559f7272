import type { Native } from './native.js';
import { sockaddrBytes } from './sockaddr.js';

/**
 * 64-bit Linux: `struct mmsghdr` is a msghdr (56 bytes), msg_len and padding; `struct iovec` two
 * words of 8 bytes.
 */
const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
/** Room for either kind of address, and a multiple of 8. */
const SOCKADDR_STRIDE = 32;
const TWO_32 = 2 ** 32;
/**
 * Datagrams to one system call. 64 took 3 to 8 % more CPU, 256 no less (1,000 receivers, loopback):
 * more would only spread `sendTime`.
 */
export const BATCH_SIZE = 128;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Datagrams for one call of sendmmsg(2): structs in one piece of memory that is written once; for
 * each datagram only address and payload are patched in. A datagram is a head of fixed size, that
 * lies here, and a payload that stays where it is, so that any number of datagrams share one.
 *
 * The kernel follows pointers: this memory is off V8's heap (`allocUnsafeSlow`, far above 64 bytes)
 * and referenced by a field, and a payload is referenced from `set` to `release`.
 */
export class MessageBatch {
  /** Where the head of each datagram is written. */
  readonly heads: readonly Buffer[];
  readonly #native: Native;
  readonly #memory: Buffer;
  readonly #words: Uint32Array;
  readonly #base: number;
  readonly #iovecs: number;
  readonly #sockaddrs: number;
  readonly #payloads: Buffer[];
  /** Where the bytes of the latest payloads are. */
  readonly #known = new WeakMap<ArrayBufferLike, number>();
  #payload: Buffer = NOTHING;
  #payloadLow = 0;
  #payloadHigh = 0;

  /** `size` datagrams with heads of `headBytes` (0 = none), for a socket of `family`. */
  constructor(native: Native, size: number, headBytes: number, family: 4 | 6) {
    this.#native = native;
    this.#iovecs = size * MMSGHDR_BYTES;
    this.#sockaddrs = this.#iovecs + size * 2 * IOVEC_BYTES;
    const heads = this.#sockaddrs + size * SOCKADDR_STRIDE;
    const headStride = Math.ceil(headBytes / 8) * 8;
    this.#memory = Buffer.allocUnsafeSlow(heads + size * headStride).fill(0);
    const { buffer, byteOffset, length } = this.#memory;
    this.#words = new Uint32Array(buffer, byteOffset, length / 4);
    this.#base = native.addressOf(buffer) + byteOffset;
    this.#payloads = Array.from({ length: size }, () => NOTHING);
    this.heads = Array.from({ length: size }, (_, i) => {
      const head = heads + i * headStride;
      this.#prepare(i, head, headBytes, sockaddrBytes(family));
      return this.#memory.subarray(head, head + headBytes);
    });
  }

  /**
   * Makes `payload` and its address (see `encodeSockaddr`) those of datagram `index`. `payload`
   * must not change until it is sent.
   */
  set(index: number, payload: Buffer, sockaddr: Uint32Array): void {
    const words = this.#words;
    if (payload !== this.#payload) this.#locate(payload);
    const iovec = (this.#iovecs + (index * 2 + 1) * IOVEC_BYTES) >> 2;
    words[iovec] = this.#payloadLow;
    words[iovec + 1] = this.#payloadHigh;
    words[iovec + 2] = payload.length;
    const name = (this.#sockaddrs + index * SOCKADDR_STRIDE) >> 2;
    // The rest of a sockaddr_in is zeros, and they are there already.
    const used = sockaddr.length === 4 ? 2 : sockaddr.length;
    for (let i = 0; i < used; i++) words[name + i] = sockaddr[i] as number;
    this.#payloads[index] = payload;
  }

  /**
   * Hands datagrams `[from, to)` to the kernel: how many it took, or minus errno if not even the
   * first.
   */
  send(fd: number, from: number, to: number): number {
    return this.#native.sendmmsg(fd, this.#base + from * MMSGHDR_BYTES, to - from);
  }

  /** Head and payload of datagram `index`, copied. */
  copy(index: number): Buffer {
    return Buffer.concat([this.heads[index] as Buffer, this.#payloads[index] as Buffer]);
  }

  /** Lets go of the payloads of the first `count` datagrams. */
  release(count: number): void {
    this.#payloads.fill(NOTHING, 0, count);
    this.#payload = NOTHING;
  }

  /** What does not change from one datagram to the next. */
  #prepare(index: number, head: number, headBytes: number, nameBytes: number): void {
    const message = index * MMSGHDR_BYTES;
    const iovecs = this.#iovecs + index * 2 * IOVEC_BYTES;
    this.#pointer(message, this.#sockaddrs + index * SOCKADDR_STRIDE); // msg_name
    this.#memory.writeUInt32LE(nameBytes, message + 8); // msg_namelen
    // Without heads the payload is the only part.
    this.#pointer(message + 16, headBytes > 0 ? iovecs : iovecs + IOVEC_BYTES); // msg_iov
    this.#memory.writeUInt32LE(headBytes > 0 ? 2 : 1, message + 24); // msg_iovlen
    this.#pointer(iovecs, head);
    this.#memory.writeUInt32LE(headBytes, iovecs + 8);
  }

  /** Writes the address of one place in the memory into another. */
  #pointer(at: number, target: number): void {
    const address = this.#base + target;
    this.#memory.writeUInt32LE(address % TWO_32, at);
    this.#memory.writeUInt32LE(Math.floor(address / TWO_32), at + 4);
  }

  /**
   * The address is asked for once per chunk of a log. Reading `buffer` takes even a small payload
   * off V8's heap, for good.
   */
  #locate(payload: Buffer): void {
    const { buffer, byteOffset } = payload;
    let base = this.#known.get(buffer);
    if (base === undefined) {
      base = this.#native.addressOf(buffer);
      this.#known.set(buffer, base);
    }
    const address = base + byteOffset;
    this.#payload = payload;
    this.#payloadLow = address % TWO_32;
    this.#payloadHigh = Math.floor(address / TWO_32);
  }
}
