import { IOVEC, MMSGHDR, MSGHDR } from '../../native/layout.js';
import type { Native } from './native.js';
import { CONTROL_BYTES, type Segments, writeControl, writeSize } from './segments.js';
import { sockaddrBytes } from './sockaddr.js';

/** Room for either kind of address, and a multiple of 8. */
const SOCKADDR_STRIDE = 32;
/** Room for the longest padding: that of a datagram. */
const ZERO_BYTES = 1_536;
const TWO_32 = 2 ** 32;
/**
 * Sends to one system call. 64 took 3 to 8 % more CPU, 256 no less (1,000 receivers, loopback):
 * more would only spread `sendTime`.
 */
export const BATCH_SIZE = 128;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Sends for one call of sendmmsg(2): structs in one piece of memory that is written once; for each
 * send only address and payload are patched in. A datagram is a head of fixed size, that lies here,
 * and a payload that stays where it is, so that any number of datagrams share one. A send is one
 * datagram, or several segments that the kernel cuts it into (UDP_SEGMENT).
 *
 * The kernel follows pointers: this memory is off V8's heap (`allocUnsafeSlow`, far above 64 bytes)
 * and referenced by a field, and a payload is referenced from `set` to `release`.
 */
export class MessageBatch {
  /** Where the head of each send is written: of its first segment. */
  readonly heads: readonly Buffer[];
  /** All the memory, for who patches heads in place: see `headAt`. */
  readonly words: Uint32Array;
  readonly #native: Native;
  readonly #memory: Buffer;
  readonly #base: number;
  readonly #segments: number;
  /** Room of a segment: for the iovecs of head, payload and, where there are several, padding. */
  readonly #parts: number;
  readonly #headBytes: number;
  readonly #headStride: number;
  readonly #iovecs: number;
  readonly #sockaddrs: number;
  readonly #controls: number;
  readonly #headsAt: number;
  readonly #zeros: number;
  readonly #payloads: Buffer[];
  /** What a send carries; undefined where it is `#payloads`. */
  readonly #carried: (Segments | undefined)[];
  /** Where the bytes of the latest payloads are. */
  readonly #known = new WeakMap<ArrayBufferLike, number>();
  #payload: Buffer = NOTHING;
  #payloadLow = 0;
  #payloadHigh = 0;

  /**
   * `size` sends of at most `segments` datagrams with heads of `headBytes` (0 = none), for a socket
   * of `family`.
   */
  constructor(native: Native, size: number, headBytes: number, family: 4 | 6, segments = 1) {
    this.#native = native;
    this.#segments = segments;
    this.#parts = segments > 1 ? 3 : 2;
    this.#headBytes = headBytes;
    this.#headStride = Math.ceil(headBytes / 8) * 8;
    this.#iovecs = size * MMSGHDR.size;
    this.#sockaddrs = this.#iovecs + size * segments * this.#parts * IOVEC.size;
    this.#headsAt = this.#sockaddrs + size * SOCKADDR_STRIDE;
    this.#controls = this.#headsAt + size * segments * this.#headStride;
    this.#zeros = this.#controls + (segments > 1 ? size * CONTROL_BYTES : 0);
    const end = this.#zeros + (segments > 1 ? ZERO_BYTES : 0);
    this.#memory = Buffer.allocUnsafeSlow(end).fill(0);
    const { buffer, byteOffset, length } = this.#memory;
    this.words = new Uint32Array(buffer, byteOffset, length / 4);
    this.#base = native.addressOf(buffer) + byteOffset;
    this.#payloads = Array.from({ length: size }, () => NOTHING);
    this.#carried = Array.from({ length: size }, () => undefined);
    for (let i = 0; i < size; i++) this.#prepare(i, sockaddrBytes(family));
    this.heads = this.#payloads.map((_, i) => this.#head(i, 0));
  }

  /** Where in `words` the head of a segment begins. */
  headAt(index: number, segment: number): number {
    return this.#headPlace(index, segment) >> 2;
  }

  /**
   * Makes `payload` and its address (see `encodeSockaddr`) those of send `index`: one datagram.
   * `payload` must not change until it is sent.
   */
  set(index: number, payload: Buffer, sockaddr: Uint32Array): void {
    if (this.#carried[index] !== undefined) this.#carried[index] = undefined;
    const iovecs = this.#iovecsOf(index);
    if (this.#segments > 1) this.#plain(index, iovecs);
    this.#point(iovecs + IOVEC.size, payload);
    this.#payloads[index] = payload;
    this.#setName(index, sockaddr);
  }

  /**
   * Makes `segments` what send `index` carries. Cheap when it was there before: then only the
   * address is written, and the heads are as they were left.
   */
  setSegments(index: number, segments: Segments, sockaddr: Uint32Array): void {
    if (this.#carried[index] !== segments) this.#carry(index, segments);
    this.#setName(index, sockaddr);
  }

  /** Makes one segment of send `index` all that it is, without padding. */
  narrow(index: number, segment: number): void {
    const before = this.#carried[index]?.padding.slice(0, segment) ?? [];
    const iovecs = 2 * segment + before.filter((bytes) => bytes > 0).length;
    this.#plain(index, this.#iovecsOf(index) + iovecs * IOVEC.size);
  }

  /** Send `index`, its heads or its extent were changed: it is to be written anew. */
  forget(index: number): void {
    this.#carried[index] = undefined;
  }

  /**
   * Hands sends `[from, to)` to the kernel: how many it took, or minus errno if not even the first.
   */
  send(fd: number, from: number, to: number): number {
    return this.#native.sendmmsg(fd, this.#base + from * MMSGHDR.size, to - from);
  }

  /** Head of a segment of send `index`. */
  head(index: number, segment: number): Buffer {
    return segment === 0 ? (this.heads[index] as Buffer) : this.#head(index, segment);
  }

  /** Head and payload of a segment of send `index`, copied. */
  copy(index: number, segment = 0): Buffer {
    const payloads = this.#carried[index]?.payloads;
    const payload = payloads === undefined ? this.#payloads[index] : payloads[segment];
    return Buffer.concat([this.head(index, segment), payload as Buffer]);
  }

  /** Lets go of what the first `count` sends carried. */
  release(count: number): void {
    this.#payloads.fill(NOTHING, 0, count);
    this.#carried.fill(undefined, 0, count);
    this.#payload = NOTHING;
  }

  /** What does not change from one send to the next. */
  #prepare(index: number, nameBytes: number): void {
    const message = index * MMSGHDR.size;
    this.#pointer(message + MSGHDR.name, this.#sockaddrs + index * SOCKADDR_STRIDE);
    this.words[(message + MSGHDR.nameBytes) >> 2] = nameBytes;
    this.#place(this.#iovecsOf(index), this.#headPlace(index, 0), this.#headBytes);
    this.#plain(index, this.#iovecsOf(index));
    if (this.#segments === 1) return;
    const control = this.#controls + index * CONTROL_BYTES;
    this.#pointer(message + MSGHDR.control, control);
    writeControl(this.#memory, control);
  }

  #carry(index: number, segments: Segments): void {
    const { heads, payloads, padding, size } = segments;
    const count = payloads.length;
    const headWords = this.#headBytes >> 2;
    const first = this.#iovecsOf(index);
    let iovec = first;
    for (let i = 0; i < count; i++) {
      const head = this.#headPlace(index, i);
      for (let word = 0; word < headWords; word++)
        this.words[(head >> 2) + word] = heads[i * headWords + word] as number;
      this.#place(iovec, head, this.#headBytes);
      this.#point(iovec + IOVEC.size, payloads[i] as Buffer);
      iovec += 2 * IOVEC.size;
      const filling = padding[i] as number;
      if (filling === 0) continue;
      this.#place(iovec, this.#zeros, filling);
      iovec += IOVEC.size;
    }
    this.#carried[index] = segments;
    if (this.#segments === 1) return;
    this.#plain(index, first);
    if (count === 1) return;
    const message = index * MMSGHDR.size;
    // From the first head on, also where heads have no bytes.
    this.#pointer(message + MSGHDR.iovecs, first);
    this.words[(message + MSGHDR.iovecCount) >> 2] = (iovec - first) / IOVEC.size;
    this.words[(message + MSGHDR.controlBytes) >> 2] = CONTROL_BYTES;
    writeSize(this.#memory, this.#controls + index * CONTROL_BYTES, size);
  }

  /** One datagram: head, if there is one, and payload. */
  #plain(index: number, iovecs: number): void {
    const message = index * MMSGHDR.size;
    const withHead = this.#headBytes > 0;
    this.#pointer(message + MSGHDR.iovecs, withHead ? iovecs : iovecs + IOVEC.size);
    this.words[(message + MSGHDR.iovecCount) >> 2] = withHead ? 2 : 1;
    this.words[(message + MSGHDR.controlBytes) >> 2] = 0;
  }

  #setName(index: number, sockaddr: Uint32Array): void {
    const name = (this.#sockaddrs + index * SOCKADDR_STRIDE) >> 2;
    // The rest of a sockaddr_in is zeros, and they are there already.
    const used = sockaddr.length === 4 ? 2 : sockaddr.length;
    for (let i = 0; i < used; i++) this.words[name + i] = sockaddr[i] as number;
  }

  /** Makes an iovec that of a payload. */
  #point(iovec: number, payload: Buffer): void {
    if (payload !== this.#payload) this.#locate(payload);
    const at = iovec >> 2;
    this.words[at] = this.#payloadLow;
    this.words[at + 1] = this.#payloadHigh;
    this.words[at + 2] = payload.length;
  }

  #head(index: number, segment: number): Buffer {
    const at = this.#headPlace(index, segment);
    return this.#memory.subarray(at, at + this.#headBytes);
  }

  #headPlace(index: number, segment: number): number {
    return this.#headsAt + (index * this.#segments + segment) * this.#headStride;
  }

  #iovecsOf(index: number): number {
    return this.#iovecs + index * this.#segments * this.#parts * IOVEC.size;
  }

  /** Makes an iovec that of bytes in this memory. */
  #place(iovec: number, target: number, bytes: number): void {
    this.#pointer(iovec, target);
    this.words[(iovec + IOVEC.length) >> 2] = bytes;
  }

  /** Writes the address of one place in the memory into another. */
  #pointer(at: number, target: number): void {
    const address = this.#base + target;
    // Not `%`: of doubles it is a call of fmod.
    this.words[at >> 2] = address >>> 0;
    this.words[(at >> 2) + 1] = Math.floor(address / TWO_32);
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
    this.#payloadLow = address >>> 0;
    this.#payloadHigh = Math.floor(address / TWO_32);
  }
}
