import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Finding, measure } from '../../../bench/compare/decide.js';
import { fewestRuns, runsForInterval } from '../../../bench/compare/power.js';
import { metricOf } from '../../../bench/metric-catalogue.js';
import { Random, seedState } from '../../../src/random.js';
import { holm } from '../../../src/stats/index.js';

function compareAll(pairs: readonly (readonly [number[], number[]])[], margin = 0.05): Finding[] {
  const measured = pairs.map(([x, y]) => measure(metricOf('cpu'), x, y, margin));
  const adjusted = holm(measured.map(({ p }) => p ?? 1));
  return measured.map((one, i) => decide(one, one.p === null ? null : adjusted[i]!, pairs.length));
}

/** Skewed, as latencies are: the exponential of a sum of uniform numbers. */
function skewed(random: Random, factor: number): number[] {
  const uniform = (): number => random.nextInt(1_000_000) / 1_000_000;
  return Array.from(
    { length: 8 },
    () => factor * Math.exp((uniform() + uniform() + uniform() - 1.5) / 2),
  );
}

const values = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 12 });

describe('verdicts', () => {
  it('of a comparison without any difference claim one in 5 % of comparisons at most, however many metrics', () => {
    const random = new Random(seedState(7));
    let wrong = 0;
    for (let i = 0; i < 300; i++) {
      // No margin: only the statistics stand between noise and a claim.
      const same = Array.from({ length: 7 }, () => [skewed(random, 1), skewed(random, 1)] as const);
      if (compareAll(same, 0).some(({ verdict }) => verdict === 'better' || verdict === 'worse'))
        wrong += 1;
    }
    // 4.8 % by the exact distribution, and three standard deviations; seven tests without
    // correction would give 30 %.
    expect(wrong / 300).toBeLessThan(0.048 + 3 * Math.sqrt((0.048 * 0.952) / 300));
  });

  it('of a threefold difference are right nearly always', () => {
    const random = new Random(seedState(8));
    const pairs = Array.from(
      { length: 100 },
      () => [skewed(random, 1), skewed(random, 3)] as const,
    );
    const right = pairs.filter((pair) => compareAll([pair])[0]!.verdict === 'worse');
    expect(right.length).toBeGreaterThan(95);
  });

  it('of exchanged samples are opposite when the margin is the same, and say nothing that is not a number', () => {
    const opposite = {
      better: 'worse',
      worse: 'better',
      equivalent: 'equivalent',
      inconclusive: 'inconclusive',
    };
    fc.assert(
      fc.property(values, values, (x, y) => {
        const [[one], [other]] = [compareAll([[x, y]], 0), compareAll([[y, x]], 0)];
        expect(other!.verdict).toBe(opposite[one!.verdict]);
        expect(other!.needed).toBe(one!.needed);
        for (const value of Object.values(JSON.parse(JSON.stringify(one)))) {
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        }
        expect(JSON.parse(JSON.stringify(one))).toEqual(one);
      }),
    );
  });

  it('obey their definition', () => {
    fc.assert(
      fc.property(values, values, fc.double({ min: 0, max: 0.5, noNaN: true }), (x, y, margin) => {
        const [one] = compareAll([[x, y]], margin);
        const { verdict, shift_ci: interval, margin: least, p_adjusted: p, reason } = one!;
        if (verdict === 'worse') expect(interval!.low).toBeGreaterThan(least);
        if (verdict === 'better') expect(interval!.high).toBeLessThan(-least);
        if (verdict === 'better' || verdict === 'worse') expect(p).toBeLessThan(0.05);
        if (verdict === 'equivalent' && reason !== 'ALL_EQUAL') {
          expect(Math.max(-interval!.low, interval!.high)).toBeLessThanOrEqual(least);
        }
        if (verdict === 'inconclusive') expect(reason).not.toBeNull();
        if (verdict === 'inconclusive' && one!.needed !== null) {
          expect(one!.needed).toBeGreaterThan(Math.min(x.length, y.length));
        }
      }),
    );
  });
});

describe('how many runs it takes', () => {
  it.each([
    [1, 4],
    [5, 5],
    [20, 6],
    [28, 7],
    [100, 8],
  ])('%i tests need %i runs on each side, by C(2n, n)', (tests, runs) => {
    expect(fewestRuns(tests, 0.05)).toBe(runs);
  });

  it('half the distance to the margin takes four times the runs', () => {
    expect(runsForInterval(0, { low: -10, high: 10 }, 5, 8)).toBe(32);
    expect(runsForInterval(20, { low: 5, high: 35 }, 10, 8)).toBe(18);
    expect(runsForInterval(-20, { low: -60, high: -5 }, 10, 8)).toBe(18);
  });

  it('at the margin no number of runs is enough', () => {
    expect(runsForInterval(5, { low: -10, high: 20 }, 5, 8)).toBeNull();
    expect(runsForInterval(5.01, { low: -10, high: 20 }, 5, 8)).toBeNull();
  });
});
