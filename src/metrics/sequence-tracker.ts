import { type Gap, GapSet } from './gap-set.js';
import { overlap, type Range } from './range.js';

/**
 * Gaps remembered for one receiver. More come only from a network that reorders everything, or
 * loses as much.
 */
const MAX_GAPS = 1_024;

/**
 * What one receiver got of a feed that is numbered without gaps: each message is new once, and
 * what later ones have overtaken is missing until it comes, is skipped or is forgotten. One in
 * order costs its reader one comparison with `next`; only gaps take memory. `T`: what is noted of a
 * gap when it opens.
 */
export abstract class SequenceTracker<T extends NonNullable<unknown>> {
  /**
   * Next sequence number expected. A message with exactly this one is in order: set `next` to one
   * more and be done.
   */
  next = 1;
  /** Messages that were not missing: taken before, or given up before they came. */
  duplicates = 0;
  protected readonly gaps: GapSet<T> = new GapSet<T>(MAX_GAPS, (gap) => this.forgotten(gap));
  #first = 1;
  /** Between the first and `next`, not received: in gaps, skipped or forgotten. */
  #absent = 0;

  /** There was one gap too many: nothing of this one is waited for any more. */
  protected abstract forgotten(gap: Gap<T>): void;

  /** First sequence number of the feed. */
  get first(): number {
    return this.#first;
  }

  /** Different messages received. */
  get unique(): number {
    return this.next - this.#first - this.#absent;
  }

  /** A feed that starts at `seq`. There must be no gaps. */
  start(seq: number): void {
    this.#first = seq;
    this.next = seq;
    this.#absent = 0;
  }

  /** Everything before `next` has been sent: what has not come of it is missing. */
  protected advance(next: number, data: T): void {
    const from = this.next;
    if (next <= from) return;
    this.next = next;
    this.#absent += next - from;
    this.gaps.open(from, next - 1, data);
  }

  /** Nothing from the next expected one to `next` will come: no gap. */
  protected pass(next: number): void {
    if (next <= this.next) return;
    this.#absent += next - this.next;
    this.next = next;
  }

  /**
   * A message below `next`: the data of the gap it fills. Where it fills none it is a duplicate,
   * and the answer undefined.
   */
  protected late(seq: number): T | undefined {
    const data = this.gaps.fill(seq);
    if (data === undefined) this.duplicates += 1;
    else this.#absent -= 1;
    return data;
  }

  /**
   * Nothing of `[from, to]` will come any more; what does is a duplicate. Returns what was still to
   * come of it, ascending. `data`: of the gap that this leaves if `from` is above `next`.
   */
  skip(from: number, to: number, data: T): Range[] {
    this.advance(from, data);
    const skipped = this.gaps.cut(from, to);
    if (to >= this.next) {
      skipped.push({ from: this.next, to });
      this.pass(to + 1);
    }
    return skipped;
  }

  /**
   * Messages of `[first, last]` that may still come: those in gaps, and the tail from `next` on.
   */
  missingIn(first: number, last: number): number {
    return this.gaps.overlap(first, last) + overlap(this.next, last, first, last);
  }
}
