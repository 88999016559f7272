/** Between which two values of a sample the median of the population lies. */
import { LabError } from '../errors.js';
import type { Interval } from './hodges-lehmann.js';
import { checkArray, checkShare, shown } from './sample.js';

/**
 * The distribution-free confidence interval of the median by the sign test: the k-th smallest to
 * the k-th largest value, k as large as P(B ≤ k − 1) ≤ (1 − confidence) / 2 allows, B binomial with
 * n and ½ (W. J. Conover, *Practical Nonparametric Statistics*, §3.2). Values may be infinite.
 * @returns null when there are too few values for any interval of this confidence (5 have none of
 * 95 %)
 * @throws LAB_ERR_BAD_VALUE for NaN, what is not an array of numbers, or a confidence that is not
 * between 0 and 1
 */
export function medianInterval(values: readonly number[], confidence = 0.95): Interval | null {
  checkArray('values', values);
  checkShare('confidence', confidence);
  const wrong = values.findIndex((value) => typeof value !== 'number' || Number.isNaN(value));
  if (wrong >= 0) {
    throw new LabError('LAB_ERR_BAD_VALUE', `values[${wrong}] is ${shown(values[wrong])}`, {
      hint: 'give numbers; leave out what was not measured',
    });
  }
  const sorted = Float64Array.from(values).sort();
  const k = criticalRank(sorted.length, (1 - confidence) / 2);
  return k < 1 ? null : { low: sorted[k - 1]!, high: sorted[sorted.length - k]! };
}

/** The largest k with P(B ≤ k − 1) ≤ tail; 0 when there is none. */
function criticalRank(n: number, tail: number): number {
  let term = 0.5 ** n;
  let below = 0;
  for (let k = 0; k <= n; k++) {
    below += term;
    if (below > tail * (1 + 1e-9)) return k;
    term *= (n - k) / (k + 1);
  }
  return 0;
}

/** The smallest n for which it exists: 6 for 95 %. */
export function fewestForMedianInterval(confidence = 0.95): number {
  checkShare('confidence', confidence);
  return Math.ceil(1 - Math.log2(1 - confidence) - 1e-9);
}
