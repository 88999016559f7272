/**
 * Gaps remembered for one subscriber; beyond that the oldest is forgotten, and a message from it
 * counts as a duplicate.
 */
const MAX_GAPS = 1_024;

/** Late messages remembered for the n-reordering of the next ones. */
const REMEMBERED = 3;

/** Reordering of RFC 4737; sums over any number of subscribers. */
export interface Reordering {
  /** Received unique messages. */
  unique: number;
  /** Type-P-Reordered: messages below the next expected sequence number. */
  reordered: number;
  /** Reordering extent (§4.2): messages that came since the first one that overtook it. */
  extentSum: number;
  extentMax: number;
  /** n-reordered (§5), n = 1, 2, 3: the n messages right before it were all later ones. */
  readonly n: [number, number, number];
}

export function newReordering(): Reordering {
  return { unique: 0, reordered: 0, extentSum: 0, extentMax: 0, n: [0, 0, 0] };
}

export function addReordering(into: Reordering, other: Reordering): void {
  into.unique += other.unique;
  into.reordered += other.reordered;
  into.extentSum += other.extentSum;
  into.extentMax = Math.max(into.extentMax, other.extentMax);
  for (const i of [0, 1, 2] as const) into.n[i] += other.n[i];
}

/** A missing range, and what came first beyond it. */
interface Gap {
  start: number;
  /** Exclusive. */
  end: number;
  /**
   * Count of unique messages before the one that left the gap: its place in the order of arrival.
   */
  readonly overtakenAt: number;
}

/**
 * What one subscriber received, by sequence number: which messages are new, which came twice, which
 * came late in order. In-order messages cost one comparison (the caller's); only gaps take memory.
 *
 * Reordering is RFC 4737's: duplicates set aside, a message is reordered if its sequence number is
 * below the next expected one; a gap alone is not reordering. The first message beyond a gap is the
 * first to overtake all in it, so extents need no history of arrivals.
 */
export class SequenceAccount {
  /**
   * Next sequence number expected. A message with exactly this one is in order: set `next` to one
   * more and be done.
   */
  next = 1;
  duplicates = 0;
  /** Messages below the first live sequence number: the snapshot, or a replay. */
  snapshot = 0;
  #first = 1;
  #missing = 0;
  readonly #reordering = newReordering();
  /** Ascending. */
  readonly #gaps: Gap[] = [];
  /** The last few late messages: sequence number, place in the order of arrival. */
  readonly #late: { readonly seq: number; readonly at: number }[] = [];

  /** The live feed starts at `seq`. */
  start(seq: number): void {
    this.#first = seq;
    this.next = seq;
  }

  /** Unique live messages received so far. */
  get unique(): number {
    return this.next - this.#first - this.#missing;
  }

  get reordered(): number {
    return this.#reordering.reordered;
  }

  get reordering(): Reordering {
    return { ...this.#reordering, unique: this.unique };
  }

  /**
   * Accounts for a message that is not the next expected one; true when it is new and belongs to
   * the live feed.
   */
  outOfOrder(seq: number): boolean {
    if (seq < this.#first) {
      this.snapshot += 1;
      return false;
    }
    if (seq >= this.next) {
      if (seq > this.next) this.#open(seq);
      this.next = seq + 1;
      return true;
    }
    if (this.#fill(seq)) return true;
    this.duplicates += 1;
    return false;
  }

  /**
   * The server says that it skipped `[start, end)`: those are not owed any more, and one that comes
   * all the same is a duplicate. Returns what was owed of it until now: start, end (exclusive),
   * start, …
   */
  skip(start: number, end: number): number[] {
    const skipped: number[] = [];
    const gaps = this.#gaps;
    const before = Math.min(end, this.next);
    for (let i = gaps.length - 1; i >= 0 && (gaps[i] as Gap).end > start; i--) {
      const gap = gaps[i] as Gap;
      const [from, to] = [Math.max(gap.start, start), Math.min(gap.end, before)];
      if (from >= to) continue;
      skipped.push(from, to);
      const rest = [
        { ...gap, end: from },
        { ...gap, start: to },
      ].filter((part) => part.start < part.end);
      gaps.splice(i, 1, ...rest);
    }
    if (end > this.next) {
      const from = Math.max(start, this.next);
      if (from > this.next) this.#open(from);
      this.#missing += end - from;
      this.next = end;
      skipped.push(from, end);
    }
    this.#forgetOldest();
    return skipped;
  }

  /**
   * Messages of `[first, last]` not received, as far as gaps are remembered; the tail after `next`
   * counts as missing.
   */
  missingIn(first: number, last: number): number {
    let missing = overlap(this.next, last + 1, first, last + 1);
    for (const gap of this.#gaps) missing += overlap(gap.start, gap.end, first, last + 1);
    return missing;
  }

  #open(seq: number): void {
    this.#gaps.push({ start: this.next, end: seq, overtakenAt: this.unique });
    this.#missing += seq - this.next;
    this.#forgetOldest();
  }

  /**
   * Takes `seq` out of the gap it lies in; false if it lies in none. Late messages are mostly
   * recent: search backwards.
   */
  #fill(seq: number): boolean {
    const gaps = this.#gaps;
    for (let i = gaps.length - 1; i >= 0; i--) {
      const gap = gaps[i] as Gap;
      if (seq >= gap.end) return false;
      if (seq < gap.start) continue;
      this.#countLate(seq, gap.overtakenAt);
      this.#missing -= 1;
      if (seq === gap.start) gap.start += 1;
      else if (seq === gap.end - 1) gap.end -= 1;
      else gaps.splice(i, 1, { ...gap, end: seq }, { ...gap, start: seq + 1 });
      if (gap.start === gap.end) gaps.splice(i, 1);
      // A message from the middle of a gap leaves two.
      this.#forgetOldest();
      return true;
    }
    return false;
  }

  /** A late message, `overtakenAt` being the place of the first that overtook it. */
  #countLate(seq: number, overtakenAt: number): void {
    const at = this.unique;
    const extent = at - overtakenAt;
    const reordering = this.#reordering;
    reordering.reordered += 1;
    reordering.extentSum += extent;
    reordering.extentMax = Math.max(reordering.extentMax, extent);
    // All since the gap were later ones, but for late ones from below this message.
    let laterOnes = extent;
    for (const late of this.#late)
      if (late.seq < seq) laterOnes = Math.min(laterOnes, at - late.at - 1);
    for (const i of [0, 1, 2] as const) if (laterOnes > i) reordering.n[i] += 1;
    this.#late.push({ seq, at });
    if (this.#late.length > REMEMBERED) this.#late.shift();
  }

  #forgetOldest(): void {
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }
}

/** Length of the overlap of two half-open ranges of integers. */
export function overlap(a: number, b: number, c: number, d: number): number {
  return Math.max(0, Math.min(b, d) - Math.max(a, c));
}
