import { overlap, type Range } from '../../src/metrics/range.js';
import { SequenceTracker } from '../../src/metrics/sequence-tracker.js';

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

/**
 * What one subscriber received, by sequence number: new, twice, late in order (RFC 4737). The first
 * message beyond a gap is the first to overtake all in it; its place in the order of arrival is
 * noted with the gap, so extents need no history of arrivals.
 */
export class SequenceAccount extends SequenceTracker<number> {
  /** Messages below the first live sequence number: the snapshot, or a replay. */
  snapshot = 0;
  readonly #reordering = newReordering();
  /** The last few late messages: sequence number, place in the order of arrival. */
  readonly #late: { readonly seq: number; readonly at: number }[] = [];
  /** Of the gaps that are forgotten, the last number. */
  #forgottenTo = 0;

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
    if (seq < this.first) {
      this.snapshot += 1;
      return false;
    }
    if (seq >= this.next) {
      this.advance(seq, this.unique);
      this.next = seq + 1;
      return true;
    }
    const at = this.unique;
    const overtakenAt = this.late(seq);
    if (overtakenAt === undefined) return false;
    this.#countLate(seq, at, overtakenAt);
    return true;
  }

  /** It stays missing; a message of it that comes all the same counts as a duplicate. */
  protected forgotten({ to }: Range): void {
    this.#forgottenTo = to;
  }

  /**
   * Of `[from, to]`, which was sent once and lost: messages that are missing. Of a time of which
   * the gaps are forgotten that is all of them.
   */
  missingOfLost(from: number, to: number): number {
    const known = Math.max(from, this.#forgottenTo + 1);
    return overlap(from, to, this.first, known - 1) + this.missingIn(known, to);
  }

  /** A late message, and the places of itself and of the first that overtook it. */
  #countLate(seq: number, at: number, overtakenAt: number): void {
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
}
