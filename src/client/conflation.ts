import { overlap, type Range } from '../metrics/range.js';

/** What the server has told of one range. */
interface Conflated extends Range {
  /** Messages that will not come, and have not been found missing yet. */
  owed: number;
}

/** How many are missing of a range, or of several. */
interface Found extends Range {
  readonly missed: number;
}

/** Ranges that some may still be missing of. */
const MOST_RANGES = 64;

/**
 * Ranges of which the server goes on with the latest message of each key. It says how many others
 * will not come, but not which: that shows when they are missing in the end. Until it is told, what
 * has been found is kept, so that one notice is given of a range and not one of each place.
 */
export class Conflation {
  readonly #ranges: Conflated[] = [];
  /** Found missing, and not told yet. */
  #found: Found | undefined;

  /** Of `[from, to]`, `missed` will not come. */
  told(from: number, to: number, missed: number): void {
    const around = this.#ranges.find((range) => range.from <= from && to <= range.to);
    if (around !== undefined) around.owed += missed;
    else this.#ranges.push({ from, to, owed: missed });
    if (this.#ranges.length > MOST_RANGES) this.#ranges.shift();
  }

  /** The end of the range that `seq` lies in; undefined when in none. */
  endAt(seq: number): number | undefined {
    return this.#ranges.find(({ from, to }) => from <= seq && seq <= to)?.to;
  }

  /**
   * Nothing of `[from, to]` will come: how many of it because it was conflated. No more than was
   * told, unless nothing is ever lost: then all of it that lies in such a range.
   */
  found({ from, to }: Range, isAll = false): number {
    let left = to - from + 1;
    for (const range of this.#ranges) {
      const within = Math.min(left, overlap(from, to, range.from, range.to));
      const part = isAll ? within : Math.min(within, range.owed);
      if (part <= 0) continue;
      range.owed = Math.max(0, range.owed - part);
      left -= part;
      this.#note(range.from, range.to, part);
    }
    return to - from + 1 - left;
  }

  /** Messages found, and not told yet. */
  get untold(): number {
    return this.#found?.missed ?? 0;
  }

  /** What has been found since the last call. */
  take(): Found | undefined {
    const found = this.#found;
    this.#found = undefined;
    return found;
  }

  /** Another connection, which knows nothing of it. */
  clear(): void {
    this.#ranges.length = 0;
  }

  #note(from: number, to: number, missed: number): void {
    const before = this.#found ?? { from, to, missed: 0 };
    this.#found = {
      from: Math.min(before.from, from),
      to: Math.max(before.to, to),
      missed: before.missed + missed,
    };
  }
}
