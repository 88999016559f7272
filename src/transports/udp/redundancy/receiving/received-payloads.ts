import {
  countOf,
  flagsOf,
  HEADER_BYTES,
  packetType,
  paddingOf,
  seqOf,
} from '../../../datagram/wire.js';
import { WIDEST_BLOCK } from '../parity-packet.js';
import { xorInto } from '../xor.js';

/** Datagrams that are kept. A power of two. */
const KEPT: number = WIDEST_BLOCK;
/** Of their payloads, at first and at most. Powers of two. */
const FIRST_BYTES = 16 * 1024;
const MOST_BYTES = 256 * 1024;

/**
 * What was in the latest datagrams of a stream, by their numbers. The payloads lie one after
 * another in a ring of bytes, which grows while it cannot hold as many as are to be kept.
 */
export class ReceivedPayloads {
  readonly seqs = new Float64Array(KEPT);
  readonly counts = new Uint16Array(KEPT);
  readonly types = new Uint8Array(KEPT);
  readonly flags = new Uint8Array(KEPT);
  readonly lengths = new Uint16Array(KEPT);
  readonly #numbers = new Float64Array(KEPT);
  /** Where each begins, if the ring were endless. */
  readonly #offsets = new Float64Array(KEPT);
  #ring = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;
  /** No number below it is kept; the highest. */
  #tail = 1;
  #highest = 0;

  get bytes(): number {
    return this.#ring.length;
  }

  slotOf(number: number): number {
    return number % KEPT;
  }

  has(number: number): boolean {
    const slot = number % KEPT;
    const isRecent = number > 0 && number > this.#highest - KEPT;
    if (!isRecent || this.#numbers[slot] !== number) return false;
    return (this.#offsets[slot] as number) >= this.#end - this.#ring.length;
  }

  /** Keeps the datagram `[at, end)` of `bytes`: without its padding. */
  put(number: number, bytes: Buffer, at: number, end: number): void {
    const from = at + HEADER_BYTES;
    const length = end - from - paddingOf(bytes, at);
    if (number <= this.#highest - KEPT || length < 0 || length > FIRST_BYTES) return;
    if (number > this.#highest) this.#highest = number;
    const offset = this.#place(length);
    const slot = number % KEPT;
    this.#numbers[slot] = number;
    this.#offsets[slot] = offset;
    this.lengths[slot] = length;
    this.seqs[slot] = seqOf(bytes, at);
    this.counts[slot] = countOf(bytes, at);
    this.types[slot] = packetType(bytes, at, end);
    this.flags[slot] = flagsOf(bytes, at);
    bytes.copy(this.#ring, offset % this.#ring.length, from, from + length);
  }

  /** XORs the payload of one that there is into `into` from `at` on. */
  xorInto(into: Buffer, at: number, number: number): void {
    const slot = number % KEPT;
    const from = (this.#offsets[slot] as number) % this.#ring.length;
    xorInto(into, at, this.#ring, from, from + (this.lengths[slot] as number));
  }

  /** Room for so many bytes in one piece, at the cost of the oldest. */
  #place(length: number): number {
    for (;;) {
      const { length: size } = this.#ring;
      const left = size - (this.#end % size);
      const offset = left < length ? this.#end + left : this.#end;
      const end = offset + length;
      this.#passGone();
      const spared = end - size;
      const tail = this.#tail % KEPT;
      const takesTail = this.#tail < this.#highest && (this.#offsets[tail] as number) < spared;
      if (!takesTail || size === MOST_BYTES) {
        this.#end = end;
        return offset;
      }
      this.#grow();
    }
  }

  /** Behind what is too far back, or is not here. */
  #passGone(): void {
    const least = this.#highest - KEPT + 1;
    if (this.#tail < least) this.#tail = least;
    while (this.#tail < this.#highest && !this.has(this.#tail)) this.#tail += 1;
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(this.#ring.length * 2);
    const moved = new Float64Array(KEPT).fill(-1);
    let at = 0;
    for (let number = this.#tail; number <= this.#highest; number++) {
      if (!this.has(number)) continue;
      const slot = number % KEPT;
      const from = (this.#offsets[slot] as number) % this.#ring.length;
      this.#ring.copy(larger, at, from, from + (this.lengths[slot] as number));
      moved[slot] = at;
      at += this.lengths[slot] as number;
    }
    // What is left at −1 is not kept any more.
    this.#offsets.set(moved);
    for (let slot = 0; slot < KEPT; slot++) if (moved[slot] === -1) this.#numbers[slot] = 0;
    this.#ring = larger;
    this.#end = at;
  }
}
