/**
 * The promise of `lab compare`: of comparisons without any difference, one in 5 % at most claims
 * one. With the noise that real sessions have: each has a level of its own, runs scatter around it.
 */
import { describe, expect, it } from 'vitest';
import { type CompareOptions, compareSides } from '../../../bench/compare/compare.js';
import type { Comparison } from '../../../bench/compare/comparison.js';
import type { LabResult } from '../../../bench/result/result.js';
import { makeRepeated, makeRuns } from '../../support/result/repeated.js';
import { Noise } from '../../support/run/noise.js';

/** Logarithmic standard deviations between sessions, and between the runs of one. */
const BETWEEN = 0.15;
const WITHIN = 0.05;

const TEMPLATE = makeRepeated(1, makeRuns(new Array(5).fill({})));

let started = 0;

/** Five runs; every figure at a level of the session. */
function session(noise: Noise, factor: number): { name: string; result: LabResult } {
  const [p50, p99, cpu] = [900 * factor, 4_000 * factor, 2].map(
    (level) => level * Math.exp(BETWEEN * noise.normal()),
  ) as [number, number, number];
  const around = (level: number): number => level * Math.exp(WITHIN * noise.normal());
  const cells = TEMPLATE.cells.map((cell) => ({
    ...cell,
    latency_us: { ...cell.latency_us, p50: around(p50), p99: around(p99) },
    cpu_us_per_delivery: { ...cell.cpu_us_per_delivery, server: around(cpu) },
  }));
  started += 1;
  return { name: 'x', result: { ...TEMPLATE, startedAt: `session ${started}`, cells } };
}

function compared(
  noise: Noise,
  count: number,
  factor: number,
  options: CompareOptions,
): Comparison {
  const side = (of: number) => Array.from({ length: count }, () => session(noise, of));
  // Without a margin only the statistics stand between noise and a claim.
  return compareSides([side(1), side(factor)], { margin: 0, ...options });
}

function claims({ totals }: Comparison): boolean {
  return totals.better + totals.worse > 0;
}

function shareOf(trials: number, claimed: () => boolean): number {
  return Array.from({ length: trials }, claimed).filter(Boolean).length / trials;
}

describe('of sessions of one and the same thing', () => {
  it.each([3, 5, 8])('%i a side claim a difference in 5 % of comparisons at most', (count) => {
    const noise = new Noise(count);
    const trials = 200;
    const wrong = shareOf(trials, () => claims(compared(noise, count, 1, {})));
    expect(wrong).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials));
  });

  it('one a side would claim one in most, if its runs were the sample', () => {
    const noise = new Noise(1);
    const wrong = shareOf(50, () => claims(compared(noise, 1, 1, { sameSession: true })));
    expect(wrong).toBeGreaterThan(0.3);
    expect(shareOf(50, () => claims(compared(noise, 1, 1, {})))).toBe(0);
  });
});

it('five sessions a side find what is twice as slow nearly always', () => {
  const noise = new Noise(11);
  const found = shareOf(40, () => compared(noise, 5, 2, {}).totals.worse >= 2);
  expect(found).toBeGreaterThan(0.9);
});
