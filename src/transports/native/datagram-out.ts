import { CMSGHDR, IOVEC, MMSGHDR, MSGHDR, writePointer } from '../../native/layout.js';
import type { Libc } from '../../native/libc.js';
import { IP_PKTINFO, IPPROTO_IP } from './socket-calls.js';

const IOVEC_AT = MMSGHDR.size;
const NAME_AT = IOVEC_AT + IOVEC.size;
const SOCKADDR_IN_BYTES = 16;
const AF_INET = 2;
const CONTROL_AT = NAME_AT + SOCKADDR_IN_BYTES;
/** `struct in_pktinfo`, and what fills it up. */
const PKTINFO_BYTES = 12;
const CONTROL_BYTES = CMSGHDR.size + 16;
const DATA_AT = CONTROL_AT + CONTROL_BYTES;
/** More than any packet of a client. */
const DATA_BYTES = 2_048;

/** One datagram at a time, sent from an address of the caller's choice (IP_PKTINFO, see ip(7)). */
export class DatagramOut {
  readonly #libc: Libc;
  readonly #memory: Buffer = Buffer.allocUnsafeSlow(DATA_AT + DATA_BYTES).fill(0);
  readonly #base: number;

  constructor(libc: Libc) {
    this.#libc = libc;
    const memory = this.#memory;
    this.#base = libc.addressOf(memory.buffer) + memory.byteOffset;
    this.#pointer(MSGHDR.name, NAME_AT);
    memory.writeUInt32LE(SOCKADDR_IN_BYTES, MSGHDR.nameBytes);
    this.#pointer(MSGHDR.iovecs, IOVEC_AT);
    memory.writeUInt32LE(1, MSGHDR.iovecCount);
    this.#pointer(MSGHDR.control, CONTROL_AT);
    memory.writeUInt32LE(CONTROL_BYTES, MSGHDR.controlBytes);
    this.#pointer(IOVEC_AT + IOVEC.base, DATA_AT);
    memory.writeUInt16LE(AF_INET, NAME_AT);
    memory.writeUInt32LE(CMSGHDR.size + PKTINFO_BYTES, CONTROL_AT + CMSGHDR.length);
    memory.writeUInt32LE(IPPROTO_IP, CONTROL_AT + CMSGHDR.level);
    memory.writeUInt32LE(IP_PKTINFO, CONTROL_AT + CMSGHDR.type);
  }

  /**
   * Sends a copy of `packet`: 0, or minus errno. Addresses are words of this machine, as a `struct
   * in_addr` has them.
   */
  send(
    fd: number,
    packet: Buffer,
    to: { readonly ip: number; readonly port: number },
    from: number,
  ): number {
    const memory = this.#memory;
    const length = packet.copy(memory, DATA_AT, 0, DATA_BYTES);
    memory.writeUInt32LE(length, IOVEC_AT + IOVEC.length);
    memory.writeUInt16BE(to.port, NAME_AT + 2);
    memory.writeInt32LE(to.ip, NAME_AT + 4);
    // ipi_spec_dst; the interface before it stays open.
    memory.writeInt32LE(from, CONTROL_AT + CMSGHDR.size + 4);
    const sent = this.#libc.sendmmsg(fd, this.#base, 1);
    return sent < 0 ? sent : 0;
  }

  #pointer(at: number, target: number): void {
    writePointer(this.#memory, at, this.#base + target);
  }
}
