/** Minutes of a million deliveries a second: does the server's heap grow? */
import type { Check } from './check.js';
import { engineFlow } from './trial.js';

const CLIENTS = 1_000;
const SIZE_BYTES = 40;

export async function heapCheck(durationMs: number): Promise<Check> {
  const { heapBytes, sendsPerSecond, bytesPerSend } = await engineFlow(
    {
      transport: 'tcp',
      udpSender: 'auto',
      clients: CLIENTS,
      sizeBytes: SIZE_BYTES,
      ratePerSecond: 1_000,
      messagesPerFlush: 1,
    },
    durationMs,
  );
  // The log fills for the first seconds.
  const slope = heapSlope(heapBytes.slice(30));
  const perMinute = (value: number): string => `${((value * 60) / 1024).toFixed(0)} KiB/min`;
  const messages = (sendsPerSecond * bytesPerSend) / 100 / 1e6;
  return {
    what: `server heap over ${(durationMs / 60_000).toFixed(0)} min at ${messages.toFixed(1)} M deliveries/s`,
    value:
      slope === null
        ? 'too short to tell'
        : `${perMinute(slope.perSample)} ± ${perMinute(slope.noise)}`,
    target: 'no growth beyond noise',
    met: slope !== null && slope.perSample <= Math.max(slope.noise, 0),
  };
}

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
