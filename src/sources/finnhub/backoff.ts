/**
 * How long to wait after the n-th failure in a row (1, 2, 3, …), in ms: uniform over 0 …
 * min(longest, first · 2^(n−1)). Full jitter, as in Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015: those who failed together must not come back together.
 */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Uniform over [0, 1). */
  readonly random: () => number;
}

export function backoffMs({ firstMs, longestMs, random }: Backoff, failures: number): number {
  return random() * Math.min(longestMs, firstMs * 2 ** (failures - 1));
}
