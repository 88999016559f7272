import { LabError } from '../errors.js';
import { checkNumbers, checkWhole } from './sample.js';

/**
 * Holm's step-down adjustment (S. Holm, *A simple sequentially rejective multiple test procedure*,
 * 1979). Rejecting where the adjusted p is below α keeps the chance of **any** false rejection
 * below α, whatever the dependence between the tests.
 * @param tests how many could have been made; those whose p is not given count as p = 1, which is
 * what picking some of them by their data costs. As many as `ps` unless given.
 * @returns the adjusted p-values in the order of `ps`: the k-th smallest × (number of tests − k +
 * 1), never falling, at most 1; none for none
 * @throws LAB_ERR_BAD_VALUE for a p that is not from 0 to 1, and for fewer tests than p-values
 */
export function holm(ps: readonly number[], tests?: number): number[] {
  checkNumbers('p', ps);
  const wrong = ps.findIndex((p) => p < 0 || p > 1);
  if (wrong >= 0) {
    throw new LabError('LAB_ERR_BAD_VALUE', `p[${wrong}] is ${ps[wrong]}`, {
      hint: 'a p-value is from 0 to 1',
    });
  }
  const count = tests ?? ps.length;
  checkWhole('tests', count, ps.length, Number.MAX_SAFE_INTEGER);
  const adjusted = new Array<number>(ps.length);
  let floor = 0;
  const ascending = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  for (const [rank, { p, index }] of ascending.entries()) {
    floor = Math.max(floor, Math.min(1, p * (count - rank)));
    adjusted[index] = floor;
  }
  return adjusted;
}
