import { readU16, readU32, writeU32 } from '../../core/words.js';
import { IOVEC, MSGHDR, writePointer } from '../../native/layout.js';
import type { Libc } from '../../native/libc.js';
import { findControl, stampMicros } from './control-messages.js';
import { IPPROTO_UDP, UDP_GRO } from './socket-calls.js';

const CONTROL_BYTES = 256;
/** Room for an address of either kind, `struct sockaddr_in6` being the larger. */
const NAME_BYTES = 32;
const IOVEC_AT = MSGHDR.size;
const NAME_AT = IOVEC_AT + IOVEC.size;
const CONTROL_AT = NAME_AT + NAME_BYTES + 8;

/**
 * What recvmsg(2) is told and what it tells beside the bytes: one struct msghdr with one iovec,
 * room for the sender's address, and for control data (cmsg(3)). Off V8's heap, written once but
 * for the lengths and, when another buffer is to be filled, its address.
 */
export class MessageHeader {
  readonly memory: Buffer = Buffer.allocUnsafeSlow(CONTROL_AT + CONTROL_BYTES).fill(0);
  /** Where the sender's address is. */
  readonly nameAt = NAME_AT;
  readonly #libc: Libc;
  readonly #base: number;
  readonly #nameBytes: number;
  #target: Buffer | undefined;

  /** `nameBytes`: of the kind of address the socket has; 0 = of no interest. */
  constructor(libc: Libc, nameBytes = 0) {
    this.#libc = libc;
    this.#nameBytes = nameBytes;
    this.#base = libc.addressOf(this.memory.buffer) + this.memory.byteOffset;
    if (nameBytes > 0) this.#pointer(MSGHDR.name, this.#base + NAME_AT);
    this.#pointer(MSGHDR.iovecs, this.#base + IOVEC_AT);
    this.memory.writeUInt32LE(1, MSGHDR.iovecCount);
    this.#pointer(MSGHDR.control, this.#base + CONTROL_AT);
  }

  /**
   * recvmsg(2) of what fits into `buffer`, off V8's heap: bytes, or minus errno. It blocks where
   * the socket does and `flags` do not say otherwise.
   */
  receive(fd: number, buffer: Buffer, flags: number): number {
    const { memory } = this;
    if (buffer !== this.#target) this.#aim(buffer);
    writeU32(memory, this.#nameBytes, MSGHDR.nameBytes);
    writeU32(memory, CONTROL_BYTES, MSGHDR.controlBytes);
    return this.#libc.recvmsg(fd, this.#base, flags);
  }

  /** Of the sender's address, a struct sockaddr. */
  get nameAddress(): number {
    return this.#base + NAME_AT;
  }

  /** When the kernel had the last of these bytes: µs of CLOCK_REALTIME, 0 = not told. */
  stampMicros(): number {
    return stampMicros(this.memory, CONTROL_AT, this.#controlEnd);
  }

  /** Bytes of each datagram but the last, where several came as one (UDP_GRO); 0 = only one did. */
  segmentBytes(): number {
    const at = this.find(IPPROTO_UDP, UDP_GRO);
    return at < 0 ? 0 : readU16(this.memory, at);
  }

  /** Where the data of the control message of this kind begins in `memory`; −1 = there is none. */
  find(level: number, type: number): number {
    return findControl(this.memory, CONTROL_AT, this.#controlEnd, level, type);
  }

  get #controlEnd(): number {
    return CONTROL_AT + readU32(this.memory, MSGHDR.controlBytes);
  }

  #aim(buffer: Buffer): void {
    this.#target = buffer;
    const { buffer: memory, byteOffset, length } = buffer;
    this.#pointer(IOVEC_AT + IOVEC.base, this.#libc.addressOf(memory) + byteOffset);
    this.#pointer(IOVEC_AT + IOVEC.length, length);
  }

  #pointer(at: number, value: number): void {
    writePointer(this.memory, at, value);
  }
}
