/**
 * What the blocks of one session tell of a metric. In a block both sides were measured within
 * seconds of each other: what it says is their ratio, which the state of the machine then is not
 * in. Pure; docs/design/methodology.md, "A/B in one session".
 */
import {
  median,
  normalUpperQuantile,
  pseudomedian,
  pseudomedianInterval,
  signedRank,
} from '../../src/stats/index.js';
import type { Metric } from '../metric-catalogue.js';
import { ALPHA, CONFIDENCE, decide, type Finding, type Measured, type Values } from './decide.js';
import { fewestBlocks } from './power.js';

/** The figures of one block, those of its runs on each side. */
export interface Block {
  readonly reference: Values;
  readonly candidate: Values;
}

/**
 * `ratio`: shifts and margins are natural logarithms of candidate ÷ reference. `difference`:
 * candidate − reference in the metric's unit, for shares and whatever may be 0.
 */
export type Scale = 'ratio' | 'difference';

export type MeasuredBlocks = Measured & { readonly scale: Scale };

/** @param margin smallest difference that matters, as a share of the reference */
export function measureBlocks(
  { better, grain, unit }: Pick<Metric, 'better' | 'grain' | 'unit'>,
  blocks: readonly Block[],
  margin: number,
): MeasuredBlocks {
  const [x, y] = [
    blocks.flatMap(({ reference }) => known(reference)),
    blocks.flatMap(({ candidate }) => known(candidate)),
  ];
  const isRatio = unit !== 'share' && [...x, ...y].every((value) => value > 0);
  const scale: Scale = isRatio ? 'ratio' : 'difference';
  // All runs or none: the blocks that happen to have the figure would be another experiment.
  const isMeasured =
    blocks.length > 0 &&
    blocks.every(({ reference, candidate }) => ![...reference, ...candidate].includes(null));
  const onScale = (values: Values): number => mean(known(values).map(isRatio ? Math.log : same));
  const differences = isMeasured
    ? blocks.map(({ reference, candidate }) => onScale(candidate) - onScale(reference))
    : [];
  const middle = isMeasured ? median(x) : null;
  const isTested = differences.length > 1;
  const test = isTested ? signedRank(differences) : null;
  return {
    better,
    scale,
    reference: { values: blocks.length, median: middle },
    candidate: { values: blocks.length, median: isMeasured ? median(y) : null },
    shift: isMeasured ? pseudomedian(differences) : null,
    shift_ci: isTested ? pseudomedianInterval(differences, CONFIDENCE) : null,
    margin: isRatio
      ? Math.log1p(Math.max(margin, grain / (middle ?? Number.POSITIVE_INFINITY)))
      : Math.max(grain, margin * Math.abs(middle ?? 0)),
    method: test?.method ?? null,
    p: test?.p ?? null,
    allEqual: isTested && differences.every((difference) => difference === 0),
  };
}

/** Figures of two sides that are not of the same thing: there is no difference between them. */
export function unlikeBlocks(
  metric: Pick<Metric, 'better' | 'grain' | 'unit'>,
  blocks: readonly Block[],
): MeasuredBlocks {
  const none = { shift: null, shift_ci: null, method: null, p: null, allEqual: false } as const;
  return { ...measureBlocks(metric, blocks, 0), ...none, unlike: true };
}

/** The verdict, by the rules of any comparison. @param tests tests in all */
export function decideBlocks(
  { scale, ...measured }: MeasuredBlocks,
  adjusted: number | null,
  tests: number,
): Finding {
  return decide(measured, adjusted, tests, fewestBlocks);
}

/** The chance with which a difference as large as `detectableShift` is found. */
export const POWER = 0.8;

/**
 * The smallest true difference, on the scale of the metric, that as many blocks with as much noise
 * would be told apart by in 80 of 100 sessions: an estimate. Null where there is no interval.
 * @param tests tests in all
 */
export function detectableShift(
  { shift_ci: interval, margin }: Pick<Measured, 'shift_ci' | 'margin'>,
  tests: number,
): number | null {
  if (interval === null) return null;
  const ofInterval = normalUpperQuantile((1 - CONFIDENCE) / 2);
  const error = (interval.high - interval.low) / 2 / ofInterval;
  const spare = normalUpperQuantile(1 - POWER);
  const corrected = normalUpperQuantile(ALPHA / Math.max(1, tests) / 2);
  return Math.max(margin + (ofInterval + spare) * error, (corrected + spare) * error);
}

function known(values: Values): number[] {
  return values.filter((value) => value !== null);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

function same(value: number): number {
  return value;
}
