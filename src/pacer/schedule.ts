import type { SourceItem } from '../sources/source.js';

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

/** What a fixed rate, which looks at no item, is asked about. */
export const NO_ITEM: SourceItem = { key: '', value: null };

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
