/** Ranges that are looked after at a time; of more the oldest are given up. */
const MOST_MISSING = 256;

/** Sequence numbers `[from, to)` that have not come. Times by the clock, µs. */
export interface Missing {
  readonly from: number;
  readonly to: number;
  readonly foundAt: number;
  /** What is to be done about it is due then. */
  dueAt: number;
  /** When it was asked for last, and how often. */
  askedAt: number;
  asks: number;
}

/** What is missing, in the order in which it was added. */
export class MissingRanges {
  #ranges: Missing[] = [];

  get all(): readonly Missing[] {
    return this.#ranges;
  }

  /** When the next of them is due; infinite when none is. */
  get dueAt(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const range of this.#ranges) due = Math.min(due, range.dueAt);
    return due;
  }

  /** Adds a range. Returns the one that had to make room for it, which was added first. */
  add(range: Missing): Missing | undefined {
    this.#ranges.push(range);
    return this.#ranges.length > MOST_MISSING ? this.#ranges.shift() : undefined;
  }

  /** Those that overlap `[from, to)`. */
  within(from: number, to: number): readonly Missing[] {
    return this.#ranges.filter((range) => range.from < to && from < range.to);
  }

  /** Takes `[from, to)` out. Returns the ranges that overlapped, as they were. */
  settle(from: number, to: number): readonly Missing[] {
    const touched = this.within(from, to);
    if (touched.length === 0) return touched;
    this.#ranges = this.#ranges.flatMap((range) => {
      if (!touched.includes(range)) return [range];
      const left = { ...range, to: from };
      const right = { ...range, from: to };
      return [left, right].filter((part) => part.from < part.to);
    });
    return touched;
  }

  /** Gives one up. */
  drop(range: Missing): void {
    this.#ranges = this.#ranges.filter((other) => other !== range);
  }
}

/** How many sequence numbers of `range` lie in `[from, to)`. */
export function overlap(range: Missing, from: number, to: number): number {
  return Math.min(range.to, to) - Math.max(range.from, from);
}
