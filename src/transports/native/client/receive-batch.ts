import { IOVEC, MMSGHDR, MSGHDR, writePointer } from '../../../native/layout.js';
import type { Libc } from '../../../native/libc.js';
import { findControl, stampMicros } from '../control-messages.js';

/** The longest that a datagram can be. */
const SLOT_BYTES = 64 * 1024;
const CONTROL_BYTES = 128;

/**
 * What one recvmmsg(2) fills: so many datagrams, each in a slot of its own with its control data.
 * Off V8's heap, and written once but for the lengths of the control data, which the kernel
 * changes.
 */
export class ReceiveBatch {
  /** The slots, one after another. */
  readonly area: Buffer;
  readonly #libc: Libc;
  readonly #count: number;
  readonly #headers: Buffer;
  readonly #control: Buffer;
  readonly #base: number;
  /** Where the kernel was told the last time that it may write; all, at first. */
  #used: number;

  constructor(libc: Libc, count: number) {
    this.#libc = libc;
    this.#count = count;
    this.area = Buffer.allocUnsafeSlow(count * SLOT_BYTES);
    this.#headers = Buffer.allocUnsafeSlow(count * (MMSGHDR.size + IOVEC.size)).fill(0);
    this.#control = Buffer.allocUnsafeSlow(count * CONTROL_BYTES).fill(0);
    const addressOf = (buffer: Buffer): number => libc.addressOf(buffer.buffer) + buffer.byteOffset;
    this.#base = addressOf(this.#headers);
    const [area, control] = [addressOf(this.area), addressOf(this.#control)];
    this.#used = count;
    for (let i = 0; i < count; i++) {
      const header = i * MMSGHDR.size;
      const iovec = count * MMSGHDR.size + i * IOVEC.size;
      writePointer(this.#headers, iovec + IOVEC.base, area + i * SLOT_BYTES);
      writePointer(this.#headers, iovec + IOVEC.length, SLOT_BYTES);
      writePointer(this.#headers, header + MSGHDR.iovecs, this.#base + iovec);
      this.#headers.writeUInt32LE(1, header + MSGHDR.iovecCount);
      writePointer(this.#headers, header + MSGHDR.control, control + i * CONTROL_BYTES);
    }
  }

  /** Takes what is there, never waiting: datagrams, or minus errno. */
  receive(fd: number): number {
    for (let i = 0; i < this.#used; i++)
      this.#headers.writeUInt32LE(CONTROL_BYTES, i * MMSGHDR.size + MSGHDR.controlBytes);
    const received = this.#libc.recvmmsg(fd, this.#base, this.#count);
    this.#used = Math.max(0, received);
    return received;
  }

  /** Where in the area datagram `i` begins. */
  start(i: number): number {
    return i * SLOT_BYTES;
  }

  /** Bytes of datagram `i`. */
  length(i: number): number {
    return this.#headers.readUInt32LE(i * MMSGHDR.size + MMSGHDR.length);
  }

  /** When the kernel had datagram `i`, µs of CLOCK_REALTIME; 0 = not told. */
  stampMicros(i: number): number {
    return stampMicros(this.#control, i * CONTROL_BYTES, this.#controlEnd(i));
  }

  /** A word at `offset` in the control message of this kind of datagram `i`; 0 = there is none. */
  word(i: number, level: number, type: number, offset: number): number {
    const at = findControl(this.#control, i * CONTROL_BYTES, this.#controlEnd(i), level, type);
    return at < 0 ? 0 : this.#control.readInt32LE(at + offset);
  }

  #controlEnd(i: number): number {
    const bytes = this.#headers.readUInt32LE(i * MMSGHDR.size + MSGHDR.controlBytes);
    return i * CONTROL_BYTES + bytes;
  }
}
