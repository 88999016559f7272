/**
 * How many trials a search still takes, if the load it looks for lies in the middle of what is not
 * known yet: the search itself is played to its end. Pure.
 */
import { boundsOf, byLoad, classesOf } from './bounds.js';
import { finalTarget, initialTarget, type Phase, type Timing, type TrialPoint } from './goal.js';
import type { LoadRange } from './loads.js';
import { nextTrial } from './next-trial.js';

/** Without an upper bound: so many times what is known to hold, or of the start. */
const USUAL_GROWTH = 8;
const MOST_TRIALS = 1_000;

/** Trials to come, by what they take. */
export interface Forecast {
  readonly initial: number;
  readonly final: number;
}

/** @param views the trials so far, as each goal sees them: goals share what is still to come */
export function forecast(
  views: readonly (readonly TrialPoint[])[],
  timing: Timing,
  range: LoadRange,
): Forecast {
  const goals = views.map((trials) => ({
    ceiling: assumedCeiling(trials, timing, range),
    played: [...trials],
  }));
  const counts = { initial: 0, final: 0 };
  for (let i = 0; i < MOST_TRIALS; i++) {
    const next = goals
      .map(({ played }) => nextTrial(played, timing, range))
      .find(({ kind }) => kind === 'trial');
    if (next?.kind !== 'trial') break;
    const { load, phase } = next;
    counts[phase] += 1;
    const durationS = secondsOf(phase, timing);
    for (const { played, ceiling } of goals)
      played.push({ load, phase, durationS, outcome: outcomeAt(load, ceiling) });
  }
  return counts;
}

export function secondsOf(phase: Phase, { initialS, finalS }: Timing): number {
  return phase === 'initial' ? initialS : finalS;
}

function outcomeAt(load: number, ceiling: number): 'pass' | 'fail' {
  return load <= ceiling ? 'pass' : 'fail';
}

function assumedCeiling(
  trials: readonly TrialPoint[],
  timing: Timing,
  { start, min, max }: LoadRange,
): number {
  const loads = byLoad(trials);
  const [final, initial] = [finalTarget(timing), initialTarget(timing)].map((target) =>
    boundsOf(classesOf(loads, target)),
  );
  const lower = final!.lower ?? initial!.lower;
  const upper = final!.upper ?? initial!.upper;
  if (upper === null) return Math.min(max, (lower ?? start) * USUAL_GROWTH);
  return lower === null || lower >= upper ? Math.sqrt(min * upper) : Math.sqrt(lower * upper);
}
