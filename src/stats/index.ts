/**
 * `streampulse-lab/stats`: comparing samples of runs without assuming a distribution. Pure
 * functions; all throw LAB_ERR_BAD_VALUE on an empty sample, a value that is not finite, and
 * anything else that is not what they ask for, so that no NaN ever comes out.
 */
export { type BootstrapOptions, bootstrapMedian, type MedianInterval } from './bootstrap.js';
export { hodgesLehmann, type Interval, shiftInterval } from './hodges-lehmann.js';
export { holm } from './holm.js';
export {
  type MannWhitneyMethod,
  type MannWhitneyResult,
  mannWhitney,
  smallestP,
  usedMethod,
} from './mann-whitney.js';
export { fewestForMedianInterval, medianInterval } from './median-interval.js';
export { normalUpperQuantile } from './normal.js';
export { median } from './sample.js';
export {
  pseudomedian,
  pseudomedianInterval,
  type SignedRankResult,
  signedRank,
  smallestSignedP,
} from './signed-rank.js';
