import { describe, expect, it } from 'vitest';
import {
  pseudomedian,
  pseudomedianInterval,
  signedRank,
  smallestSignedP,
} from '../../../src/stats/index.js';
import { codeOf } from '../../support/core/code-of.js';

/**
 * Hamilton's depression scores before and after, of Hollander and Wolfe, table 3.1; R's
 * `wilcox.test(conf.int = TRUE)` of it is quoted in many places.
 */
const DEPRESSION = [
  [1.83, 0.878],
  [0.5, 0.647],
  [1.62, 0.598],
  [2.48, 2.05],
  [1.68, 1.06],
  [1.88, 1.29],
  [1.55, 1.06],
  [3.06, 3.14],
  [1.3, 1.29],
].map(([before, after]) => after! - before!);

describe('the signed-rank test', () => {
  it.each([
    // SciPy 1.17, wilcoxon(x, method='exact').
    [[1.5, -0.5, 2.25, 3, -1, 4.5, 5.25], 25, 0.078125],
    [[0.3, 1.2, -0.7, 2.1, 3.3, 0.9, 1.7, -0.2, 2.8, 1.1], 51, 0.013671875],
    [[1, 2, 3, 4, 5, 6], 21, 0.03125],
    // With ties and zeros: all signs counted, by brute force.
    [[0, 1, 1, 2, -1, 3], 17, 0.25],
    [[2, 2, 2, 2], 10, 0.125],
    [[1, -1, 2, 2, 0, 5, 5, -3], 26.5, 0.234375],
    [[0, 0, 0], 0, 1],
  ])('of %j is exact', (differences, w, p) => {
    expect(signedRank(differences)).toEqual({ w, p: expect.closeTo(p, 12), method: 'exact' });
  });

  it('of more than 100 differences is near the exact one', () => {
    const many = Array.from(
      { length: 140 },
      (_, i) => (i % 5 < 3 ? 1 : -1) * (1 + ((i * 37) % 141)),
    );
    const { p, method } = signedRank(many);
    expect(method).toBe('asymptotic');
    // SciPy 1.17, method='asymptotic', correction=True.
    expect(p).toBeCloseTo(0.06250354258923052, 10);
  });

  it('of exchanged sides gives the same p', () => {
    const { p } = signedRank(DEPRESSION);
    expect(signedRank(DEPRESSION.map((one) => -one)).p).toBe(p);
    expect(p).toBeCloseTo(0.0390625, 10);
  });

  it('has its smallest p when all differences have one sign', () => {
    for (const n of [1, 2, 5, 10]) {
      const same = Array.from({ length: n }, (_, i) => i + 1);
      expect(signedRank(same).p).toBeCloseTo(smallestSignedP(n), 12);
    }
  });
});

describe('the estimate that belongs to it', () => {
  it('is the median of the means of all pairs, with an interval, as R has them', () => {
    expect(pseudomedian(DEPRESSION)).toBeCloseTo(-0.46, 10);
    const { low, high } = pseudomedianInterval(DEPRESSION)!;
    expect([low, high]).toEqual([expect.closeTo(-0.786, 10), expect.closeTo(-0.01, 10)]);
  });

  it('has an interval of 95 % for 6 differences, and none for 5', () => {
    expect(pseudomedianInterval([1, 2, 3, 4, 5])).toBeNull();
    expect(pseudomedianInterval([1, 2, 3, 4, 5, 6])).toEqual({ low: 1, high: 6 });
  });

  it('of many is the normal interval, which holds the estimate', () => {
    const many = Array.from({ length: 201 }, (_, i) => i - 100);
    const { low, high } = pseudomedianInterval(many)!;
    expect(pseudomedian(many)).toBe(0);
    expect(low).toBe(-high);
    // 1.96 × 58.02 ÷ √201, for evenly spread values.
    expect(high).toBeGreaterThan(7);
    expect(high).toBeLessThan(9);
  });
});

it.each([
  ['an empty sample', () => signedRank([])],
  ['a value that is not finite', () => signedRank([1, Number.NaN])],
  ['too many', () => pseudomedian(new Array(2_001).fill(1))],
  ['a confidence of 1', () => pseudomedianInterval([1, 2], 1)],
  ['a count that is none', () => smallestSignedP(0)],
])('%s is refused', (_, act) => {
  expect(codeOf(act)).toBe('LAB_ERR_BAD_VALUE');
});
