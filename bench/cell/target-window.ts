/** Where the window of a server that is not ours lies, by two clocks. Pure. */
import { wholeMicros } from '../workload/schedule.js';
import type { ObservedWindow } from '../workload/window.js';

/**
 * Between the decision on where the window begins or ends and that moment: time for it to reach
 * every process.
 */
export const LEAD_MICROS = 250_000;
/**
 * Where clocks differ, what is recorded is the time above the fastest delivery before the window,
 * and this: a delivery that is faster still, or a clock that drifts, does not make it negative;
 * small enough for the histogram to be exact to 2 µs.
 */
const HEADROOM_MICROS = 2_000;

export interface WindowPlacement {
  readonly window: ObservedWindow;
  /** Receipt − stamp of the fastest delivery before it: our time of a stamp is that much later. */
  readonly shift: number;
}

/** What a window goes by. Times in µs. */
export interface WindowPlan {
  readonly now: number;
  readonly durationMs: number;
  readonly tmaxMs: number;
  /** Receipt − stamp of the fastest delivery so far. */
  readonly fastest: number;
  /** To be added to our times for the server's; null = not known. */
  readonly correction: number | null;
  /** The server's clock − ours, at most. */
  readonly mostAhead: number;
}

export function placeWindow(plan: WindowPlan): WindowPlacement {
  const shift = Math.floor(plan.fastest);
  const start = Math.floor(plan.now) + LEAD_MICROS;
  const end = start + wholeMicros(plan.durationMs);
  const window: ObservedWindow = {
    t0: start,
    start,
    end,
    deadline: end + wholeMicros(plan.tmaxMs),
    stamps: {
      from: start - shift,
      until: end - shift,
      clockShift: plan.correction === null ? shift - HEADROOM_MICROS : -plan.correction,
      mostAhead: plan.mostAhead,
    },
  };
  return { window, shift };
}
