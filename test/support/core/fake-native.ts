import type { Native } from '../../../src/transports/native/native.js';

/** A datagram as the kernel would see it. */
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
    for (let i = 0; i < outcome; i++) this.taken.push(this.#datagram(messages + 64 * i));
    return outcome;
  }

  at(address: number, length: number): Buffer {
    const place = this.#places.find(
      ({ base, memory }) => address >= base && address + length <= base + memory.length,
    );
    if (place === undefined) throw new Error(`EFAULT: ${address.toString(16)} + ${length}`);
    return place.memory.subarray(address - place.base, address - place.base + length);
  }

  #datagram(mmsghdr: number): Seen {
    const header = this.at(mmsghdr, 64);
    const name = u64(header, 0);
    const iov = u64(header, 16);
    const parts = Array.from({ length: u64(header, 24) }, (_, i) => {
      const entry = this.at(iov + 16 * i, 16);
      return Buffer.from(this.at(u64(entry, 0), u64(entry, 8)));
    });
    if (u64(header, 32) !== 0 || u64(header, 40) !== 0)
      throw new Error('no control data was meant');
    const sockaddr = this.at(name, header.readUInt32LE(8)).toString('hex');
    return { sockaddr, bytes: Buffer.concat(parts) };
  }
}

function u64(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}
