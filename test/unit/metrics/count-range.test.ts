import { describe, expect, it } from 'vitest';
import { binomialRange, burstRange } from '../../../src/stats/count-range.js';
import { codeOf } from '../../support/core/code-of.js';
import { lossDistribution } from '../../support/link/reference.js';

/** The share of a distribution outside of a range. */
function outside(chances: readonly number[], { low, high }: { low: number; high: number }): number {
  return chances.reduce((sum, chance, k) => (k < low || k > high ? sum + chance : sum), 0);
}

describe('the range of a binomial count', () => {
  // Computed in fractions, summing C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ from both ends.
  it.each([
    [20, 0.5, 0.95, 6, 14],
    [10, 0.1, 0.95, 0, 3],
    [1_000, 0.01, 0.95, 4, 17],
    [1_000, 0.01, 0.999, 2, 22],
    [400, 0.3, 0.99, 97, 144],
    [500, 0.999, 0.95, 498, 500],
    [1, 0.3, 0.5, 0, 1],
  ])('of %d trials of %d, with confidence %d, is %d to %d', (trials, chance, conf, low, high) => {
    expect(binomialRange(trials, chance, conf)).toEqual({ low, high });
  });

  it('is that of the normal distribution for many trials', () => {
    const { low, high } = binomialRange(10_000_000, 0.3, 0.95);
    const reach = 1.959964 * Math.sqrt(10_000_000 * 0.3 * 0.7);
    expect(Math.abs(low - (3_000_000 - reach))).toBeLessThan(2);
    expect(Math.abs(high - (3_000_000 + reach))).toBeLessThan(2);
  });

  it('of what never or always happens is a point', () => {
    expect(binomialRange(100, 0, 0.95)).toEqual({ low: 0, high: 0 });
    expect(binomialRange(100, 1, 0.95)).toEqual({ low: 100, high: 100 });
    expect(burstRange(100, 1, 5, 0.95)).toEqual({ low: 100, high: 100 });
  });

  it.each([
    [-1, 0.5, 0.95],
    [1.5, 0.5, 0.95],
    [10, 1.5, 0.95],
    [10, Number.NaN, 0.95],
    [10, 0.5, 1],
  ])('refuses %d trials of %d with confidence %d', (trials, chance, confidence) => {
    expect(codeOf(() => binomialRange(trials, chance, confidence))).toBe('LAB_ERR_BAD_VALUE');
    expect(codeOf(() => burstRange(trials, chance, 2, confidence))).toBe('LAB_ERR_BAD_VALUE');
  });
});

describe('the range of losses in bursts', () => {
  it.each([
    [1_500, 0.01, 3],
    [1_500, 0.01, 10],
    [1_500, 0.05, 3],
    [1_500, 0.3, 3],
    [1_500, 0.001, 2],
    [1_500, 0.5, 1.5],
    [1_500, 0.5, 1],
    [1_500, 0.05, 1],
  ])('among %d, a share of %d with %d in a row, leaves out no more than it says', (n, p, burst) => {
    const chances = lossDistribution(n, p, burst);
    expect(chances.reduce((sum, chance) => sum + chance)).toBeCloseTo(1, 9);
    const mean = chances.reduce((sum, chance, k) => sum + k * chance, 0);
    expect(mean).toBeCloseTo(n * p, 6);
    for (const confidence of [0.95, 0.999]) {
      const range = burstRange(n, p, burst, confidence);
      expect(outside(chances, range)).toBeLessThanOrEqual((1 - confidence) * 1.3);
    }
  });

  it('is as wide as the chain demands, wider than a binomial one', () => {
    // 2,500 bursts: normal, by a factor of √((1 + ρ) / (1 − ρ)), ρ = 3/4 − 1/396.
    const { low, high } = burstRange(1_000_000, 0.01, 4, 0.95);
    const rho = 0.75 - 1 / 396;
    const reach = 1.959964 * Math.sqrt(9_900 * ((1 + rho) / (1 - rho)));
    expect(Math.abs((high - low) / 2 - reach)).toBeLessThan(2);
    const narrow = binomialRange(1_000_000, 0.01, 0.95);
    expect((high - low) / (narrow.high - narrow.low)).toBeGreaterThan(2.5);
  });
});
