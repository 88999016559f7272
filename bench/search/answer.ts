/** What a goal has come to in a combination: its bounds, and what stands behind them. Pure. */
import type { LocalCell } from '../config.js';
import { bindingAt } from './binding.js';
import type { SearchAnswer, SearchTrial } from './document.js';
import { type Bounds, boundsOf, byLoad, classesOf, inversionsOf, isBlocked } from './mlr/bounds.js';
import { forwardingQuantile } from './mlr/conditional-throughput.js';
import { finalTarget, initialTarget } from './mlr/goal.js';
import { widthOf } from './mlr/loads.js';
import { nextTrial } from './mlr/next-trial.js';
import type { SearchPlan } from './plan.js';
import { pointsOf } from './session.js';

/** @param cores of the machine; null = not known */
export function answerOf(
  plan: SearchPlan,
  combination: LocalCell,
  trials: readonly SearchTrial[],
  goal: number,
  cores: number | null,
): SearchAnswer {
  const { timing, range } = plan;
  const points = pointsOf(trials, goal);
  const loads = byLoad(points);
  const next = nextTrial(points, timing, range);
  const bounds = boundsOf(classesOf(loads, finalTarget(timing)));
  const { lower, upper } = bounds;
  return {
    status: next.kind === 'end' ? next.ending : 'open',
    lower,
    upper,
    width: lower === null || upper === null ? null : widthOf(lower, upper),
    initial: initialBounds(plan, trials, goal),
    conditional_throughput:
      lower === null ? null : throughputAt(lower, plan, combination, trials, goal),
    binds: upper === null ? null : bindingAt(upper, trials, goal, cores),
    limit: limitOf(trials, goal),
    inversions: inversionsOf(loads, bounds).map((load) => {
      const there = (loads.get(load) ?? []).filter(({ outcome }) => outcome !== 'void');
      const passed = there.filter(({ outcome }) => outcome === 'pass').length;
      return { load, passed, trials: there.length };
    }),
  };
}

function initialBounds(
  { timing }: SearchPlan,
  trials: readonly SearchTrial[],
  goal: number,
): Bounds {
  const short = pointsOf(trials, goal).filter(({ phase }) => phase === 'initial');
  return boundsOf(classesOf(byLoad(short), initialTarget(timing)));
}

function throughputAt(
  lower: number,
  { axis, timing }: SearchPlan,
  { clients, ratePerSecond }: LocalCell,
  trials: readonly SearchTrial[],
  goal: number,
): SearchAnswer['conditional_throughput'] {
  const full = trials.filter(
    ({ load, duration_s, judgements }) =>
      load === lower && duration_s >= timing.finalS && judgements[goal]!.outcome !== 'void',
  );
  const forwarded = full.flatMap(({ duration_s, forwarding_ratio }) =>
    forwarding_ratio === null ? [] : [{ durationS: duration_s, forwardingRatio: forwarding_ratio }],
  );
  const ratio = forwardingQuantile(forwarded, timing.exceedRatio);
  if (ratio === null) return null;
  const rate = axis === 'rate' ? lower : ratePerSecond;
  const receivers = axis === 'clients' ? lower : clients;
  return {
    forwarding_ratio: ratio,
    load: axis === 'rate' ? lower * ratio : null,
    deliveries_per_s: rate === null ? null : rate * receivers * ratio,
  };
}

/** The smallest load at which the instrument could tell nothing, and why. */
function limitOf(trials: readonly SearchTrial[], goal: number): SearchAnswer['limit'] {
  const blocked = [...byLoad(pointsOf(trials, goal))]
    .filter(([, points]) => isBlocked(points))
    .map(([load]) => load);
  if (blocked.length === 0) return null;
  const load = Math.min(...blocked);
  const there = trials.filter(
    (one) => one.load === load && one.judgements[goal]!.outcome === 'void',
  );
  const reason = there.map(({ judgements }) => judgements[goal]!.reason).findLast(Boolean);
  return reason == null ? null : { load, trials: there.length, ...reason };
}
