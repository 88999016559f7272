import { LatencyTotal } from '../../../bench/record/distribution.js';
import { type LatencyCounts, LatencyRecorder } from '../../../bench/record/latency-recorder.js';

/** What one recorder hands over after these latencies (µs). */
export function countsOf(values: Iterable<number>): LatencyCounts {
  const recorder = new LatencyRecorder();
  for (const value of values) recorder.record(value);
  return recorder.take();
}

export function totalOf(...parts: readonly Iterable<number>[]): LatencyTotal {
  const total = new LatencyTotal();
  for (const part of parts) total.add(countsOf(part));
  return total;
}

/** 1, 2, …, n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
