/** What a search still has to do, as far as that can be told. Pure. */
import { type Forecast, forecast } from './mlr/forecast.js';
import { PROFILE_SHARES, type SearchPlan, trialSeconds } from './plan.js';
import { type CombinationRecord, pointsOf } from './session.js';

/** Trials that a combination still takes; a look at the latency counts as a full-length one. */
export function trialsLeft(plan: SearchPlan, { trials, profile }: CombinationRecord): Forecast {
  const views = plan.goals.map((_, goal) => pointsOf(trials, goal));
  const { initial, final } = forecast(views, plan.timing, plan.range);
  const looks = plan.quick ? 0 : PROFILE_SHARES.length - profile.length;
  return { initial, final: final + looks };
}

/**
 * Seconds that are left, roughly: what is not known yet is taken to lie in the middle.
 * @param pace seconds that trials took ÷ those that they were thought to take
 */
export function secondsLeft(
  plan: SearchPlan,
  records: readonly CombinationRecord[],
  pace = 1,
): number {
  const seconds = records.map((record) => {
    const { initial, final } = trialsLeft(plan, record);
    const of = (phase: 'initial' | 'final'): number =>
      trialSeconds(plan, record.combination, phase);
    return initial * of('initial') + final * of('final');
  });
  return pace * seconds.reduce((sum, one) => sum + one, 0);
}
