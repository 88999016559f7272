/** How certain a median over runs is. */
import { LabError } from '../errors.js';
import { Random, seedState } from '../sources/random.js';
import { checkSample, medianOfSorted } from './sample.js';

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
/** A sample is a number of runs, and a matrix has no more; drawing from many values takes minutes. */
const MAX_VALUES = 1_000;

/**
 * The median of x and its percentile bootstrap interval (B. Efron, *Bootstrap methods: another look at the jackknife*, 1979):
 * draw x.length values of x with replacement, take the median, again and again; the interval holds the middle 95 % of these.
 *
 * Caveat: it knows no values but those of x. For fewer than about ten it is too short, and for one it has no length at all,
 * which is not certainty: print no interval then.
 *
 * @throws LAB_ERR_BAD_VALUE for an empty sample, one of more than 1,000 values, or a value that is not finite
 */
export function bootstrapMedian(x: readonly number[], options: BootstrapOptions): MedianInterval {
  const { seed, resamples = RESAMPLES, confidence = CONFIDENCE } = options;
  checkSample('x', x);
  checkOptions(x, seed, resamples, confidence);
  const sorted = Float64Array.from(x).sort();
  const random = new Random(seedState(seed));
  const counts = new Uint16Array(sorted.length);
  const medians = new Float64Array(resamples).map(() => drawnMedian(sorted, random, counts)).sort();
  const beyond = Math.floor((resamples * (1 - confidence)) / 2);
  return {
    median: medianOfSorted(sorted),
    low: medians[beyond]!,
    high: medians[resamples - 1 - beyond]!,
  };
}

/** Counts how often each value is drawn and walks to the middle: the same median as of the draws in order, without sorting them. */
function drawnMedian(sorted: Float64Array, random: Random, counts: Uint16Array): number {
  const { length } = sorted;
  counts.fill(0);
  for (let i = 0; i < length; i++) counts[random.nextInt(length)]! += 1;
  return medianOfSorted(
    Float64Array.of(sorted[atRank(counts, (length - 1) >> 1)]!, sorted[atRank(counts, length >> 1)]!),
  );
}

/** The value at place `rank`, from 0, among the draws in ascending order. */
function atRank(counts: Uint16Array, rank: number): number {
  let value = 0;
  for (let drawn = counts[0]!; drawn <= rank; drawn += counts[value]!) value += 1;
  return value;
}

function checkOptions(x: readonly number[], seed: number, resamples: number, confidence: number): void {
  const checks: [boolean, string, string][] = [
    [x.length > MAX_VALUES, `x has ${x.length} values`, `at most ${MAX_VALUES}: the run is the sample`],
    [!Number.isSafeInteger(seed), `seed ${seed} is not a whole number`, 'give an integer'],
    [!(resamples >= 100 && resamples <= 1e6), `resamples ${resamples} is out of range`, '100 to 1000000'],
    [!(confidence > 0 && confidence < 1), `confidence ${confidence} is out of range`, 'between 0 and 1'],
  ];
  const failed = checks.find(([wrong]) => wrong);
  if (failed !== undefined) throw new LabError('LAB_ERR_BAD_VALUE', failed[1], { hint: failed[2] });
}
