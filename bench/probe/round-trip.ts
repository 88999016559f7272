import type { EchoRoundTrip, RoundTrip, RoundTripTimes } from '../result/result.js';

/**
 * Summary of single round trips, all in µs. The median is the middle sample, or the mean of the two
 * middle ones. `mdev` is null: whoever has one adds it.
 * @returns null when there is no sample
 */
export function roundTripTimes(samplesUs: readonly number[]): RoundTripTimes | null {
  const sorted = Float64Array.from(samplesUs).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1]! : upper;
  return {
    min: sorted[0]!,
    avg: roundNanos(sorted.reduce((sum, sample) => sum + sample, 0) / sorted.length),
    p50: roundNanos((lower + upper) / 2),
    max: sorted[sorted.length - 1]!,
    mdev: null,
  };
}

/**
 * Population standard deviation in µs, the quantity that iputils ping calls `mdev` (it prints
 * √(mean(x²) − mean(x)²)). Two passes, so that nearly equal samples lose no digits.
 */
export function standardDeviation(samplesUs: readonly number[]): number {
  if (samplesUs.length === 0) return 0;
  const mean = samplesUs.reduce((sum, sample) => sum + sample, 0) / samplesUs.length;
  const squares = samplesUs.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  return roundNanos(Math.sqrt(squares / samplesUs.length));
}

/** Rounds µs to whole nanoseconds, so that 0.064 ms is 64 µs and not 64.00000000000001. */
export function roundNanos(us: number): number {
  return Math.round(us * 1e3) / 1e3;
}

interface Probe {
  readonly host: string;
  readonly size_bytes: number;
  readonly sent?: number;
  readonly received?: number;
}

/** A baseline that could not be measured, and why. */
export function unavailable(probe: Probe, reason: string, hint: string | null): RoundTrip {
  const { host, size_bytes, sent = 0, received = 0 } = probe;
  return { available: false, reason, hint, host, size_bytes, sent, received, rtt_us: null };
}

/** The same of an echo. */
export function noEcho(probe: Probe, reason: string, hint: string | null): EchoRoundTrip {
  return { ...unavailable(probe, reason, hint), via: null };
}
