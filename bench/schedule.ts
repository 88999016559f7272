import type { SourceItem } from '../src/sources/source.js';

/**
 * When each message is due: open loop, absolute. Message n is intended at t0 + n/λ (or at its recorded distance from the
 * first, ÷ speed), whatever happened to the messages before it. Never "wait 1/λ after each send", which would hide queueing
 * (coordinated omission).
 */
export interface Schedule {
  /** Microseconds after t0 at which message `n` (0, 1, 2, …) is due. Not decreasing in n. */
  dueMicros(n: number, item: SourceItem): number;
  /** How often it is worth looking whether something is due, µs. */
  readonly tickMicros: number;
}

/** Finer ticks cost more than they tell: below this, messages that are due together are published together. */
const SHORTEST_TICK_MICROS = 500;
const RECORDED_TICK_MICROS = 1_000;

export function fixedRate(messagesPerSecond: number): Schedule {
  return {
    dueMicros: (n) => (n * 1e6) / messagesPerSecond,
    tickMicros: Math.max(SHORTEST_TICK_MICROS, 1e6 / messagesPerSecond),
  };
}

/** The pace of a recording, `speed` times as fast. Items without a time are due with the one before them. */
export function recordedPace(speed: number): Schedule {
  let first: number | undefined;
  let last = 0;
  return {
    dueMicros: (_n, item) => {
      if (item.time !== undefined) {
        first ??= item.time;
        last = Math.max(last, (item.time - first) / speed);
      }
      return last;
    },
    tickMicros: RECORDED_TICK_MICROS,
  };
}

/** Messages that a fixed rate plans for the window: those due in [warm-up, warm-up + duration). */
export function plannedMessages(messagesPerSecond: number, warmupMs: number, durationMs: number): number {
  const { dueMicros } = fixedRate(messagesPerSecond);
  return firstDueAt(warmupMs + durationMs) - firstDueAt(warmupMs);

  /** The first message due at or after this time: the division may be off by one, the schedule itself decides. */
  function firstDueAt(ms: number): number {
    let n = Math.max(0, Math.floor((ms * messagesPerSecond) / 1_000) - 1);
    while (dueMicros(n, ANY_ITEM) < ms * 1_000) n += 1;
    return n;
  }
}

const ANY_ITEM: SourceItem = { key: '', value: null };
