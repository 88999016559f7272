import type { Clock, Timer } from '../core/clock.js';

/** Passes of the event loop at most: with 32 datagrams each, more than any receive buffer holds. */
const MOST_PASSES = 4_096;

/**
 * Calls `judge` when what lies in the sockets has been read. A deadline that has passed may be our
 * own doing: a process that was stopped, or busy, finds its timers due before it has read what came
 * meanwhile. `readings` counts reads; one pass of the event loop takes only some of a full socket,
 * so there are more as long as they bring something.
 */
export function afterReading(clock: Clock, readings: () => number, judge: () => void): Timer {
  let passes = 0;
  let before = readings();
  const look = (): void => {
    const now = readings();
    passes += 1;
    if (now === before || passes === MOST_PASSES) {
      judge();
      return;
    }
    before = now;
    timer = clock.setImmediate(look);
  };
  let timer = clock.setImmediate(look);
  return { cancel: () => timer.cancel() };
}
