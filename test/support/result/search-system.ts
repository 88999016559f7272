/** A simulated system under search: it answers each trial until the search ends. */
import { boundsOf, byLoad, classesOf } from '../../../bench/search/mlr/bounds.js';
import { secondsOf } from '../../../bench/search/mlr/forecast.js';
import {
  finalTarget,
  type Outcome,
  type Phase,
  type Timing,
  type TrialPoint,
} from '../../../bench/search/mlr/goal.js';
import type { LoadRange } from '../../../bench/search/mlr/loads.js';
import { type Ending, nextTrial } from '../../../bench/search/mlr/next-trial.js';

export const TIMING: Timing = {
  initialS: 3,
  finalS: 10,
  durationSumS: 50,
  exceedRatio: 0.5,
  width: 0.05,
};
export const RANGE: LoadRange = { min: 1, max: 10_000_000, start: 100 };

export interface Played {
  readonly trials: readonly TrialPoint[];
  readonly ending: Ending;
  readonly lower: number | null;
  readonly upper: number | null;
}

export type System = (load: number, phase: Phase, seen: readonly TrialPoint[]) => Outcome;

export const ceilingAt =
  (ceiling: number): System =>
  (load) =>
    load <= ceiling ? 'pass' : 'fail';

/** @throws when the search does not end */
export function play(system: System, timing = TIMING, range = RANGE): Played {
  const trials: TrialPoint[] = [];
  for (let i = 0; i < 500; i++) {
    const next = nextTrial(trials, timing, range);
    if (next.kind === 'end') {
      const bounds = boundsOf(classesOf(byLoad(trials), finalTarget(timing)));
      return { trials, ending: next.ending, ...bounds };
    }
    const { load, phase } = next;
    const outcome = system(load, phase, trials);
    trials.push({ load, phase, durationS: secondsOf(phase, timing), outcome });
  }
  throw new Error('the search does not end');
}
