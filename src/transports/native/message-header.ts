import { CMSGHDR, IOVEC, MSGHDR, TIMESPEC } from './layout.js';
import type { Libc } from './libc.js';
import { IPPROTO_UDP, SO, SOL_SOCKET, UDP_GRO } from './socket-calls.js';

const CONTROL_BYTES = 256;
/** Room for an address of either kind, `struct sockaddr_in6` being the larger. */
const NAME_BYTES = 32;
const IOVEC_AT = MSGHDR.size;
const NAME_AT = IOVEC_AT + IOVEC.size;
const CONTROL_AT = NAME_AT + NAME_BYTES + 8;
const TWO_32 = 2 ** 32;

/**
 * What recvmsg(2) is told and what it tells beside the bytes: one struct msghdr with one iovec, room
 * for the sender's address, and for control data (cmsg(3)). Off V8's heap, written once but for the
 * lengths and, when another buffer is to be filled, its address.
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
   * recvmsg(2) of what fits into `buffer`, off V8's heap: bytes, or minus errno. It blocks where the
   * socket does and `flags` do not say otherwise.
   */
  receive(fd: number, buffer: Buffer, flags: number): number {
    const { memory } = this;
    if (buffer !== this.#target) this.#aim(buffer);
    memory.writeUInt32LE(this.#nameBytes, MSGHDR.nameBytes);
    memory.writeUInt32LE(CONTROL_BYTES, MSGHDR.controlBytes);
    return this.#libc.recvmsg(fd, this.#base, flags);
  }

  /** Of the sender's address, a struct sockaddr. */
  get nameAddress(): number {
    return this.#base + NAME_AT;
  }

  /**
   * When the kernel had the last of these bytes (SO_TIMESTAMPNS, option and message of one
   * number): µs of CLOCK_REALTIME, 0 = not told.
   */
  stampMicros(): number {
    const at = this.find(SOL_SOCKET, SO.timestampns);
    if (at < 0) return 0;
    const { memory } = this;
    const seconds = memory.readUInt32LE(at) + memory.readUInt32LE(at + 4) * TWO_32;
    return seconds * 1e6 + memory.readUInt32LE(at + TIMESPEC.nanos) / 1e3;
  }

  /** Bytes of each datagram but the last, where several came as one (UDP_GRO); 0 = only one did. */
  segmentBytes(): number {
    const at = this.find(IPPROTO_UDP, UDP_GRO);
    return at < 0 ? 0 : this.memory.readUInt16LE(at);
  }

  /** Where the data of the control message of this kind begins in `memory`; −1 = there is none. */
  find(level: number, type: number): number {
    const { memory } = this;
    const end = CONTROL_AT + memory.readUInt32LE(MSGHDR.controlBytes);
    for (let at = CONTROL_AT; at + CMSGHDR.size <= end; ) {
      const length = memory.readUInt32LE(at);
      if (memory.readUInt32LE(at + CMSGHDR.level) === level) {
        if (memory.readUInt32LE(at + CMSGHDR.type) === type) return at + CMSGHDR.size;
      }
      if (length < CMSGHDR.size) break;
      at += Math.ceil(length / 8) * 8;
    }
    return -1;
  }

  #aim(buffer: Buffer): void {
    this.#target = buffer;
    const { buffer: memory, byteOffset, length } = buffer;
    this.#pointer(IOVEC_AT + IOVEC.base, this.#libc.addressOf(memory) + byteOffset);
    this.#pointer(IOVEC_AT + IOVEC.length, length);
  }

  #pointer(at: number, value: number): void {
    this.memory.writeUInt32LE(value % TWO_32, at);
    this.memory.writeUInt32LE(Math.floor(value / TWO_32), at + 4);
  }
}
