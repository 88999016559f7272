import { LabError } from '../errors.js';
import { checkArray, shown } from '../stats/sample.js';

/** Reordering of one subscriber's packets by RFC 4737. */
export interface Reordering {
  /** Packets without the repeated ones. */
  readonly receivedUnique: number;
  /** Repetitions of a sequence number received before; they are in no other figure. */
  readonly duplicates: number;
  /**
   * Packets whose sequence number is below one received before (RFC 4737 §3.3). A gap alone is no
   * reordering.
   */
  readonly reordered: number;
  /**
   * Of each reordered packet, in arrival order: how many positions after the first one it should
   * have preceded (§4.2).
   */
  readonly extents: readonly number[];
  /**
   * Packets whose n immediate predecessors all have larger numbers, n = 1, 2, 3 (§5). At 3, TCP
   * takes it for loss.
   */
  readonly nReordered: Readonly<Record<1 | 2 | 3, number>>;
}

/**
 * Judges sequence numbers in arrival order: `s` is reordered iff `s < NextExp`, otherwise
 * `NextExp = s + 1`. Numbers do not wrap; unwrap them first. Takes O(N·log N) steps. Of no packet,
 * every figure is 0.
 * @throws LAB_ERR_BAD_VALUE for a sequence number that is not a whole number
 */
export function reordering(sequences: readonly number[]): Reordering {
  checkArray('sequences', sequences);
  const wrong = sequences.findIndex((sequence) => !Number.isSafeInteger(sequence));
  if (wrong >= 0) {
    throw new LabError('LAB_ERR_BAD_VALUE', `sequences[${wrong}] is ${shown(sequences[wrong])}`, {
      hint: 'give whole numbers',
    });
  }
  // A Set keeps the order in which its members first came: RFC 4737 sets duplicates aside.
  const unique = [...new Set(sequences)];
  /** Positions at which a number above all before it arrived; the numbers there ascend. */
  const records: number[] = [];
  const extents: number[] = [];
  const nReordered = { 1: 0, 2: 0, 3: 0 };
  for (const [position, sequence] of unique.entries()) {
    if (records.length === 0 || sequence > unique[records.at(-1)!]!) {
      records.push(position);
      continue;
    }
    extents.push(position - firstAbove(sequence, records, unique));
    for (const n of [1, 2, 3] as const) {
      if (position < n || unique[position - n]! < sequence) break;
      nReordered[n] += 1;
    }
  }
  return {
    receivedUnique: unique.length,
    duplicates: sequences.length - unique.length,
    reordered: extents.length,
    extents,
    nReordered,
  };
}

/**
 * Position of the first packet with a larger number. It is a record: before it, all were smaller.
 */
function firstAbove(
  sequence: number,
  records: readonly number[],
  unique: readonly number[],
): number {
  let low = 0;
  let high = records.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (unique[records[middle]!]! > sequence) high = middle;
    else low = middle + 1;
  }
  return records[low]!;
}
