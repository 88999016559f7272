/**
 * The example of draft-ietf-bmwg-mlrsearch-15, Appendix B: six points in time × four goals. The
 * draft contradicts its own code twice: "20% exceed" at points 5 and 6 has exceed ratios of
 * 42.857 % and 27.273 %, which are above 20 %, and prints Lower Bound. Here stands what the
 * definition gives.
 */
import { describe, expect, it } from 'vitest';
import { type Classification, classify } from '../../../../bench/search/mlr/classify.js';

interface Result {
  readonly seconds: number;
  readonly lossRatio: number;
}

const times = (count: number, seconds: number, lossRatio: number): Result[] =>
  Array.from({ length: count }, () => ({ seconds, lossRatio }));

const GOOD_59 = times(59, 1, 0);
const POINTS: readonly (readonly Result[])[] = [
  GOOD_59,
  [...GOOD_59, ...times(1, 1, 0.01)],
  [...GOOD_59, ...times(60, 1, 0.01)],
  [...times(60, 1, 0), ...times(60, 1, 0.01)],
  [...times(60, 1, 0), ...times(60, 1, 0.01), ...times(1, 60, 0.001)],
  [...times(60, 1, 0), ...times(60, 1, 0.01), ...times(1, 60, 0.001), ...times(1, 60, 0)],
];

const GOALS = {
  RFC2544: { fullLengthS: 60, durationSumS: 60, lossRatio: 0, exceedRatio: 0 },
  TST009: { fullLengthS: 60, durationSumS: 120, lossRatio: 0, exceedRatio: 0.5 },
  '1s final': { fullLengthS: 1, durationSumS: 120, lossRatio: 0.005, exceedRatio: 0.5 },
  '20% exceed': { fullLengthS: 60, durationSumS: 60, lossRatio: 0.005, exceedRatio: 0.2 },
} as const;

/** By goal, a row a point. Columns in the order of `COLUMNS`; seconds, then percent. */
const TABLE: Readonly<Record<keyof typeof GOALS, readonly (readonly (number | string)[])[]>> = {
  RFC2544: [
    [0, 0, 0, 59, 0, 0, 0, 0, 60, 60, 60, 0, 100, 'undecided'],
    [0, 0, 1, 59, 0, 1, 1, 1, 60, 59, 60, 1.667, 100, 'upper'],
    [0, 0, 60, 59, 0, 60, 60, 60, 60, 0, 60, 100, 100, 'upper'],
    [0, 0, 60, 60, 0, 60, 60, 60, 60, 0, 60, 100, 100, 'upper'],
    [60, 0, 60, 60, 0, 60, 120, 120, 120, 0, 120, 100, 100, 'upper'],
    [60, 60, 60, 60, 0, 60, 120, 180, 180, 0, 120, 66.667, 66.667, 'upper'],
  ],
  TST009: [
    [0, 0, 0, 59, 59, -59, 0, 0, 120, 120, 120, 0, 100, 'undecided'],
    [0, 0, 1, 59, 59, -58, 0, 0, 120, 120, 120, 0, 100, 'undecided'],
    [0, 0, 60, 59, 59, 1, 1, 1, 120, 119, 120, 0.833, 100, 'undecided'],
    [0, 0, 60, 60, 60, 0, 0, 0, 120, 120, 120, 0, 100, 'undecided'],
    [60, 0, 60, 60, 60, 0, 60, 60, 120, 60, 120, 50, 100, 'undecided'],
    [60, 60, 60, 60, 60, 0, 60, 120, 120, 0, 60, 50, 50, 'lower'],
  ],
  '1s final': [
    [0, 59, 0, 0, 0, 0, 0, 59, 120, 61, 61, 0, 50.833, 'undecided'],
    [1, 59, 0, 0, 0, 0, 1, 60, 120, 60, 61, 0.833, 50.833, 'undecided'],
    [60, 59, 0, 0, 0, 0, 60, 119, 120, 1, 61, 50, 50.833, 'undecided'],
    [60, 60, 0, 0, 0, 0, 60, 120, 120, 0, 60, 50, 50, 'lower'],
    [60, 120, 0, 0, 0, 0, 60, 180, 180, 0, 60, 33.333, 33.333, 'lower'],
    [60, 180, 0, 0, 0, 0, 60, 240, 240, 0, 60, 25, 25, 'lower'],
  ],
  '20% exceed': [
    [0, 0, 0, 59, 14.75, -14.75, 0, 0, 60, 60, 60, 0, 100, 'undecided'],
    [0, 0, 1, 59, 14.75, -13.75, 0, 0, 60, 60, 60, 0, 100, 'undecided'],
    [0, 0, 60, 59, 14.75, 45.25, 45.25, 45.25, 60, 14.75, 60, 75.417, 100, 'upper'],
    [0, 0, 60, 60, 15, 45, 45, 45, 60, 15, 60, 75, 100, 'upper'],
    [0, 60, 60, 60, 15, 45, 45, 105, 105, 0, 45, 42.857, 42.857, 'upper'],
    [0, 120, 60, 60, 15, 45, 45, 165, 165, 0, 45, 27.273, 27.273, 'upper'],
  ],
};

const COLUMNS: readonly ((one: Classification) => number | string)[] = [
  (one) => one.fullHigh,
  (one) => one.fullLow,
  (one) => one.shortHigh,
  (one) => one.shortLow,
  (one) => one.balancing,
  (one) => one.excess,
  (one) => one.effectiveHigh,
  (one) => one.effectiveFull,
  (one) => one.effectiveWhole,
  (one) => one.missing,
  (one) => one.pessimisticHigh,
  (one) => 100 * one.optimisticExceedRatio,
  (one) => 100 * one.pessimisticExceedRatio,
  (one) => one.result,
];

const CASES = Object.entries(GOALS).flatMap(([name, goal]) =>
  POINTS.map((results, i) => ({ name: name as keyof typeof GOALS, goal, results, point: i + 1 })),
);

describe('the class of a load', () => {
  it.each(CASES)('$name at point $point has every value of the draft', (one) => {
    const { name, goal, results, point } = one;
    const trials = results.map(({ seconds, lossRatio }) => ({
      durationS: seconds,
      outcome: lossRatio <= goal.lossRatio ? ('pass' as const) : ('fail' as const),
    }));
    const found = classify(trials, goal);
    const expected = TABLE[name][point - 1]!;
    expect(COLUMNS).toHaveLength(expected.length);
    for (const [i, of] of COLUMNS.entries()) {
      const value = of(found);
      if (typeof value === 'string') expect(value).toBe(expected[i]);
      else expect(value).toBeCloseTo(expected[i] as number, 3);
    }
  });

  it('takes no notice of void trials', () => {
    const target = { fullLengthS: 10, durationSumS: 50, exceedRatio: 0.5 };
    const passes = Array.from({ length: 3 }, () => ({ durationS: 10, outcome: 'pass' as const }));
    const voids = Array.from({ length: 9 }, () => ({ durationS: 10, outcome: 'void' as const }));
    expect(classify([...passes, ...voids], target)).toEqual(classify(passes, target));
    expect(classify(voids, target).result).toBe('undecided');
  });

  it('three of five full-length trials decide with the defaults, in either way', () => {
    const target = { fullLengthS: 10, durationSumS: 50, exceedRatio: 0.5 };
    const of = (outcomes: string): string =>
      classify(
        [...outcomes].map((one) => ({ durationS: 10, outcome: one === '+' ? 'pass' : 'fail' })),
        target,
      ).result;
    expect(['++', '+-+', '++--', '+++', '+-+-+', '---', '-+-+-'].map(of)).toEqual([
      ...['undecided', 'undecided', 'undecided', 'lower', 'lower', 'upper', 'upper'],
    ]);
  });
});
