/**
 * How a pacer is woken up: by a timer of Node (`timer-ticker`) or by a thread (`thread-ticker`).
 */

/** Ticks fall at `first`, `first + tickMicros`, …; µs since the epoch. */
export interface TickTimes {
  readonly first: number;
  readonly tickMicros: number;
}

/**
 * Calls `onTick` at each of these times, or as soon afterwards as it can, until stopped. Ticks that
 * fall together are one call. None comes before its time.
 */
export type StartTicker = (times: TickTimes, onTick: () => void) => Ticker;

export interface Ticker {
  /** No more ticks, not even those on their way. */
  stop(): void;
}
