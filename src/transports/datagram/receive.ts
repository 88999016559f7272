import type { ClientCounters } from '../counters.js';

/** How many of the latest datagrams are remembered one by one. A power of two. */
const WINDOW = 4_096;

/**
 * Tells from `dseq` which datagrams never came, came twice or came late. `dseq` grows by one per
 * datagram, and is compared by serial arithmetic (RFC 1982), so it may wrap. A stream of one's own
 * starts at 1; that of a group is under way when one joins.
 *
 * - *lost*: announced (by a later datagram, a heartbeat or END) and not here. Falls again when a
 *   missing one arrives late.
 * - *reordered*: new, and after a later one (RFC 4737: duplicates do not count, nor does a gap).
 * - *duplicated*: here before. One that is 4,096 numbers or more behind cannot be told from a
 *   duplicate: it counts as one, and stays lost.
 */
export class DatagramTracker {
  readonly #counters: ClientCounters;
  /** The `dseq` before the first one owed. */
  readonly #origin: number;
  /** Which of the latest WINDOW datagrams have come, one bit each. */
  readonly #seen = new Uint32Array(WINDOW / 32);
  /** The latest datagram received and the latest announced, counted from 1 without wrapping. */
  #highest = 0;
  #announced = 0;
  #received = 0;

  /** `first`: the `dseq` of the first datagram owed. */
  constructor(counters: ClientCounters, first = 1) {
    this.#counters = counters;
    this.#origin = first - 1;
  }

  /** Highest number received, counted from the first owed without wrapping; 0 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Different datagrams received. */
  get received(): number {
    return this.#received;
  }

  /** True for a datagram from before the first one owed. */
  precedes(dseq: number): boolean {
    return this.#highest + this.#ahead(dseq) < 1;
  }

  /**
   * True for the one after all that have come or been announced: none is known to be lost by it.
   */
  isNext(dseq: number): boolean {
    return this.#announced === this.#highest && this.#ahead(dseq) === 1;
  }

  /** Takes note of a datagram and returns true, or false when it is a duplicate. */
  arrived(dseq: number): boolean {
    const ahead = this.#ahead(dseq);
    const number = this.#highest + ahead;
    if (ahead > 0) {
      this.#forget(this.#highest + 1, Math.min(ahead, WINDOW));
      this.#highest = number;
    } else if (number < 1 || -ahead >= WINDOW || this.#has(number)) {
      this.#counters.datagramsDuplicated += 1;
      return false;
    } else {
      this.#counters.datagramsReordered += 1;
    }
    this.#seen[slotOf(number)] = (this.#seen[slotOf(number)] as number) | bitOf(number);
    this.#received += 1;
    this.#announce(this.#highest);
    return true;
  }

  /** A heartbeat or END says which `dseq` would be next: all before it have been sent. */
  expect(nextDseq: number): void {
    this.#announce(this.#highest + this.#ahead(nextDseq) - 1);
  }

  #announce(number: number): void {
    if (number > this.#announced) this.#announced = number;
    this.#counters.datagramsLost = this.#announced - this.#received;
  }

  /** How far `dseq` lies ahead of the highest received: −2^31 … 2^31 − 1. */
  #ahead(dseq: number): number {
    return (dseq - this.#origin - this.#highest) | 0;
  }

  #has(number: number): boolean {
    return ((this.#seen[slotOf(number)] as number) & bitOf(number)) !== 0;
  }

  #forget(from: number, count: number): void {
    for (let number = from; number < from + count; number++) {
      this.#seen[slotOf(number)] = (this.#seen[slotOf(number)] as number) & ~bitOf(number);
    }
  }
}

function slotOf(number: number): number {
  return (number % WINDOW) >>> 5;
}

function bitOf(number: number): number {
  return 1 << (number & 31);
}

/**
 * Interarrival jitter of RFC 3550 §6.4.1, in µs: a running mean of how much the spacing of
 * datagrams changed on the way.
 */
export class Jitter {
  #transit = Number.NaN;
  #micros = 0;

  get micros(): number {
    return this.#micros;
  }

  /** Both in µs, of clocks whose offset need not be known but must not change. */
  arrived(receiveTime: number, sendTime: number): void {
    const transit = receiveTime - sendTime;
    const change = Math.abs(transit - this.#transit);
    if (!Number.isNaN(change)) this.#micros += (change - this.#micros) / 16;
    this.#transit = transit;
  }
}
