import { describe, expect, it } from 'vitest';
import { fewestForMedianInterval, medianInterval } from '../../../src/stats/median-interval.js';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('the interval of a median', () => {
  it.each([
    // Ranks of the 95 % interval by the binomial: tables of the sign test.
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [10, 2, 9],
    [12, 3, 10],
    [15, 4, 12],
    [20, 6, 15],
    [25, 8, 18],
    [30, 10, 21],
  ])('of %d values is from the %d. to the %d. of them', (n, low, high) => {
    expect(medianInterval(upTo(n).reverse())).toEqual({ low, high });
  });

  it('does not exist of fewer than 6 values for 95 %', () => {
    expect([5, 6].map((n) => medianInterval(upTo(n)) !== null)).toEqual([false, true]);
    for (const confidence of [0.5, 0.9, 0.95, 0.99, 0.999]) {
      const fewest = fewestForMedianInterval(confidence);
      expect(medianInterval(upTo(fewest), confidence)).not.toBeNull();
      expect(medianInterval(upTo(fewest - 1), confidence)).toBeNull();
    }
    expect(fewestForMedianInterval()).toBe(6);
  });

  it('may end at infinity, and is refused for what is no number', () => {
    const values = [1, 2, 3, 4, 5, Number.POSITIVE_INFINITY];
    expect(medianInterval(values)).toEqual({ low: 1, high: Number.POSITIVE_INFINITY });
    expect(() => medianInterval([1, Number.NaN])).toThrow('values[1] is NaN');
    expect(() => medianInterval([1], 1)).toThrow('confidence');
  });
});
