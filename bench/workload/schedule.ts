/** The schedule of a benchmark's feed, and what of it falls into a window. */
import { fixedRate, NO_ITEM, recordedPace, type Schedule } from '../../src/pacer/schedule.js';

export function scheduleOf(feed: {
  readonly ratePerSecond: number | null;
  readonly speed: number;
}): Schedule {
  const { ratePerSecond, speed } = feed;
  return ratePerSecond === null ? recordedPace(speed) : fixedRate(ratePerSecond);
}

/** Messages that a fixed rate plans for the window: those due in [warm-up, warm-up + duration). */
export function plannedMessages(
  messagesPerSecond: number,
  warmupMs: number,
  durationMs: number,
): number {
  const { dueMicros } = fixedRate(messagesPerSecond);
  const start = wholeMicros(warmupMs);
  return firstDueAt(start + wholeMicros(durationMs)) - firstDueAt(start);

  /**
   * The first message due at or after this time: the estimate may be too low, the schedule itself
   * decides.
   */
  function firstDueAt(micros: number): number {
    let n = Math.max(0, Math.floor(((micros - 1) * messagesPerSecond) / 1e6) - 1);
    while (dueMicros(n, NO_ITEM) < micros) n += 1;
    return n;
  }
}

/** The edges of a window are whole microseconds, as the stamps of the messages are. */
export function wholeMicros(ms: number): number {
  return Math.round(ms * 1_000);
}
