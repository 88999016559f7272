/** Sequence numbers from one to another, both included; none when `to` is below `from`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** How many numbers `[from, to]` and `[first, last]` have in common, all ends included. */
export function overlap(from: number, to: number, first: number, last: number): number {
  return Math.max(0, Math.min(to, last) - Math.max(from, first) + 1);
}

/**
 * Index of the first of `ranges` (ascending, disjoint) that ends at `seq` or above; their count if
 * none does. Looks at the last one first: what is asked for is mostly recent.
 */
export function indexAt(ranges: readonly Range[], seq: number): number {
  let low = 0;
  let high = ranges.length;
  if (high > 0 && (ranges[high - 1] as Range).from <= seq) {
    return (ranges[high - 1] as Range).to < seq ? high : high - 1;
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as Range).to < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
