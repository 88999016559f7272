/**
 * The verdict on one metric of two sides: two results' runs of a cell, or two cells of a run. Pure;
 * the rules are those of docs/design/methodology.md, "Comparing runs".
 */
import {
  hodgesLehmann,
  type Interval,
  mannWhitney,
  median,
  shiftInterval,
  usedMethod,
} from '../../src/stats/index.js';
import type { Metric } from '../metric-catalogue.js';
import type { CompareReason, CompareVerdict, MetricComparison } from './comparison.js';
import { effectiveRuns, fewestRuns, runsForInterval, runsForSignificance } from './power.js';

export const ALPHA = 0.05;
export const CONFIDENCE = 0.95;

/**
 * Sessions on each side below which nothing is called better, worse or equivalent: the state of the
 * machine, which is one draw a session, moves figures by more than most changes do.
 */
export const FEWEST_SESSIONS = 3;

/** The smallest relative difference that matters, unless asked otherwise. */
export const DEFAULT_MARGIN = 0.05;

/** The figures of one side, of its runs or of its sessions; null where one has none. */
export type Values = readonly (number | null)[];

/** What is known of two sides' figures of one metric, and what follows from it. */
export type Finding = Omit<MetricComparison, 'metric' | 'unit' | 'better'>;

/**
 * Everything about a metric that its own runs tell; what is left is the correction for the other
 * tests, and the verdict.
 */
export type Measured = Omit<Finding, 'p_adjusted' | 'verdict' | 'reason' | 'needed'> & {
  readonly better: Metric['better'];
  readonly allEqual: boolean;
  /** The two sides do not measure the same, however many runs there are. */
  readonly unlike?: true;
};

/** @param margin as a share of the reference median */
export function measure(
  { better, grain }: Pick<Metric, 'better' | 'grain'>,
  reference: Values,
  candidate: Values,
  margin: number,
): Measured {
  const [x, y] = [known(reference), known(candidate)];
  // All runs or none: the runs that happen to have the figure would be a sample of another
  // experiment.
  const measured = x.length === reference.length && y.length === candidate.length;
  const sideOf = (values: readonly number[], runs: Values): Finding['reference'] => ({
    values: values.length,
    median: values.length === runs.length ? median(values) : null,
  });
  const [ofX, ofY] = [sideOf(x, reference), sideOf(y, candidate)];
  const tested = measured && Math.min(x.length, y.length) > 1;
  return {
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

/** Figures of two sides that are not of the same thing: there is no difference between them. */
export function unlike(metric: Metric, reference: Values, candidate: Values): Measured {
  const { reference: of, candidate: to, ...measured } = measure(metric, reference, candidate, 0);
  const none = { shift: null, shift_ci: null, method: null, p: null, allEqual: false } as const;
  return { ...measured, ...none, reference: of, candidate: to, unlike: true };
}

function known(values: Values): number[] {
  return values.filter((value) => value !== null);
}

/**
 * @param tests tests in all, once every cell has runs enough for one
 * @param fewest values on each side with which a clear difference can be told
 */
export function decide(
  measured: Measured,
  adjusted: number | null,
  tests: number,
  fewest: (tests: number, alpha: number) => number = fewestRuns,
): Finding {
  const { allEqual, better, unlike: _, ...facts } = measured;
  const few = fewest(tests, ALPHA);
  return { ...facts, p_adjusted: adjusted, ...conclude(measured, adjusted, tests, few) };
}

type Conclusion = Pick<Finding, 'verdict' | 'reason' | 'needed'>;

function conclude(
  facts: Measured,
  adjusted: number | null,
  tests: number,
  few: number,
): Conclusion {
  const { shift, shift_ci: interval, margin, p, better, allEqual } = facts;
  if (facts.unlike === true) return open('ARRIVAL_AND_RECEIPT', null);
  if (shift === null) return open('NOT_MEASURED', null);
  if (p === null || adjusted === null) return open('SINGLE_RUN', few);
  if (allEqual) return { verdict: 'equivalent', reason: 'ALL_EQUAL', needed: null };
  if (interval === null) return open('TOO_FEW_RUNS', few);
  if (-margin <= interval.low && interval.high <= margin) return settled('equivalent');
  const [fewer, runs] = [
    Math.min(facts.reference.values, facts.candidate.values),
    effectiveRuns(facts.reference.values, facts.candidate.values),
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
  return { verdict, reason: null, needed: null };
}

function open(reason: CompareReason, runs: number | null): Conclusion {
  return { verdict: 'inconclusive', reason, needed: runs };
}
