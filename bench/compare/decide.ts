/**
 * The verdict on one metric of one cell. Pure; the rules are those of docs/methodology.md,
 * "Comparing runs".
 */
import {
  hodgesLehmann,
  type Interval,
  mannWhitney,
  median,
  shiftInterval,
  usedMethod,
} from '../../src/stats/index.js';
import type { CellResult } from '../result/result.js';
import type { CompareReason, CompareVerdict, MetricComparison } from './comparison.js';
import type { ComparedMetric } from './metrics.js';
import { effectiveRuns, fewestRuns, runsForInterval, runsForSignificance } from './power.js';

export const ALPHA = 0.05;
export const CONFIDENCE = 0.95;

/**
 * Everything about a metric that its own runs tell; what is left is the correction for the other
 * tests, and the verdict.
 */
export type Measured = Omit<
  MetricComparison,
  'p_adjusted' | 'verdict' | 'reason' | 'runs_needed'
> & {
  readonly allEqual: boolean;
};

/**
 * @param margin as a share of the reference median @returns null for an optional figure that no run
 * has
 */
export function measure(
  metric: ComparedMetric,
  reference: readonly CellResult[],
  candidate: readonly CellResult[],
  margin: number,
): Measured | null {
  const { name, unit, better, grain, optional } = metric;
  const [x, y] = [valuesOf(metric, reference), valuesOf(metric, candidate)];
  if (optional === true && x.length + y.length === 0) return null;
  // All runs or none: the runs that happen to have the figure would be a sample of another
  // experiment.
  const measured = x.length === reference.length && y.length === candidate.length;
  const sideOf = (
    values: readonly number[],
    runs: readonly CellResult[],
  ): MetricComparison['reference'] => ({
    runs: values.length,
    median: values.length === runs.length ? median(values) : null,
  });
  const [ofX, ofY] = [sideOf(x, reference), sideOf(y, candidate)];
  const tested = measured && Math.min(x.length, y.length) > 1;
  return {
    metric: name,
    unit,
    better,
    reference: ofX,
    candidate: ofY,
    shift: measured ? hodgesLehmann(x, y) : null,
    shift_ci: tested ? shiftInterval(x, y, CONFIDENCE) : null,
    margin: Math.max(grain, margin * Math.abs(ofX.median ?? 0)),
    method: tested ? usedMethod(x, y) : null,
    p: tested ? mannWhitney(x, y).p : null,
    allEqual: tested && new Set([...x, ...y]).size === 1,
  };
}

function valuesOf({ value }: ComparedMetric, runs: readonly CellResult[]): number[] {
  return runs.map(value).filter((one) => one !== null);
}

/** @param tests tests in all, once every cell has runs enough for one */
export function decide(
  measured: Measured,
  adjusted: number | null,
  tests: number,
): MetricComparison {
  const { allEqual, ...facts } = measured;
  return { ...facts, p_adjusted: adjusted, ...conclude(facts, allEqual, adjusted, tests) };
}

type Conclusion = Pick<MetricComparison, 'verdict' | 'reason' | 'runs_needed'>;

function conclude(
  facts: Omit<Measured, 'allEqual'>,
  allEqual: boolean,
  adjusted: number | null,
  tests: number,
): Conclusion {
  const { shift, shift_ci: interval, margin, p, better } = facts;
  const few = fewestRuns(tests, ALPHA);
  if (shift === null) return open('NOT_MEASURED', null);
  if (p === null || adjusted === null) return open('SINGLE_RUN', few);
  if (allEqual) return { verdict: 'equivalent', reason: 'ALL_EQUAL', runs_needed: null };
  if (interval === null) return open('TOO_FEW_RUNS', few);
  if (-margin <= interval.low && interval.high <= margin) return settled('equivalent');
  const [fewer, runs] = [
    Math.min(facts.reference.runs, facts.candidate.runs),
    effectiveRuns(facts.reference.runs, facts.candidate.runs),
  ];
  if (isBeyond(interval, margin)) {
    if (adjusted < ALPHA)
      return settled(interval.low > 0 === (better === 'higher') ? 'better' : 'worse');
    if (fewer < few) return open('TOO_FEW_RUNS', few);
    // An adjusted p is capped at 1: what it was multiplied by is then unknown, and at most the
    // number of tests.
    const factor = adjusted < 1 ? adjusted / p : tests;
    return open('NOT_SIGNIFICANT', more(runsForSignificance(p, factor, ALPHA, runs), fewer));
  }
  const needed = more(runsForInterval(shift, interval, margin, runs), fewer);
  // A difference must also pass the test; equivalence is told by the interval alone.
  const least = Math.abs(shift) > margin ? few : 0;
  return open('WIDE_INTERVAL', needed === null ? null : Math.max(needed, least));
}

function isBeyond({ low, high }: Interval, margin: number): boolean {
  return low > margin || high < -margin;
}

/** More runs than there are: the estimate of a small sample may say otherwise. */
function more(needed: number | null, have: number): number | null {
  return needed === null ? null : Math.max(needed, have + 1);
}

function settled(verdict: CompareVerdict): Conclusion {
  return { verdict, reason: null, runs_needed: null };
}

function open(reason: CompareReason, runs: number | null): Conclusion {
  return { verdict: 'inconclusive', reason, runs_needed: runs };
}
