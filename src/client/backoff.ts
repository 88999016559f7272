const BASE_MS = 100;

/** No wait before an attempt is longer. */
export const MAX_BACKOFF_MS = 5_000;

/**
 * The wait before attempt 1, 2, 3, … in ms: exponential with full jitter, evenly between 0 and
 * min(5 s, 100 ms × 2^(attempt − 1)). Clients cut at the same moment so come back spread out.
 * Source: M. Brooker, "Exponential Backoff and Jitter", AWS 2015.
 */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(MAX_BACKOFF_MS, BASE_MS * 2 ** Math.min(attempt - 1, 30)));
}
