import { overlap, type Range } from '../../src/metrics/range.js';

/** A range that the server conflated for one subscriber. */
interface Conflated extends Range {
  /** Messages of it that the server said will not come. */
  missed: number;
  /** Messages of it, in the window, that came. */
  arrived: number;
}

/** Ranges remembered one by one; the older ones are only added up. */
const MAX_RANGES = 1_024;

/**
 * What a subscriber misses because the server conflated. Which ones those are nobody says: they are
 * what has not come of a range, and no more than the server told. What is still on its way, or was
 * lost, is so never taken for conflated where all of the range lies in the window.
 */
export class ConflatedRanges {
  /** By where they end. One may lie within another: what was sent, lost and then superseded. */
  readonly #ranges: Conflated[] = [];
  /** Of ranges that are no longer remembered. */
  #folded = 0;

  /**
   * The server goes on with some of `[from, to]`, and skips `missed` others. `arrived`: messages of
   * it, in the window, that have come already.
   */
  told(from: number, to: number, missed: number, arrived = 0): void {
    let at = this.#ranges.length;
    for (; at > 0; at--) {
      const range = this.#ranges[at - 1] as Conflated;
      if (range.to < to) break;
      if (range.from > from) continue;
      // It is within that one: more of that will not come.
      range.missed += missed;
      return;
    }
    this.#ranges.splice(at, 0, { from, to, missed, arrived });
  }

  /** `[from, to]` of the window came, in one run. */
  arrived(from: number, to: number): void {
    for (let at = this.#ranges.length - 1; at >= 0; at--) {
      const range = this.#ranges[at] as Conflated;
      if (range.to < from) return;
      range.arrived += overlap(from, to, range.from, range.to);
    }
  }

  /** From now on `[first, last]` is known to hold whatever is of the window before it. */
  fold(first: number, last: number): void {
    while (this.#ranges.length > MAX_RANGES)
      this.#folded += missingOf(this.#ranges.shift() as Conflated, first, last);
  }

  /** Messages of `[first, last]`. */
  within(first: number, last: number): number {
    return this.#ranges.reduce((sum, range) => sum + missingOf(range, first, last), this.#folded);
  }
}

function missingOf({ from, to, missed, arrived }: Conflated, first: number, last: number): number {
  return Math.min(missed, Math.max(0, overlap(from, to, first, last) - arrived));
}
