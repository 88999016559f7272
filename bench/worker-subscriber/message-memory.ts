import type { ScanVisitor } from '../../src/codecs/codec.js';

/**
 * More than the receive buffer of a UDP socket holds: a subscriber that falls behind still finds
 * its bytes remembered. Were they forgotten, whoever is behind would have to scan, and so fall
 * further behind.
 */
const MEMORY_BYTES = 2 * 1024 * 1024;
const MESSAGES = 32_768;
/**
 * Both are powers of two, so that a remainder is a mask: `%` of numbers that the compiler keeps as
 * doubles is a call of fmod.
 */
const BYTES_MASK = MEMORY_BYTES - 1;
const PLACE_MASK = MESSAGES - 1;

/**
 * The last messages of a stream and their encoded bytes: a ring of bytes and one of messages.
 * Sequence numbers may be missing and may come later.
 */
export class MessageMemory {
  readonly #bytes = Buffer.allocUnsafeSlow(MEMORY_BYTES);
  /** Of the message at each place, 0 = none. */
  readonly #seqs = new Float64Array(MESSAGES);
  /**
   * Where its bytes begin and end, counted from the first byte ever written: bytes at `position`
   * lie at `position` modulo the size of the ring, until so many more have been written.
   */
  readonly #begins = new Float64Array(MESSAGES);
  readonly #ends = new Float64Array(MESSAGES);
  #written = 0;

  /** Forgets older ones for it, never a newer one. */
  add(seq: number, bytes: Buffer, start: number, end: number): void {
    const place = seq & PLACE_MASK;
    const length = end - start;
    if ((this.#seqs[place] as number) > seq || this.#has(seq) || length > MEMORY_BYTES) return;
    let at = this.#written & BYTES_MASK;
    if (at + length > MEMORY_BYTES) {
      // The bytes of a message are never parted.
      this.#written += MEMORY_BYTES - at;
      at = 0;
    }
    bytes.copy(this.#bytes, at, start, end);
    this.#seqs[place] = seq;
    this.#begins[place] = this.#written;
    this.#written += length;
    this.#ends[place] = this.#written;
  }

  /**
   * Visits the messages that begin `[start, end)`, of which the first is `seq`, as far as they are
   * known and lie one behind the other here; returns the offset after them, `start` when there is
   * none or any byte of them differs.
   */
  visit(seq: number, bytes: Buffer, start: number, end: number, visitor: ScanVisitor): number {
    if (!this.#has(seq)) return start;
    const ends = this.#ends;
    const begin = this.#begins[seq & PLACE_MASK] as number;
    const from = begin & BYTES_MASK;
    const limit = begin + Math.min(end - start, MEMORY_BYTES - from);
    let next = seq;
    let stop = begin;
    for (let place = next & PLACE_MASK; ; place = next & PLACE_MASK) {
      if (this.#seqs[place] !== next || this.#begins[place] !== stop) break;
      if ((ends[place] as number) > limit) break;
      stop = ends[place] as number;
      next += 1;
    }
    const length = stop - begin;
    if (this.#bytes.compare(bytes, start, start + length, from, from + length) !== 0) return start;
    const shift = start - begin;
    let at = start;
    if (visitor.messageRun?.(seq, next - seq, start, start + length) === true)
      return start + length;
    for (let i = seq; i < next; i++) {
      const to = ((ends[i & PLACE_MASK] as number) + shift) | 0;
      visitor.message(i, at, to);
      at = to;
    }
    return at;
  }

  #has(seq: number): boolean {
    const place = seq & PLACE_MASK;
    return (
      seq > 0 &&
      this.#seqs[place] === seq &&
      (this.#begins[place] as number) >= this.#written - MEMORY_BYTES
    );
  }
}
