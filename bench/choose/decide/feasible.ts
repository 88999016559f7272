/** Does a stack meet an objective? By the interval over its runs. Pure. */
import { fewestForMedianInterval, medianInterval } from '../../../src/stats/index.js';
import { runsForInterval } from '../../compare/power.js';
import type { Threshold } from '../../verdict/threshold.js';
import { middle } from '../evidence/figures.js';
import { meets } from '../question/objectives.js';

/** `pass`: the 95 % interval lies inside the limit. `fail`: outside. */
export type ObjectiveVerdict = 'pass' | 'fail' | 'undecided';

export interface ObjectiveFinding {
  readonly expression: string;
  readonly verdict: ObjectiveVerdict;
  /** Why it is undecided. */
  readonly reason: 'NOT_MEASURED' | 'TOO_FEW_RUNS' | 'WIDE_INTERVAL' | null;
  /** Median over the runs; NaN = not measured, Infinity = lost, see `Figures`. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Runs in all that would likely decide it; null when settled, or more than 1,000. */
  readonly needed: number | null;
}

/** @param values one a run */
export function judgeObjective(objective: Threshold, values: readonly number[]): ObjectiveFinding {
  const { expression, limit } = objective;
  const value = middle(values);
  const unknown = { expression, value, low: Number.NaN, high: Number.NaN };
  if (Number.isNaN(value))
    return { ...unknown, verdict: 'undecided', reason: 'NOT_MEASURED', needed: null };
  const interval = medianInterval(values);
  if (interval === null) {
    const needed = fewestForMedianInterval();
    return { ...unknown, verdict: 'undecided', reason: 'TOO_FEW_RUNS', needed };
  }
  const facts = { expression, value, ...interval };
  const [low, high] = [meets(objective, interval.low), meets(objective, interval.high)];
  if (low === high) return { ...facts, verdict: low ? 'pass' : 'fail', reason: null, needed: null };
  const shifted = { low: interval.low - limit, high: interval.high - limit };
  const needed = Number.isFinite(value)
    ? runsForInterval(value - limit, shifted, 0, values.length)
    : null;
  const more = needed === null ? null : Math.max(needed, values.length + 1);
  return { ...facts, verdict: 'undecided', reason: 'WIDE_INTERVAL', needed: more };
}
