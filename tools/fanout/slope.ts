/** Does a heap grow? Pure. */

/**
 * The collector empties the young generation every few seconds: the smallest of so many samples is
 * what really lives.
 */
const SAMPLES_PER_FLOOR = 10;

export interface Slope {
  /** Bytes per sample, by least squares over the floors. */
  readonly perSample: number;
  /** Two standard errors of it: a slope within is none. */
  readonly noise: number;
}

/** Slope of the lower envelope of a saw-tooth; null with fewer than four floors. */
export function heapSlope(samples: readonly number[]): Slope | null {
  const floors: number[] = [];
  for (let at = 0; at + SAMPLES_PER_FLOOR <= samples.length; at += SAMPLES_PER_FLOOR) {
    floors.push(Math.min(...samples.slice(at, at + SAMPLES_PER_FLOOR)));
  }
  const n = floors.length;
  if (n < 4) return null;
  const meanX = (n - 1) / 2;
  const meanY = floors.reduce((sum, y) => sum + y, 0) / n;
  const sxx = floors.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
  const slope = floors.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0) / sxx;
  const residual = floors.reduce((sum, y, x) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const error = Math.sqrt(residual / (n - 2) / sxx);
  return { perSample: slope / SAMPLES_PER_FLOOR, noise: (2 * error) / SAMPLES_PER_FLOOR };
}
