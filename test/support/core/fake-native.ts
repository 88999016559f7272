import type { Native } from '../../../src/transports/native/native.js';

/** A datagram as the kernel would see it, or make it of a send with segments. */
export interface Seen {
  readonly sockaddr: string;
  readonly bytes: Buffer;
}

/**
 * Memory with made-up addresses above 2^32, and a sendmmsg that follows the pointers in it as the
 * kernel does, by the layout of <bits/socket.h> and <sys/uio.h> written down here a second time.
 * `outcomes`: what the next calls return, a number of datagrams or minus errno; after them
 * everything is taken.
 */
export class FakeNative implements Native {
  readonly taken: Seen[] = [];
  /** Datagrams in each send that was taken. */
  readonly segments: number[] = [];
  /** Sends of several datagrams to these ports are refused with these numbers. */
  readonly refusesSegments = new Map<number, number>();
  readonly calls: number[] = [];
  outcomes: number[] = [];
  readonly #places: { readonly base: number; readonly memory: Buffer }[] = [];

  addressOf(buffer: ArrayBufferLike): number {
    const base = 0x7fab_0000_0000 + this.#places.length * 0x1000_0000;
    this.#places.push({ base, memory: Buffer.from(buffer as ArrayBuffer) });
    return base;
  }

  sendmmsg(_fd: number, messages: number, count: number): number {
    this.calls.push(count);
    const outcome = this.outcomes.shift() ?? count;
    for (let i = 0; i < outcome; i++) {
      const datagrams = this.#datagrams(messages + 64 * i);
      const port = Number.parseInt(datagrams[0]?.sockaddr.slice(4, 8) ?? '', 16);
      const errno = datagrams.length > 1 ? this.refusesSegments.get(port) : undefined;
      if (errno !== undefined) return i === 0 ? -errno : i;
      this.taken.push(...datagrams);
      this.segments.push(datagrams.length);
    }
    return outcome;
  }

  setsockopt(): number {
    return 0;
  }

  at(address: number, length: number): Buffer {
    const place = this.#places.find(
      ({ base, memory }) => address >= base && address + length <= base + memory.length,
    );
    if (place === undefined) throw new Error(`EFAULT: ${address.toString(16)} + ${length}`);
    return place.memory.subarray(address - place.base, address - place.base + length);
  }

  #datagrams(mmsghdr: number): Seen[] {
    const header = this.at(mmsghdr, 64);
    const name = u64(header, 0);
    const iov = u64(header, 16);
    const parts = Array.from({ length: u64(header, 24) }, (_, i) => {
      const entry = this.at(iov + 16 * i, 16);
      return Buffer.from(this.at(u64(entry, 0), u64(entry, 8)));
    });
    const sockaddr = this.at(name, header.readUInt32LE(8)).toString('hex');
    const bytes = Buffer.concat(parts);
    const size = this.#segmentSize(u64(header, 32), u64(header, 40)) ?? bytes.length;
    return Array.from({ length: Math.max(1, Math.ceil(bytes.length / size)) }, (_, i) => ({
      sockaddr,
      bytes: bytes.subarray(i * size, (i + 1) * size),
    }));
  }

  /** By the control message UDP_SEGMENT of udp(7), where there is one. */
  #segmentSize(control: number, length: number): number | undefined {
    if (length === 0) return undefined;
    const cmsg = this.at(control, length);
    const [used, level, type] = [u64(cmsg, 0), cmsg.readInt32LE(8), cmsg.readInt32LE(12)];
    if (used !== 18 || length < used || level !== 17 || type !== 103)
      throw new Error(`EINVAL: control message ${used} ${level} ${type}`);
    return cmsg.readUInt16LE(16);
  }
}

function u64(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}
