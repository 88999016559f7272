import { build, type Histogram } from 'hdr-histogram-js';
import type { Distribution } from '../result/result.js';
import { encodeHistogram } from './hdr-encoding.js';
import { HIGHEST_MICROS, type LatencyCounts, lowestOf } from './latency-recorder.js';

/** A percentile is printed only when at least this many samples lie beyond it. */
const SAMPLES_BEYOND = 10;

/**
 * Adds up latency counts of any number of processes and intervals. Histograms are merged;
 * percentiles are never averaged.
 */
export class LatencyTotal {
  readonly #histogram: Histogram = build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_MICROS,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  #count = 0;
  #negative = 0;
  #overflow = 0;
  #undated = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #sum = 0;

  add(counts: LatencyCounts): void {
    const { pairs } = counts;
    for (let at = 0; at < pairs.length; at += 2) {
      const count = pairs[at + 1] as number;
      this.#histogram.recordValueWithCount(lowestOf(pairs[at] as number), count);
      this.#count += count;
    }
    this.#negative += counts.negative;
    this.#overflow += counts.overflow;
    this.#undated += counts.undated;
    this.#sum += counts.sum;
    if (pairs.length > 0) {
      this.#min = Math.min(this.#min, counts.min);
      this.#max = Math.max(this.#max, counts.max);
    }
  }

  /** Everything added, values outside the histogram's range and undated ones included. */
  get delivered(): number {
    return this.#count + this.#negative + this.#overflow + this.#undated;
  }

  get undated(): number {
    return this.#undated;
  }

  /**
   * The value (µs) at or below which a share `quantile` of the samples lies; null with fewer than
   * 10 samples beyond it.
   */
  percentile(quantile: number): number | null {
    // Rounded, because 1 − 0.999 is not quite 0.001 in binary.
    if (Math.round(this.#count * (1 - quantile) * 1e6) / 1e6 < SAMPLES_BEYOND) return null;
    // A bucket stands for its highest value; never above the largest value seen.
    return Math.min(this.#histogram.getValueAtPercentile(quantile * 100), this.#max);
  }

  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  toDistribution(): Distribution {
    const empty = this.#count === 0;
    return {
      count: this.#count,
      negative: this.#negative,
      overflow: this.#overflow,
      min: empty ? null : this.#min,
      mean: empty ? null : this.#sum / this.#count,
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      p999: this.percentile(0.999),
      max: this.max,
      hdr: empty ? null : encodeHistogram(this.#histogram),
    };
  }
}
