import { build, type Histogram } from 'hdr-histogram-js';

/** One day; no percentile is higher. */
const HIGHEST_MICROS = 86_400_000_000;

export interface FeedLatency {
  /** Messages that the figures are of. */
  readonly count: number;
  /** µs, to three significant digits; null before the first message. */
  readonly p50: number | null;
  readonly p99: number | null;
  /**
   * Messages from the future (the clocks of the two hosts differ), and above a day: in no
   * percentile.
   */
  readonly negative: number;
  readonly overflow: number;
}

/** Time from publishing to arrival, in an HdrHistogram. */
export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_MICROS,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  #negative = 0;
  #overflow = 0;

  /** µs; fractions are cut. */
  record(micros: number): void {
    const value = Math.floor(micros);
    if (value < 0) this.#negative += 1;
    else if (value > HIGHEST_MICROS) this.#overflow += 1;
    else this.#histogram.recordValue(value);
  }

  get figures(): FeedLatency {
    const count = this.#histogram.totalCount;
    return {
      count,
      p50: count === 0 ? null : this.#histogram.getValueAtPercentile(50),
      p99: count === 0 ? null : this.#histogram.getValueAtPercentile(99),
      negative: this.#negative,
      overflow: this.#overflow,
    };
  }
}
