import { LabError } from '../errors.js';
import { checkNumbers } from './sample.js';

/**
 * Holm's step-down adjustment (S. Holm, *A simple sequentially rejective multiple test procedure*,
 * 1979). Rejecting where the adjusted p is below α keeps the chance of **any** false rejection
 * below α, whatever the dependence between the tests.
 * @returns the adjusted p-values in the order of `ps`: the k-th smallest × (number of tests − k +
 * 1), never falling, at most 1; none for none
 * @throws LAB_ERR_BAD_VALUE for a p that is not from 0 to 1
 */
export function holm(ps: readonly number[]): number[] {
  checkNumbers('p', ps);
  const wrong = ps.findIndex((p) => p < 0 || p > 1);
  if (wrong >= 0) {
    throw new LabError('LAB_ERR_BAD_VALUE', `p[${wrong}] is ${ps[wrong]}`, {
      hint: 'a p-value is from 0 to 1',
    });
  }
  const adjusted = new Array<number>(ps.length);
  let floor = 0;
  const ascending = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  for (const [rank, { p, index }] of ascending.entries()) {
    floor = Math.max(floor, Math.min(1, p * (ps.length - rank)));
    adjusted[index] = floor;
  }
  return adjusted;
}
