/** How certain a median over runs is. */
import { LabError } from '../errors.js';
import { Random, seedState } from '../random.js';
import { checkSample, checkShare, checkWhole, medianOfSorted, shown } from './sample.js';

export interface BootstrapOptions {
  /** The same seed and values give the same interval, on every machine. */
  readonly seed: number;
  /** How often to draw; 10,000 by default. */
  readonly resamples?: number;
  /** 0.95 by default. */
  readonly confidence?: number;
}

export interface MedianInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 10_000;
const CONFIDENCE = 0.95;
/**
 * A sample is a number of runs, and a matrix has no more; drawing from many values takes minutes.
 */
const MAX_VALUES = 1_000;

/**
 * The median of x and its percentile bootstrap interval (B. Efron, *Bootstrap methods: another look
 * at the jackknife*, 1979): draw x.length values of x with replacement, take the median, again and
 * again; the interval holds the middle 95 % of these.
 *
 * Caveat: it knows no values but those of x. For fewer than about ten it is too short, and for one
 * it has no length at all, which is not certainty: print no interval then.
 *
 * @throws LAB_ERR_BAD_VALUE for an empty sample, one of more than 1,000 values, a value that is not
 * finite, or options that are none
 */
export function bootstrapMedian(x: readonly number[], options: BootstrapOptions): MedianInterval {
  checkSample('x', x);
  if (typeof options !== 'object' || options === null) {
    throw new LabError('LAB_ERR_BAD_VALUE', `the options of the bootstrap are ${shown(options)}`, {
      hint: 'give a seed, so that the interval can be had again: bootstrapMedian(x, { seed: 1 })',
    });
  }
  const { seed, resamples = RESAMPLES, confidence = CONFIDENCE } = options;
  checkOptions(x, seed, resamples, confidence);
  const sorted = Float64Array.from(x).sort();
  const random = new Random(seedState(seed));
  const counts = new Uint16Array(sorted.length);
  const medians = new Float64Array(resamples).map(() => drawnMedian(sorted, random, counts)).sort();
  // With almost no confidence, the middle itself: the ends must not pass each other.
  const beyond = Math.min(Math.floor((resamples * (1 - confidence)) / 2), (resamples - 1) >> 1);
  return {
    median: medianOfSorted(sorted),
    low: medians[beyond]!,
    high: medians[resamples - 1 - beyond]!,
  };
}

/**
 * Counts how often each value is drawn and walks to the middle: the same median as of the draws in
 * order, without sorting them.
 */
function drawnMedian(sorted: Float64Array, random: Random, counts: Uint16Array): number {
  const { length } = sorted;
  counts.fill(0);
  for (let i = 0; i < length; i++) counts[random.nextInt(length)]! += 1;
  return medianOfSorted(
    Float64Array.of(
      sorted[atRank(counts, (length - 1) >> 1)]!,
      sorted[atRank(counts, length >> 1)]!,
    ),
  );
}

/** The value at place `rank`, from 0, among the draws in ascending order. */
function atRank(counts: Uint16Array, rank: number): number {
  let value = 0;
  for (let drawn = counts[0]!; drawn <= rank; drawn += counts[value]!) value += 1;
  return value;
}

function checkOptions(
  x: readonly number[],
  seed: number,
  resamples: number,
  confidence: number,
): void {
  if (x.length > MAX_VALUES) {
    throw new LabError('LAB_ERR_BAD_VALUE', `x has ${x.length} values`, {
      hint: `give at most ${MAX_VALUES}: the run is the sample`,
    });
  }
  checkWhole('options.seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkWhole('options.resamples', resamples, 100, 1_000_000);
  checkShare('options.confidence', confidence);
}
