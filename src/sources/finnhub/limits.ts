/** How a source asks Finnhub, and how long it waits. */
import type { Backoff } from './backoff.js';

/** Times and limits; a test shortens them. */
export interface FinnhubLimits {
  /** A round over all symbols, ms, unless the budget makes it longer. */
  readonly roundMs: number;
  readonly callsPerMinute: number;
  /** Longest time of a call, and of opening the stream, ms. */
  readonly timeoutMs: number;
  /**
   * Nothing good heard of a symbol for this long, ms, and for at least three rounds: it is marked.
   */
  readonly staleMs: number;
  /** Longest silence of the stream, ms. */
  readonly silenceMs: number;
  /** Of calls of one symbol and of the stream, after failures in a row. */
  readonly backoff: Backoff;
  /** Items that wait for the consumer. */
  readonly queueItems: number;
}

export const DEFAULT_LIMITS: FinnhubLimits = {
  roundMs: 5_000,
  callsPerMinute: 60,
  timeoutMs: 5_000,
  staleMs: 60_000,
  silenceMs: 120_000,
  // Not seeded: servers started alike must not come back alike.
  backoff: { firstMs: 1_000, longestMs: 60_000, random: Math.random },
  queueItems: 10_000,
};
