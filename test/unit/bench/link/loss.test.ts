import { describe, expect, it } from 'vitest';
import {
  conditionalLoss,
  expectedLosses,
  lossRange,
  meanBurst,
} from '../../../../bench/link/closed-forms.js';
import { Draws, PURPOSE } from '../../../../bench/link/model/draws.js';
import { burstsOf, lossesOf, specOf } from '../../../support/link/offered.js';

const PACKETS = 300_000;
const lossOf = (text: string) => specOf(text).down.loss;
/** Numbers of lost packets, from 1. */
const numbers = (losses: readonly boolean[]): number[] =>
  losses.flatMap((isLost, i) => (isLost ? [i + 1] : []));

describe('a draw', () => {
  it('is evenly spread, in every part of the range, for every flow and purpose', () => {
    const cells = 64;
    for (const [flow, purpose] of [
      [0, PURPOSE.loss],
      [1, PURPOSE.loss],
      [77, PURPOSE.bit],
    ] as const) {
      const draws = new Draws(42, flow, purpose);
      const counts = new Array<number>(cells).fill(0);
      for (let n = 1; n <= 64_000; n++) counts[Math.floor(draws.shareAt(n) * cells)]! += 1;
      const chi2 = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
      // 63 degrees of freedom: outside with a chance of 0.0001 each.
      expect(chi2).toBeGreaterThan(28);
      expect(chi2).toBeLessThan(115);
    }
  });

  it('is correlated neither with the next one, nor with that of a neighbour', () => {
    const shares = (seed: number, flow: number, purpose: number): number[] => {
      const draws = new Draws(seed, flow, purpose);
      return Array.from({ length: 40_001 }, (_, n) => draws.shareAt(n) - 0.5);
    };
    const here = shares(1, 2, PURPOSE.loss);
    const others = [
      here.slice(1),
      shares(1, 3, PURPOSE.loss),
      shares(1, 2, PURPOSE.jitter),
      shares(2, 2, PURPOSE.loss),
    ];
    for (const other of others) {
      const sum = other.slice(0, 40_000).reduce((all, share, i) => all + share * here[i]!, 0);
      // A sum of 40,000 products of deviation 1/12 each.
      expect(Math.abs(sum) / (Math.sqrt(40_000) / 12)).toBeLessThan(4);
    }
  });

  it('is the same whenever it is asked for, and goes on behind 2^32 packets', () => {
    const draws = new Draws(7, 1, 0);
    const again = new Draws(7, 1, 0);
    expect([5, 1, 3].map((n) => draws.wordAt(n))).toEqual([5, 1, 3].map((n) => again.wordAt(n)));
    expect(draws.wordAt(2 ** 32 + 5)).not.toBe(draws.wordAt(5));
    expect(draws.wordAt(5)).toBe(draws.wordAt(5) | 0);
  });
});

describe('the loss of a link', () => {
  it.each([
    'loss=0.1%',
    'loss=1%',
    'loss=30%',
    'loss=1%/burst=1',
    'loss=1%/burst=3',
    'loss=5%/burst=20',
    'loss=50%/burst=1.5',
    'loss=20%/burst=1',
  ])('%s: as many, in bursts as long, as asked for', (text) => {
    const [, percent = '', burst] = /^loss=(.*)%(?:\/burst=(.*))?$/.exec(text) ?? [];
    const ratio = Number(percent) / 100;
    const expectedBurst = burst === undefined ? 1 / (1 - ratio) : Number(burst);
    const { lost, bursts, behindLost } = burstsOf(lossesOf(text, PACKETS));
    const range = lossRange(lossOf(text), PACKETS, 0.9999);
    expect(lost).toBeGreaterThanOrEqual(range.low);
    expect(lost).toBeLessThanOrEqual(range.high);
    // Lengths are geometric: their deviation is √(L (L − 1)).
    const error = Math.sqrt((expectedBurst * (expectedBurst - 1)) / bursts);
    expect(Math.abs(lost / bursts - expectedBurst)).toBeLessThanOrEqual(4 * error);
    const behind = 1 - 1 / expectedBurst;
    expect(Math.abs(behindLost / lost - behind)).toBeLessThanOrEqual(
      4 * Math.sqrt((behind * (1 - behind)) / lost),
    );
    expect(meanBurst(lossOf(text))).toBeCloseTo(expectedBurst, 10);
    expect(conditionalLoss(lossOf(text))).toBeCloseTo(behind, 10);
  });

  it('comes without bursts at random: a loss says nothing of the next packet', () => {
    const losses = lossesOf('loss=10%', PACKETS);
    const { lost, behindLost } = burstsOf(losses);
    expect(behindLost / lost).toBeCloseTo(0.1, 2);
  });

  it('hits the first packets as often as all others, with bursts, too', () => {
    const seeds = Array.from({ length: 2_000 }, (_, seed) => seed);
    const first = seeds.filter((seed) => lossesOf('loss=10%/burst=5', 1, seed)[0]).length;
    expect(first).toBeGreaterThan(200 - 54);
    expect(first).toBeLessThan(200 + 54);
  });

  it('of every n-th packet is exactly that', () => {
    expect(numbers(lossesOf('loss=every:1000', 3_500))).toEqual([1_000, 2_000, 3_000]);
    expect(lossRange(lossOf('loss=every:1000'), 3_500, 0.95)).toEqual({ low: 3, high: 3 });
  });

  it('of listed packets is exactly these', () => {
    expect(numbers(lossesOf('loss=list:1,2,3,9', 20))).toEqual([1, 2, 3, 9]);
    const loss = lossOf('loss=list:1,2,3,9');
    expect(expectedLosses(loss, 8)).toBe(3);
    expect([meanBurst(loss), conditionalLoss(loss)]).toEqual([2, 0.5]);
  });

  it('may be none, and all', () => {
    expect(burstsOf(lossesOf('loss=0%', 1_000)).lost).toBe(0);
    expect(burstsOf(lossesOf('loss=100%', 1_000)).lost).toBe(1_000);
    expect(meanBurst(lossOf('loss=0%'))).toBe(0);
  });
});
