/**
 * Is a load a lower or an upper bound of a goal? The executable definition of MLRsearch
 * (draft-ietf-bmwg-mlrsearch-15, "Load Classification Code"): short trials that failed count as
 * full-length ones, less those that short trials which passed balance. Pure.
 */
import type { Target, TrialPoint } from './goal.js';

export type LoadClass = 'lower' | 'upper' | 'undecided';

/** Seconds and shares on the way to the class, by the names of the draft. */
export interface Classification {
  readonly fullHigh: number;
  readonly fullLow: number;
  readonly shortHigh: number;
  readonly shortLow: number;
  readonly balancing: number;
  /** May be below zero. */
  readonly excess: number;
  readonly effectiveHigh: number;
  readonly effectiveFull: number;
  readonly effectiveWhole: number;
  readonly missing: number;
  readonly pessimisticHigh: number;
  readonly optimisticExceedRatio: number;
  readonly pessimisticExceedRatio: number;
  readonly result: LoadClass;
}

type Timed = Pick<TrialPoint, 'durationS' | 'outcome'>;

/** @param trials at one load; those that are void count for nothing */
export function classify(trials: readonly Timed[], target: Target): Classification {
  const { fullLengthS, durationSumS, exceedRatio } = target;
  const seconds = (isFull: boolean, outcome: 'pass' | 'fail'): number =>
    trials
      .filter((one) => one.outcome === outcome && one.durationS >= fullLengthS === isFull)
      .reduce((sum, one) => sum + one.durationS, 0);
  const fullHigh = seconds(true, 'fail');
  const fullLow = seconds(true, 'pass');
  const shortHigh = seconds(false, 'fail');
  const shortLow = seconds(false, 'pass');
  const balancing = shortLow * (exceedRatio / (1 - exceedRatio));
  const excess = shortHigh - balancing;
  const effectiveHigh = fullHigh + Math.max(0, excess);
  const effectiveFull = fullLow + effectiveHigh;
  const effectiveWhole = Math.max(effectiveFull, durationSumS);
  const missing = effectiveWhole - effectiveFull;
  const pessimisticHigh = effectiveHigh + missing;
  const allowed = effectiveWhole * exceedRatio;
  return {
    ...{ fullHigh, fullLow, shortHigh, shortLow, balancing, excess },
    ...{ effectiveHigh, effectiveFull, effectiveWhole, missing, pessimisticHigh },
    optimisticExceedRatio: effectiveHigh / effectiveWhole,
    pessimisticExceedRatio: pessimisticHigh / effectiveWhole,
    result: effectiveHigh > allowed ? 'upper' : pessimisticHigh <= allowed ? 'lower' : 'undecided',
  };
}
