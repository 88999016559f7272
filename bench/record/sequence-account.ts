/** Gaps remembered for one subscriber; beyond that the oldest is forgotten, and a message from it counts as a duplicate. */
const MAX_GAPS = 1_024;

/**
 * What one subscriber received, by sequence number: which messages are new, which came twice, which came late in order.
 * In-order messages cost one comparison (the caller's); only gaps take memory.
 *
 * Reordering is RFC 4737's: duplicates set aside, a message is reordered if its sequence number is below the next
 * expected one; a gap alone is not reordering.
 */
export class SequenceAccount {
  /** Next sequence number expected. A message with exactly this one is in order: set `next` to one more and be done. */
  next = 1;
  duplicates = 0;
  reordered = 0;
  /** Messages below the first live sequence number: the snapshot, or a replay. */
  snapshot = 0;
  #first = 1;
  /** Missing ranges, ascending: start, end (exclusive), start, end, … */
  readonly #gaps: number[] = [];

  /** The live feed starts at `seq`. */
  start(seq: number): void {
    this.#first = seq;
    this.next = seq;
  }

  /** Accounts for a message that is not the next expected one; true when it is new and belongs to the live feed. */
  outOfOrder(seq: number): boolean {
    if (seq < this.#first) {
      this.snapshot += 1;
      return false;
    }
    if (seq > this.next) {
      this.#gaps.push(this.next, seq);
      this.#forgetOldest();
      this.next = seq + 1;
      return true;
    }
    if (seq === this.next) {
      this.next += 1;
      return true;
    }
    if (this.#fill(seq)) {
      this.reordered += 1;
      return true;
    }
    this.duplicates += 1;
    return false;
  }

  /** Messages of `[first, last]` not received, as far as gaps are remembered; the tail after `next` counts as missing. */
  missingIn(first: number, last: number): number {
    let missing = overlap(this.next, last + 1, first, last + 1);
    for (let i = 0; i < this.#gaps.length; i += 2) {
      missing += overlap(this.#gaps[i] as number, this.#gaps[i + 1] as number, first, last + 1);
    }
    return missing;
  }

  /** Takes `seq` out of the gap it lies in; false if it lies in none. Late messages are mostly recent: search backwards. */
  #fill(seq: number): boolean {
    const gaps = this.#gaps;
    for (let i = gaps.length - 2; i >= 0; i -= 2) {
      const start = gaps[i] as number;
      const end = gaps[i + 1] as number;
      if (seq >= end) return false;
      if (seq < start) continue;
      const left = seq > start ? [start, seq] : [];
      const right = seq + 1 < end ? [seq + 1, end] : [];
      gaps.splice(i, 2, ...left, ...right);
      // A message from the middle of a gap leaves two.
      this.#forgetOldest();
      return true;
    }
    return false;
  }

  #forgetOldest(): void {
    if (this.#gaps.length > 2 * MAX_GAPS) this.#gaps.splice(0, 2);
  }
}

/** Length of the overlap of two half-open ranges of integers. */
export function overlap(a: number, b: number, c: number, d: number): number {
  return Math.max(0, Math.min(b, d) - Math.max(a, c));
}
