import type { SourceItem } from '../../src/sources/source.js';

/**
 * When each message is due: open loop, absolute. Message n is intended at t0 + n/λ (or at its
 * recorded distance from the first, ÷ speed), whatever happened to the messages before it. Never
 * "wait 1/λ after each send", which would hide queueing (coordinated omission).
 */
export interface Schedule {
  /**
   * Whole microseconds after t0 at which message `n` (0, 1, 2, …) is due. Not decreasing in n. Each
   * is rounded on its own, so no error adds up; whole, because fractions would be lost in a time
   * since the epoch, and with them the window's edge.
   */
  dueMicros(n: number, item: SourceItem): number;
  /** How often it is worth looking whether something is due, µs. */
  readonly tickMicros: number;
}

/**
 * Finer ticks cost more than they tell: below this, messages that are due together are published
 * together.
 */
const SHORTEST_TICK_MICROS = 500;
const RECORDED_TICK_MICROS = 1_000;

export function fixedRate(messagesPerSecond: number): Schedule {
  return {
    dueMicros: (n) => Math.round((n * 1e6) / messagesPerSecond),
    tickMicros: Math.max(SHORTEST_TICK_MICROS, 1e6 / messagesPerSecond),
  };
}

/**
 * The pace of a recording, `speed` times as fast. Items without a time are due with the one before
 * them.
 */
export function recordedPace(speed: number): Schedule {
  let first: number | undefined;
  let last = 0;
  return {
    dueMicros: (_n, item) => {
      if (item.time !== undefined) {
        first ??= item.time;
        last = Math.max(last, Math.round((item.time - first) / speed));
      }
      return last;
    },
    tickMicros: RECORDED_TICK_MICROS,
  };
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
    while (dueMicros(n, ANY_ITEM) < micros) n += 1;
    return n;
  }
}

const ANY_ITEM: SourceItem = { key: '', value: null };

/** The edges of a window are whole microseconds, as the stamps of the messages are. */
export function wholeMicros(ms: number): number {
  return Math.round(ms * 1_000);
}
