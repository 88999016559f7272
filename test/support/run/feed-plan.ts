import type { FeedPlan } from '../../../bench/workload/feed-plan.js';
import { PlannedMembership } from '../../../bench/workload/planned-membership.js';

/**
 * The plan of a feed whose window begins with message `first` and has messages due at these times,
 * µs after t0; one key.
 */
export function planOf(first: number, due: readonly number[]): FeedPlan {
  return {
    first,
    last: first + due.length - 1,
    due: Float64Array.from(due),
    key: new Uint32Array(due.length),
    checksum: new Uint32Array(due.length),
    keys: 1,
    warmup: { due: new Float64Array(0), key: new Uint32Array(0) },
  };
}

/** The messages of that plan as a window. */
export function plannedOf(first: number, due: readonly number[]): PlannedMembership {
  return new PlannedMembership(planOf(first, due));
}
