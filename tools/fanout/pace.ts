import type { Clock, ClockAnchor } from '../../src/core/clock.js';
import { Pacer } from '../../src/pacer/pacer.js';
import { fixedRate, NO_ITEM } from '../../src/pacer/schedule.js';
import { threadTicker } from '../../src/pacer/thread-ticker.js';
import { Timeline } from '../../src/pacer/timeline.js';

/** Between now and the first message. */
const LEAD_MICROS = 10_000;
const IN_A_TURN = 4;

/**
 * Calls `publish` at a fixed rate, on an absolute schedule: what is late is made up for at once, as
 * in a run.
 */
export function startPace(
  anchor: ClockAnchor,
  clock: Clock,
  ratePerSecond: number,
  publish: () => void,
): { stop(): void } {
  const schedule = fixedRate(ratePerSecond);
  const first = Math.floor(clock.now()) + LEAD_MICROS;
  const timeline = new Timeline(schedule, 'kept', first);
  const isDue = (): boolean => timeline.dueAt(NO_ITEM, first) <= clock.now();
  const times = { first, tickMicros: schedule.tickMicros };
  return new Pacer(clock, threadTicker(anchor), times, () => {
    for (let i = 0; i < IN_A_TURN && isDue(); i++) {
      timeline.advance();
      publish();
    }
    return isDue();
  });
}
