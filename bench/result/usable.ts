import type { CellResult } from './result.js';

/**
 * May the figures of a cell support a claim? Not when it is INVALID, cut short, or without a single
 * delivery: such a run is neither repeated for, compared nor ranked, and no median counts it. Pure.
 */
export function isUsable({ verdict, incomplete, delivered }: CellResult): boolean {
  return verdict.status !== 'INVALID' && !incomplete && delivered !== null && delivered > 0;
}

/**
 * May it be ranked with others of its run? Only when nothing is against what is ranked: the lab's
 * own clients may have been late where latencies count to the arrival at their kernel.
 */
export function mayRank(cell: CellResult): boolean {
  return isUsable(cell) && (cell.verdict.status === 'VALID' || isOnlyReadLate(cell));
}

/** Nothing is doubtful but the receipts, and those are not what its latencies count to. */
export function isOnlyReadLate({ verdict, latency_at }: CellResult): boolean {
  const { reasons } = verdict;
  return (
    latency_at === 'arrival' &&
    reasons.length > 0 &&
    reasons.every(({ code }) => code === 'INSTRUMENT_DOMINATES')
  );
}

/**
 * Of the runs of a cell those that count, and whose latencies end at the same: where some count to
 * the arrival and some to the receipt, those that are more, of as many those to the arrival. No
 * median is of both.
 */
export function usableRuns(
  runs: readonly CellResult[],
  counts: (cell: CellResult) => boolean = isUsable,
): CellResult[] {
  const usable = runs.filter(counts);
  const arrival = usable.filter(({ latency_at }) => latency_at === 'arrival');
  return arrival.length * 2 >= usable.length && arrival.length > 0
    ? arrival
    : usable.filter(({ latency_at }) => latency_at === 'receipt');
}
