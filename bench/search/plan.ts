/** A search as it is asked for: what is varied, for which goals, on which combinations. Pure. */
import { LabError } from '../../src/errors.js';
import { cellConfig } from '../ab/plan.js';
import type { CellPlan, LocalCell, RunConfig } from '../config.js';
import { estimateSeconds } from '../run/estimate.js';
import { planRound } from '../run/matrix.js';
import { rangeOf, withLoad } from './axis.js';
import type { Axis } from './document.js';
import { secondsOf } from './mlr/forecast.js';
import type { Phase, Timing } from './mlr/goal.js';
import type { LoadRange } from './mlr/loads.js';
import type { Goal } from './objective.js';

/** Enough to defend a number with: three of five trials of 10 s, to 5 %. */
export const DEFAULT_TIMING: Timing = {
  initialS: 3,
  finalS: 10,
  durationSumS: 50,
  exceedRatio: 0.5,
  width: 0.05,
};
/** Enough to see the place: two of three trials of 3 s, to 10 %. */
export const QUICK_TIMING: Timing = {
  initialS: 1,
  finalS: 3,
  durationSumS: 9,
  exceedRatio: 0.5,
  width: 0.1,
};
export const QUICK_WARMUP_MS = 500;

/** Shares of the capacity at which the latency is looked at in the end. */
export const PROFILE_SHARES: readonly number[] = [0.1, 0.5, 0.9];

const MOST_COMBINATIONS = 100;

export interface SearchPlan {
  readonly config: RunConfig;
  readonly axis: Axis;
  readonly range: LoadRange;
  readonly timing: Timing;
  readonly goals: readonly Goal[];
  readonly quick: boolean;
  /** At the start, one of each. */
  readonly combinations: readonly LocalCell[];
}

type Asked = Pick<SearchPlan, 'config' | 'axis' | 'timing' | 'goals' | 'quick'>;

/** @throws LAB_ERR_BAD_VALUE */
export function planSearch(asked: Asked): SearchPlan {
  const { axis, timing } = asked;
  const config = { ...asked.config, repeat: 1, durationsMs: [timing.finalS * 1_000] };
  const range = rangeOf(config, axis, timing.initialS);
  const combinations = planRound(config, 1).filter(isLocal);
  if (combinations.length <= MOST_COMBINATIONS) return { ...asked, config, range, combinations };
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `the matrix has ${combinations.length} combinations, the limit is ${MOST_COMBINATIONS}: each takes minutes`,
    { hint: 'shorten the lists: `transports`, `codecs`, `links`' },
  );
}

function isLocal(cell: CellPlan): cell is LocalCell {
  return cell.kind === 'local';
}

/**
 * What measures one trial, a fresh cell, and nothing else.
 * @param number of the trial in its combination: another seed is another draw of whatever is random
 */
export function trialConfig(
  { config, axis, timing }: SearchPlan,
  combination: LocalCell,
  {
    load,
    phase,
    number,
  }: { readonly load: number; readonly phase: Phase; readonly number: number },
): RunConfig {
  const one = withLoad(cellConfig(config, combination), axis, load);
  const durationsMs = [secondsOf(phase, timing) * 1_000];
  return { ...one, durationsMs, seed: config.seed + number };
}

/** Seconds that a trial takes, roughly. */
export function trialSeconds(plan: SearchPlan, combination: LocalCell, phase: Phase): number {
  const config = trialConfig(plan, combination, { load: plan.range.start, phase, number: 0 });
  return estimateSeconds(config, planRound(config, 1));
}
