/** P(best) and regret of two stacks against what theory says of two normal samples. */
import { describe, expect, it } from 'vitest';
import { Bootstrap, type Sampled } from '../../../../bench/choose/decide/bootstrap.js';
import type { Rule } from '../../../../bench/choose/decide/pick.js';
import { lexicographic } from '../../../../bench/choose/decide/values.js';
import { normalUpperQuantile, normalUpperTail } from '../../../../src/stats/normal.js';

const PRICES = { 'cpu-hour': 0, 'gb-egress': 1, 'gb-ram-hour': 0 };
const [first] = lexicographic([], PRICES);
const RULE: Rule = { objectives: [], first: first!, last: first!, within: 0 };

/** As many quantiles of a normal distribution, as the egress of a run each. */
function normalRuns(mean: number, deviation: number, count: number): Sampled['cells'][number] {
  return Array.from({ length: count }, (_, i) => {
    const z = -normalUpperQuantile((i + 0.5) / count);
    return [0, 0, 0, 0, 0, 0, 0, mean + deviation * z, 0];
  });
}

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

describe('the bootstrap over runs', () => {
  const RUNS = 101;
  // The median of n normal values is normal with the variance π/2 · σ²/n.
  const spread = (deviation: number): number => (Math.PI / 2) * (deviation ** 2 / RUNS);

  it.each([
    [100, 101, 10, 10],
    [100, 100, 10, 10],
    [100, 101.5, 8, 16],
    [100, 103, 10, 10],
  ])(
    'means %d and %d, deviations %d and %d: P(best) and regret are those of two normals',
    (a, b, sa, sb) => {
      const sampled = [
        { key: 'a', cells: [normalRuns(a, sa, RUNS)] },
        { key: 'b', cells: [normalRuns(b, sb, RUNS)] },
      ];
      const { best, expectedRegret, regretWhenWrong, breaks } = new Bootstrap(
        sampled,
        RULE,
        7,
      ).certainty('a');
      const deviation = Math.sqrt(spread(sa) + spread(sb));
      const z = (b - a) / deviation;
      const wins = 1 - normalUpperTail(z);
      // E max(0, A − B) = σ φ(z) − Δ Φ(−z), and the best is about b when it is not a.
      const loss = deviation * density(z) - (b - a) * normalUpperTail(z);
      expect(best.get('a')).toBeCloseTo(wins, 1);
      expect(Math.abs(best.get('a')! - wins)).toBeLessThan(0.03);
      expect(best.get('a')! + best.get('b')!).toBeCloseTo(1, 12);
      expect(expectedRegret).toBeGreaterThan((0.85 * loss) / b - 2e-4);
      expect(expectedRegret).toBeLessThan((1.15 * loss) / b + 2e-4);
      // Draws in which both are equal are half of each, and wrong in none.
      expect(regretWhenWrong * best.get('b')!).toBeGreaterThan(expectedRegret * 0.99);
      expect(regretWhenWrong * best.get('b')!).toBeLessThan(expectedRegret * 1.2);
      expect(breaks).toBe(0);
    },
  );

  it('is the same for the same seed, and another one for another', () => {
    const sampled = ['a', 'b'].map((key) => ({ key, cells: [normalRuns(100, 10, 9)] }));
    sampled[1] = { key: 'b', cells: [normalRuns(101, 10, 9)] };
    const share = (seed: number): number =>
      new Bootstrap(sampled, RULE, seed, 2_000).certainty('a').best.get('a')!;
    expect(share(1)).toBe(share(1));
    expect(share(1)).not.toBe(share(2));
  });

  it('knows how often the chosen one misses an objective, which is no regret', () => {
    const objectives = [
      { expression: 'p99<5ms', metric: 'p99', operator: '<', limit: 5_000 },
    ] as const;
    const [cost] = lexicographic(objectives, PRICES);
    // Of seven runs three miss it: their median does when four draws or more are of these.
    const runs = Array.from({ length: 7 }, (_, i) => [
      0,
      0,
      0,
      0,
      0,
      0,
      i < 3 ? 6_000 : 4_000,
      0,
      1,
      0,
    ]);
    const sampled = [{ key: 'a', cells: [runs] }];
    const rule = { objectives, first: cost!, last: cost!, within: 0 };
    const { breaks, best, expectedRegret } = new Bootstrap(sampled, rule, 1).certainty('a');
    const p = 3 / 7;
    const choose = (k: number): number => [1, 7, 21, 35, 35, 21, 7, 1][k]!;
    const chance = [4, 5, 6, 7].reduce(
      (sum, k) => sum + choose(k) * p ** k * (1 - p) ** (7 - k),
      0,
    );
    expect(Math.abs(breaks - chance)).toBeLessThan(0.02);
    expect(best.get('a')).toBeCloseTo(1 - breaks, 12);
    expect(expectedRegret).toBe(0);
  });

  it('expects less regret of more runs that scatter alike', () => {
    const sampled = [
      { key: 'a', cells: [normalRuns(100, 10, 15)] },
      { key: 'b', cells: [normalRuns(103, 10, 15)] },
    ];
    const bootstrap = new Bootstrap(sampled, RULE, 3);
    const now = bootstrap.certainty('a').expectedRegret;
    expect(bootstrap.withMore('a', 'b', 0, 2).expectedRegret).toBeLessThan(now * 0.9);
  });
});
