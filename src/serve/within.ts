import type { Clock } from '../core/clock.js';

/**
 * Waits for the promise, but not longer than `ms`: whether it was fulfilled in time. Rejects when
 * the promise does.
 */
export function within(clock: Clock, promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(false), ms);
    promise.finally(() => timer.cancel()).then(() => resolve(true), reject);
  });
}
