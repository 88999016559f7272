import type { MessageTimes } from './message-times.js';

/**
 * Latency counts in HdrHistogram's own bucket layout (3 significant digits, integer µs), as one
 * flat array: recording is an index computation and an increment, and folding into a real
 * HdrHistogram loses nothing. Source: G. Tene's HdrHistogram, counts-array indexing with 2,048
 * sub-buckets.
 */
const SUB_BUCKET_BITS = 11;
const HALF = 1 << (SUB_BUCKET_BITS - 1);
const SUB_BUCKET_MASK = (1 << SUB_BUCKET_BITS) - 1;
/** Leading zeros of the largest values of the first bucket. */
const FIRST_ZEROS = 32 - SUB_BUCKET_BITS;
/** Highest recordable value, 2^31 − 1 µs ≈ 35.8 minutes. */
export const HIGHEST_MICROS = 0x7fffffff;
export const COUNTS_LENGTH: number = indexOf(HIGHEST_MICROS) + 1;

/** Index of the bucket that holds `micros`, an integer in [0, HIGHEST_MICROS]. */
export function indexOf(micros: number): number {
  const bucket = bucketOf(micros);
  return bucket * HALF + (micros >>> bucket);
}

/**
 * Each bucket holds twice the range of the one before it, and so many low bits of its values are
 * cut off.
 */
function bucketOf(micros: number): number {
  return FIRST_ZEROS - Math.clz32(micros | SUB_BUCKET_MASK);
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
  /** Deliveries that have no latency, as nobody knows when they arrived. */
  readonly undated: number;
  /**
   * Exact extremes and sum of the recorded values, µs; min and max are 0 when nothing was recorded.
   */
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

export class LatencyRecorder {
  readonly #counts = new Float64Array(COUNTS_LENGTH);
  #count = 0;
  #negative = 0;
  #overflow = 0;
  #undated = 0;
  #min = HIGHEST_MICROS;
  #max = 0;
  #sum = 0;

  /** Nothing at all was recorded since the last `take`, not even a value out of range. */
  get empty(): boolean {
    return this.#count + this.#negative + this.#overflow + this.#undated === 0;
  }

  /** Values in range recorded since the last `take`, and their sum, µs. */
  get recorded(): { readonly count: number; readonly sum: number } {
    return { count: this.#count, sum: this.#sum };
  }

  /**
   * Records a latency in µs; fractions are cut. Negative and too large values are counted apart,
   * never dropped.
   */
  record(micros: number): void {
    this.recordTimes(micros, 1);
  }

  /** The same for a latency that occurred `times` times. */
  recordTimes(micros: number, times: number): void {
    // Before the cut: `| 0` would wrap what does not fit into 32 bits, and make a NaN 0.
    if (!(micros <= HIGHEST_MICROS)) {
      this.#overflow += times;
      return;
    }
    if (micros <= -1) {
      this.#negative += times;
      return;
    }
    const value = micros | 0;
    const index = indexOf(value);
    this.#counts[index] = (this.#counts[index] as number) + times;
    this.#add(times, value * times, value, value);
  }

  /**
   * Records how long ago each of the messages `from` to `to` (inclusive) was at `now`, and returns
   * the sum: the same as `record` for each, at a fraction of its price. All times are whole µs.
   */
  recordRun(now: number, times: MessageTimes, from: number, to: number): number {
    const { exact, low } = times;
    const most = now - (exact[from] as number);
    const least = now - (exact[to] as number);
    // Times in order: all the others lie between. The sum must fit as well.
    if (!times.ordered || !(least >= 0) || !(most * (to - from + 1) <= HIGHEST_MICROS)) {
      return this.#recordEach(now, exact, from, to);
    }
    const counts = this.#counts;
    const nowLow = now | 0;
    const bucket = bucketOf(least);
    let sum = 0;
    if (bucket === bucketOf(most)) {
      const offset = bucket * HALF;
      for (let at = from; at <= to; at++) {
        const value = (nowLow - (low[at] as number)) | 0;
        const index = offset + (value >>> bucket);
        counts[index] = (counts[index] as number) + 1;
        sum = (sum + value) | 0;
      }
    } else {
      for (let at = from; at <= to; at++) {
        const value = (nowLow - (low[at] as number)) | 0;
        const index = indexOf(value);
        counts[index] = (counts[index] as number) + 1;
        sum = (sum + value) | 0;
      }
    }
    this.#add(to - from + 1, sum, least, most);
    return sum;
  }

  /**
   * Records in one pass how long ago those messages were at `now`, and in `other` how long ago they
   * were at `later`: the same as two calls of `recordRun`. Returns the first of the two sums.
   */
  recordRunTwice(
    now: number,
    other: LatencyRecorder,
    later: number,
    times: MessageTimes,
    from: number,
    to: number,
  ): number {
    const { exact, low } = times;
    const most = now - (exact[from] as number);
    const least = now - (exact[to] as number);
    const more = later - now;
    const messages = to - from + 1;
    const bucket = bucketOf(least);
    const otherBucket = bucketOf(least + more);
    const isPlain =
      times.ordered &&
      least >= 0 &&
      more >= 0 &&
      (most + more) * messages <= HIGHEST_MICROS &&
      bucket === bucketOf(most) &&
      otherBucket === bucketOf(most + more);
    if (!isPlain) {
      other.recordRun(later, times, from, to);
      return this.recordRun(now, times, from, to);
    }
    const counts = this.#counts;
    const others = other.#counts;
    const offset = bucket * HALF;
    const otherOffset = otherBucket * HALF;
    const nowLow = now | 0;
    let sum = 0;
    for (let at = from; at <= to; at++) {
      const value = (nowLow - (low[at] as number)) | 0;
      const index = offset + (value >>> bucket);
      counts[index] = (counts[index] as number) + 1;
      const otherIndex = otherOffset + (((value + more) | 0) >>> otherBucket);
      others[otherIndex] = (others[otherIndex] as number) + 1;
      sum = (sum + value) | 0;
    }
    this.#add(messages, sum, least, most);
    other.#add(messages, sum + more * messages, least + more, most + more);
    return sum;
  }

  #recordEach(now: number, times: Float64Array, from: number, to: number): number {
    let sum = 0;
    for (let at = from; at <= to; at++) {
      const micros = now - (times[at] as number);
      sum += micros;
      this.record(micros);
    }
    return sum;
  }

  #add(count: number, sum: number, least: number, most: number): void {
    this.#count += count;
    this.#sum += sum;
    if (most > this.#max) this.#max = most;
    if (least < this.#min) this.#min = least;
  }

  /** Counts deliveries of which nobody knows when they arrived. */
  countUndated(times: number): void {
    this.#undated += times;
  }

  /** Records what another recorder did. */
  add(counts: LatencyCounts): void {
    const { pairs, negative, overflow, undated, min, max, sum } = counts;
    let recorded = 0;
    for (let at = 0; at < pairs.length; at += 2) {
      const index = pairs[at] as number;
      const times = pairs[at + 1] as number;
      this.#counts[index] = (this.#counts[index] as number) + times;
      recorded += times;
    }
    this.#negative += negative;
    this.#overflow += overflow;
    this.#undated += undated;
    if (recorded > 0) this.#add(recorded, sum, min, max);
  }

  /** What was recorded since the last `take`; starts afresh. */
  take(): LatencyCounts {
    const taken = this.counts();
    this.#counts.fill(0);
    this.#count = 0;
    this.#negative = 0;
    this.#overflow = 0;
    this.#undated = 0;
    this.#min = HIGHEST_MICROS;
    this.#max = 0;
    this.#sum = 0;
    return taken;
  }

  /** What was recorded since the last `take`. */
  counts(): LatencyCounts {
    let used = 0;
    for (let index = 0; index < COUNTS_LENGTH; index++) if (this.#counts[index] !== 0) used += 1;
    const pairs = new Float64Array(used * 2);
    let at = 0;
    for (let index = 0; index < COUNTS_LENGTH; index++) {
      const count = this.#counts[index] as number;
      if (count === 0) continue;
      pairs[at++] = index;
      pairs[at++] = count;
    }
    return {
      pairs,
      negative: this.#negative,
      overflow: this.#overflow,
      undated: this.#undated,
      min: this.#count === 0 ? 0 : this.#min,
      max: this.#max,
      sum: this.#sum,
    };
  }
}
