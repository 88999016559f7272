import { indexAt, overlap, type Range } from './range.js';

/** Missing sequence numbers, and what is noted of them. */
export interface Gap<T extends NonNullable<unknown>> extends Range {
  readonly data: T;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Sequence numbers that are missing: ranges, ascending and disjoint, never more than a limit. The
 * parts of a gap keep its data. To fill one takes a binary search, and allocates only where it
 * makes two gaps of one.
 */
export class GapSet<T extends NonNullable<unknown>> {
  readonly #gaps: Mutable<Gap<T>>[] = [];
  readonly #limit: number;
  readonly #onForgotten: (gap: Gap<T>) => void;

  /** `onForgotten`: gets the lowest gap when there is one too many, once it is out of the set. */
  constructor(limit: number, onForgotten: (gap: Gap<T>) => void) {
    this.#limit = limit;
    this.#onForgotten = onForgotten;
  }

  /** How many gaps. */
  get size(): number {
    return this.#gaps.length;
  }

  get lowest(): Gap<T> | undefined {
    return this.#gaps[0];
  }

  /** A gap above all others, of at least one number. */
  open(from: number, to: number, data: T): void {
    this.#gaps.push({ from, to, data });
    this.#bound();
  }

  /** Takes one number out. Returns the data of the gap it was in, undefined when in none. */
  fill(seq: number): T | undefined {
    const gaps = this.#gaps;
    const at = indexAt(gaps, seq);
    const gap = gaps[at];
    if (gap === undefined || gap.from > seq) return undefined;
    const { from, to, data } = gap;
    if (from === to) gaps.splice(at, 1);
    else if (seq === from) gap.from = seq + 1;
    else if (seq === to) gap.to = seq - 1;
    else {
      gap.from = seq + 1;
      gaps.splice(at, 0, { from, to: seq - 1, data });
      this.#bound();
    }
    return data;
  }

  /** Takes out whatever of `[from, to]` is missing, and returns it, ascending. */
  cut(from: number, to: number): Range[] {
    if (from > to) return [];
    const start = indexAt(this.#gaps, from);
    const taken: Range[] = [];
    const rest: Gap<T>[] = [];
    let end = start;
    for (; end < this.#gaps.length; end++) {
      const gap = this.#gaps[end] as Gap<T>;
      if (gap.from > to) break;
      const part = { from: Math.max(gap.from, from), to: Math.min(gap.to, to) };
      taken.push(part);
      if (gap.from < part.from) rest.push({ ...gap, to: part.from - 1 });
      if (gap.to > part.to) rest.push({ ...gap, from: part.to + 1 });
    }
    this.#gaps.splice(start, end - start, ...rest);
    this.#bound();
    return taken;
  }

  /** Takes out the gaps from the lowest up for as long as they are `old`, and returns them. */
  expire(old: (data: T) => boolean): Gap<T>[] {
    const young = this.#gaps.findIndex(({ data }) => !old(data));
    return this.#gaps.splice(0, young < 0 ? this.#gaps.length : young);
  }

  /** How many numbers of `[from, to]` are missing. */
  overlap(from: number, to: number): number {
    let missing = 0;
    for (let at = indexAt(this.#gaps, from); at < this.#gaps.length; at++) {
      const gap = this.#gaps[at] as Gap<T>;
      if (gap.from > to) break;
      missing += overlap(gap.from, gap.to, from, to);
    }
    return missing;
  }

  /** No call makes more than one gap too many. */
  #bound(): void {
    if (this.#gaps.length > this.#limit) this.#onForgotten(this.#gaps.shift() as Gap<T>);
  }
}
