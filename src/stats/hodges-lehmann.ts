/**
 * How much larger the values of one sample are than those of another: the estimate that belongs to
 * the Mann–Whitney test.
 */
import { LabError } from '../errors.js';
import { normalUpperQuantile } from './normal.js';
import { checkSample, checkShare, medianOfSorted } from './sample.js';
import { EXACT_MAX_VALUES, uDistribution } from './u-distribution.js';

/** Both ends belong to it. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** All n·m differences are held and sorted: 80 MB. */
const MAX_PAIRS = 10_000_000;

/**
 * The Hodges–Lehmann estimate of the shift from x to y, in the unit of the values: the median of
 * all differences yⱼ − xᵢ (J. L. Hodges and E. L. Lehmann, *Estimates of location based on rank
 * tests*, 1963). Not the difference of the medians.
 * @throws LAB_ERR_BAD_VALUE for an empty sample, a value or difference that is not finite, or more
 * than 10 million pairs
 */
export function hodgesLehmann(x: readonly number[], y: readonly number[]): number {
  return medianOfSorted(differences(x, y));
}

/**
 * The distribution-free confidence interval of that shift (M. Hollander and D. A. Wolfe,
 * *Nonparametric Statistical Methods*, §4.3, after Moses): the k-th smallest to the k-th largest
 * difference, k as large as P(U ≤ k − 1) ≤ (1 − confidence) / 2 allows. U's distribution is exact
 * for up to 50 values and normal above. With ties the closed interval covers at least as often.
 * @returns null when there are too few values for any interval of this confidence (3 against 3 have
 * none of 95 %)
 * @throws as `hodgesLehmann`, and for a confidence that is not between 0 and 1
 */
export function shiftInterval(
  x: readonly number[],
  y: readonly number[],
  confidence = 0.95,
): Interval | null {
  checkShare('confidence', confidence);
  const sorted = differences(x, y);
  const k = criticalRank(x.length, y.length, (1 - confidence) / 2);
  return k < 1 ? null : { low: sorted[k - 1]!, high: sorted[sorted.length - k]! };
}

/**
 * The largest k with P(U ≤ k − 1) ≤ tail; 0 when there is none. A tail that is met exactly must not
 * fail by rounding.
 */
function criticalRank(n: number, m: number, tail: number): number {
  if (n + m <= EXACT_MAX_VALUES)
    return uDistribution(n, m).findIndex((below) => below > tail * (1 + 1e-9));
  const deviation = Math.sqrt((n * m * (n + m + 1)) / 12);
  return Math.max(0, Math.floor((n * m) / 2 - normalUpperQuantile(tail) * deviation));
}

function differences(x: readonly number[], y: readonly number[]): Float64Array {
  checkSample('x', x);
  checkSample('y', y);
  if (x.length * y.length > MAX_PAIRS) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `${x.length} × ${y.length} values make too many pairs`,
      {
        hint: `at most ${MAX_PAIRS}; the run is the sample, not the message`,
      },
    );
  }
  const all = new Float64Array(x.length * y.length);
  let i = 0;
  for (const from of x) for (const to of y) all[i++] = to - from;
  all.sort();
  if (Number.isFinite(all[0]) && Number.isFinite(all.at(-1))) return all;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    'the values of x and y differ by more than a number can hold',
    {
      hint: 'give both in a larger unit',
    },
  );
}
