/**
 * Latency counts in HdrHistogram's own bucket layout (3 significant digits, integer µs), as one flat array: recording is
 * an index computation and an increment, and folding into a real HdrHistogram loses nothing.
 * Source: G. Tene's HdrHistogram, counts-array indexing with 2,048 sub-buckets.
 */
const SUB_BUCKET_BITS = 11;
const HALF = 1 << (SUB_BUCKET_BITS - 1);
const SUB_BUCKET_MASK = (1 << SUB_BUCKET_BITS) - 1;
/** Highest recordable value, 2^31 − 1 µs ≈ 35.8 minutes. */
export const HIGHEST_MICROS = 0x7fffffff;
export const COUNTS_LENGTH: number = indexOf(HIGHEST_MICROS) + 1;

/** Index of the bucket that holds `micros`, an integer in [0, HIGHEST_MICROS]. */
export function indexOf(micros: number): number {
  const bucket = 32 - SUB_BUCKET_BITS - Math.clz32(micros | SUB_BUCKET_MASK);
  return bucket * HALF + (micros >>> bucket);
}

/** Lowest value of a bucket, µs. */
export function lowestOf(index: number): number {
  const bucket = Math.max(0, Math.floor(index / HALF) - 1);
  return (index - bucket * HALF) * 2 ** bucket;
}

/** Counts that can be sent between processes and added up. */
export interface LatencyCounts {
  /** Non-zero buckets only: pairs of index and count. */
  readonly pairs: Float64Array;
  readonly negative: number;
  readonly overflow: number;
  /** Exact extremes and sum of the recorded values, µs; min and max are 0 when nothing was recorded. */
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

export class LatencyRecorder {
  readonly #counts = new Float64Array(COUNTS_LENGTH);
  #count = 0;
  #negative = 0;
  #overflow = 0;
  #min = HIGHEST_MICROS;
  #max = 0;
  #sum = 0;

  /** Nothing at all was recorded since the last `take`, not even a value out of range. */
  get empty(): boolean {
    return this.#count + this.#negative + this.#overflow === 0;
  }

  /** Records a latency in µs; fractions are cut. Negative and too large values are counted apart, never dropped. */
  record(micros: number): void {
    // Before the cut: `| 0` would wrap what does not fit into 32 bits, and make a NaN 0.
    if (!(micros <= HIGHEST_MICROS)) {
      this.#overflow += 1;
      return;
    }
    if (micros <= -1) {
      this.#negative += 1;
      return;
    }
    const value = micros | 0;
    const index = indexOf(value);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#count += 1;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
    if (value < this.#min) this.#min = value;
  }

  /** What was recorded since the last `take`; starts afresh. */
  take(): LatencyCounts {
    let used = 0;
    for (let index = 0; index < COUNTS_LENGTH; index++) if (this.#counts[index] !== 0) used += 1;
    const pairs = new Float64Array(used * 2);
    let at = 0;
    for (let index = 0; index < COUNTS_LENGTH; index++) {
      const count = this.#counts[index] as number;
      if (count === 0) continue;
      pairs[at++] = index;
      pairs[at++] = count;
      this.#counts[index] = 0;
    }
    const taken: LatencyCounts = {
      pairs,
      negative: this.#negative,
      overflow: this.#overflow,
      min: this.#count === 0 ? 0 : this.#min,
      max: this.#max,
      sum: this.#sum,
    };
    this.#count = 0;
    this.#negative = 0;
    this.#overflow = 0;
    this.#min = HIGHEST_MICROS;
    this.#max = 0;
    this.#sum = 0;
    return taken;
  }
}
