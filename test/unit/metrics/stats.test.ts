import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapMedian,
  hodgesLehmann,
  holm,
  mannWhitney,
  median,
  normalUpperQuantile,
  shiftInterval,
  smallestP,
  usedMethod,
} from '../../../src/stats/index.js';
import { normalUpperTail } from '../../../src/stats/normal.js';
import { uDistribution } from '../../../src/stats/u-distribution.js';
import { codeOf } from '../../support/core/code-of.js';

interface RankCase {
  readonly x: number[];
  readonly y: number[];
  readonly hodges_lehmann_y_minus_x: number;
  readonly exact?: { readonly u1: number; readonly p: number };
  readonly asymptotic: { readonly u1: number; readonly p: number };
}
const { rank_tests: CASES } = JSON.parse(
  readFileSync(new URL('../../fixtures/metrics.json', import.meta.url), 'utf8'),
) as { rank_tests: RankCase[] };
const named = CASES.map((one): [string, RankCase] => [
  `${one.x.length} against ${one.y.length}`,
  one,
]);

describe('against SciPy', () => {
  it.each(named)('U and both p-values agree to 1e-12: %s', (_, { x, y, exact, asymptotic }) => {
    const ours = mannWhitney(x, y, 'asymptotic');
    expect(ours.u1).toBe(asymptotic.u1);
    expect(ours.p).toBeCloseTo(asymptotic.p, 12);
    if (exact === undefined) return;
    expect(mannWhitney(x, y, 'exact').u1).toBe(exact.u1);
    expect(mannWhitney(x, y, 'exact').p).toBeCloseTo(exact.p, 12);
  });

  it.each(named)(
    'auto is exact, and with ties near the approximation: %s',
    (_, { x, y, exact, asymptotic }) => {
      expect(usedMethod(x, y)).toBe('exact');
      if (exact === undefined) expect(mannWhitney(x, y).p).toBeCloseTo(asymptotic.p, 1);
      else expect(mannWhitney(x, y).p).toBeCloseTo(exact.p, 12);
    },
  );

  it.each(named)(
    'the Hodges–Lehmann shift agrees: %s',
    (_, { x, y, hodges_lehmann_y_minus_x: shift }) => {
      expect(hodgesLehmann(x, y)).toBeCloseTo(shift, 12);
    },
  );

  it.each([
    [0, 0.5],
    [0.5, 0.3085375387259869],
    [2.5, 0.006209665325776132],
    [3, 0.0013498980316300933],
    [5, 2.866515718791933e-7],
    [10, 7.61985302416047e-24],
    [37, 5.7255712225239266e-300],
    [-1, 0.8413447460685429],
  ])('P(Z > %d) has 13 correct digits', (z, p) => {
    expect(normalUpperTail(z) / p).toBeCloseTo(1, 12);
  });

  it.each([
    [0.025, 1.9599639845400545],
    [1e-10, 6.361340902404056],
    [0.7, -0.5244005127080407],
  ])('the quantile for a tail of %d agrees', (p, z) => {
    expect(normalUpperQuantile(p)).toBeCloseTo(z, 11);
  });
});

// M. Hollander and D. A. Wolfe (1973), p. 69 and following; R's
// `wilcox.test(x, y, conf.int = TRUE)` prints the same.
describe('the permeability data of Hollander and Wolfe', () => {
  const x = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const y = [1.15, 0.88, 0.9, 0.74, 1.21];

  it('has W = 35, p = 0.2544, a shift of 0.305 and an interval from −0.15 to 0.76', () => {
    const { u1, p } = mannWhitney(x, y);
    expect(u1).toBe(35);
    expect(p).toBeCloseTo(0.2544, 4);
    expect(hodgesLehmann(y, x)).toBeCloseTo(0.305, 12);
    const interval = shiftInterval(y, x);
    expect(interval?.low).toBeCloseTo(-0.15, 12);
    expect(interval?.high).toBeCloseTo(0.76, 12);
  });
});

/** Twice the smaller tail of U over every choice of as many values as x has; at most 1. */
function byEveryOrder(x: readonly number[], y: readonly number[]): number {
  const all = [...x, ...y];
  const uOf = (isX: (i: number) => boolean): number => {
    let u = 0;
    for (const [i, a] of all.entries())
      for (const [j, b] of all.entries()) if (isX(i) && !isX(j)) u += a > b ? 1 : a === b ? 0.5 : 0;
    return u;
  };
  const observed = uOf((i) => i < x.length);
  const us: number[] = [];
  for (let bits = 0; bits < 2 ** all.length; bits++) {
    const isX = (i: number): boolean => ((bits >> i) & 1) === 1;
    if (all.filter((_, i) => isX(i)).length === x.length) us.push(uOf(isX));
  }
  const share = (holds: (u: number) => boolean): number => us.filter(holds).length / us.length;
  return Math.min(
    1,
    2 *
      Math.min(
        share((u) => u <= observed),
        share((u) => u >= observed),
      ),
  );
}

describe('few values', () => {
  it('complete separation has the smallest p there is, two orders out of all', () => {
    expect(mannWhitney([1, 2, 3], [4, 5, 6]).p).toBeCloseTo(2 / 20, 15);
    expect(smallestP(3, 3)).toBeCloseTo(0.1, 15);
    expect(mannWhitney([1], [2])).toEqual({ u1: 0, p: 1 });
  });

  it('ties do not give them a smaller p than an exact test could', () => {
    expect(mannWhitney([0, 0, 0], [1, 1, 1], 'asymptotic').p).toBeCloseTo(0.04685417760387376, 12);
    expect(mannWhitney([0, 0, 0], [1, 1, 1]).p).toBeCloseTo(0.1, 15);
  });

  it('ties within one of them do not hide that they are apart', () => {
    const [x, y] = [
      [1, 2, 2, 3, 4, 5, 6],
      [7, 8, 9, 10, 11, 12],
    ];
    expect(mannWhitney(x, y, 'asymptotic').p).toBeGreaterThan(0.003);
    expect(mannWhitney(x, y).p).toBeCloseTo(2 / 1_716, 12);
  });

  it('with ties have the p that going through every order gives', () => {
    const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, values, (x, y) => {
        expect(mannWhitney(x, y, 'exact').p).toBeCloseTo(byEveryOrder(x, y), 12);
      }),
    );
  });

  it('three against three have no 95 % interval, four against four have one: all differences', () => {
    expect(shiftInterval([1, 2, 3], [4, 5, 6])).toBeNull();
    expect(shiftInterval([1, 2, 3, 4], [11, 12, 13, 14])).toEqual({ low: 7, high: 13 });
  });

  it('a lower confidence gives a shorter interval', () => {
    expect(shiftInterval([1, 2, 3], [4, 5, 6], 0.9)).toEqual({ low: 1, high: 5 });
  });
});

describe('samples without spread', () => {
  it('equal ones have p = 1, no shift and an interval of no length', () => {
    const x = [7, 7, 7, 7, 7];
    for (const method of ['auto', 'asymptotic'] as const) {
      expect(mannWhitney(x, x, method)).toEqual({ u1: 12.5, p: 1 });
    }
    expect(hodgesLehmann(x, x)).toBe(0);
    expect(shiftInterval(x, x)).toEqual({ low: 0, high: 0 });
    expect(bootstrapMedian(x, { seed: 1 })).toEqual({ median: 7, low: 7, high: 7 });
  });

  it('different ones have the shift and nothing else in the interval', () => {
    expect(shiftInterval([7, 7, 7, 7], [9, 9, 9, 9])).toEqual({ low: 2, high: 2 });
  });
});

describe('larger samples', () => {
  const x = Array.from({ length: 40 }, (_, i) => Math.sqrt(i));
  const y = Array.from({ length: 40 }, (_, i) => Math.cbrt(i) + 1);

  it('have the interval that the exact distribution gives, or the next longer one', () => {
    expect(usedMethod(x, y)).toBe('asymptotic');
    const differences = x.flatMap((from) => y.map((to) => to - from)).sort((a, b) => a - b);
    const k = uDistribution(40, 40).findIndex((below) => below > 0.025);
    expect([differences[k - 1], differences[k - 2]]).toContain(shiftInterval(x, y)!.low);
    expect([differences.at(-k), differences.at(1 - k)]).toContain(shiftInterval(x, y)!.high);
  });

  it('the approximation is within 0.001 of the exact p where p is small, just above 50 values', () => {
    const a = Array.from({ length: 26 }, (_, i) => i);
    for (let shift = 5; shift < 16; shift++) {
      const b = a.map((value) => value + shift + 0.5);
      const exact = mannWhitney(a, b, 'exact').p;
      if (exact < 0.1) expect(Math.abs(mannWhitney(a, b).p - exact)).toBeLessThan(0.001);
    }
  });
});

describe('the bootstrap interval of a median', () => {
  // Chances that the median of 11 draws from 11 values is at most the k-th: 0.0002, 0.0072, 0.0512,
  // 0.173 (binomial). The 2.5 % quantile is therefore the third value, whatever the seed.
  it('of 11 values goes from the third to the ninth', () => {
    const x = [6, 1, 11, 2, 10, 3, 9, 4, 8, 5, 7];
    for (const seed of [1, 2, 3]) {
      expect(bootstrapMedian(x, { seed })).toEqual({ median: 6, low: 3, high: 9 });
    }
  });

  it('depends on the seed and on nothing else', () => {
    const x = Array.from({ length: 20 }, (_, i) => Math.sin(i) * 100);
    expect(bootstrapMedian(x, { seed: 5, resamples: 200 })).toEqual(
      bootstrapMedian(x.toReversed(), { seed: 5, resamples: 200 }),
    );
    expect(bootstrapMedian(x, { seed: 5, resamples: 200 })).not.toEqual(
      bootstrapMedian(x, { seed: 6, resamples: 200 }),
    );
  });
});

describe('Holm', () => {
  it('multiplies the smallest by the number of tests, the next by one less, and never falls', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 15);
    expect(holm([0.5, 0.6])).toEqual([1, 1]);
    expect(holm([0.04])).toEqual([0.04]);
    // As if two more of p = 1 had been given: × 4, × 3.
    expect(holm([0.03, 0.01], 4)).toEqual([0.09, 0.04]);
    expect(holm([])).toEqual([]);
  });
});

describe('nonsense', () => {
  const refused = [
    ['an empty sample', () => mannWhitney([], [1])],
    ['NaN', () => mannWhitney([1, Number.NaN], [1])],
    ['an infinity', () => hodgesLehmann([1], [Number.POSITIVE_INFINITY])],
    ['an empty sample of an interval', () => shiftInterval([1], [])],
    ['an empty bootstrap', () => bootstrapMedian([], { seed: 1 })],
    [
      'a bootstrap of more values than runs',
      () => bootstrapMedian(new Array(1001).fill(1), { seed: 1 }),
    ],
    ['a seed that is none', () => bootstrapMedian([1], { seed: 0.5 })],
    ['no resamples', () => bootstrapMedian([1], { seed: 1, resamples: 0 })],
    ['certainty', () => bootstrapMedian([1], { seed: 1, confidence: 1 })],
    ['an exact test that would take minutes', () => mannWhitney(spread(0), spread(0.5), 'exact')],
    [
      'more pairs than memory should hold',
      () => hodgesLehmann(new Array(4000).fill(1), new Array(4000).fill(1)),
    ],
    ['a p that is none', () => holm([0.1, Number.NaN])],
    ['the median of nothing', () => median([])],
    // What the compiler would refuse, where there is one.
    ['a bootstrap without options', () => call(bootstrapMedian, [1, 2, 3])],
    ['a bootstrap with options that are none', () => call(bootstrapMedian, [1, 2, 3], 7)],
    ['a bootstrap without a seed', () => call(bootstrapMedian, [1, 2, 3], {})],
    ['half a resample', () => bootstrapMedian([1], { seed: 1, resamples: 100.5 })],
    ['resamples in words', () => call(bootstrapMedian, [1], { seed: 1, resamples: '1000' })],
    ['a method that is none', () => call(mannWhitney, [1], [2], 'foo')],
    ['a method that is null', () => call(mannWhitney, [1], [2], null)],
    ['a sample that is missing', () => call(mannWhitney, [1])],
    ['a sample that is not an array', () => call(hodgesLehmann, 1, [2])],
    ['a sample of texts', () => call(median, ['1', '2'])],
    ['a sample with a hole', () => call(median, new Array(2))],
    ['the median of a text', () => call(median, '123')],
    ['the median of bytes without a view', () => call(median, new DataView(new ArrayBuffer(8)))],
    ['differences that overflow', () => hodgesLehmann([-1.7e308], [1.7e308])],
    ['an interval of that', () => shiftInterval([-1.7e308], [1.7e308])],
    ['an interval of certainty', () => shiftInterval([1], [2], 1)],
    ['an interval of NaN', () => shiftInterval([1], [2], Number.NaN)],
    ['an interval in words', () => call(shiftInterval, [1], [2], '0.95')],
    ['no p-values', () => call(holm)],
    ['a p above 1', () => holm([0.5, 1.5])],
    ['fewer tests than p-values', () => holm([0.5, 0.5], 1)],
    ['a p below 0', () => holm([-0.1])],
    ['the method for nothing', () => usedMethod([], [1])],
    ['the smallest p of half a value', () => smallestP(1.5, 2)],
    ['the smallest p of no value', () => smallestP(0, 2)],
    ['the smallest p of endless values', () => smallestP(Infinity, Infinity)],
    ['a quantile of 0', () => normalUpperQuantile(0)],
    ['a quantile of 1', () => normalUpperQuantile(1)],
    ['a quantile of NaN', () => normalUpperQuantile(Number.NaN)],
  ] as const;
  const call = (action: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown =>
    action(...(args as never[]));
  const spread = (from: number): number[] => Array.from({ length: 101 }, (_, i) => from + i);

  it.each(refused)('%s is an error and never NaN', (_, act) => {
    expect(codeOf(act)).toBe('LAB_ERR_BAD_VALUE');
  });

  it('says what is missing', () => {
    expect(() => call(bootstrapMedian, [1, 2, 3])).toThrow(
      expect.objectContaining({
        message: 'the options of the bootstrap are undefined',
        hint: expect.stringContaining('bootstrapMedian(x, { seed: 1 })'),
      }),
    );
    expect(() => call(mannWhitney, [1], [2], 'foo')).toThrow(
      expect.objectContaining({
        message: 'the method of the Mann–Whitney test is "foo"',
        hint: 'choose from: auto, exact, asymptotic',
      }),
    );
    expect(() => call(median, [1, '2'])).toThrow('the sample[1] is "2"');
  });

  it('takes typed arrays, no tests at all, and samples too many to count the orders of', () => {
    expect(median(Float64Array.of(3, 1, 2) as unknown as number[])).toBe(2);
    expect(holm([])).toEqual([]);
    expect(smallestP(1e15, 1e15)).toBe(0);
  });

  it('an interval of almost no confidence is not turned inside out', () => {
    const { low, high } = bootstrapMedian([1, 2, 3, 4], { seed: 1, confidence: 1e-17 });
    expect(low).toBeLessThanOrEqual(high);
  });

  it('huge values do not overflow a median', () => {
    expect(median([1.7e308, 1.7e308, 1.7e308, 1.7e308])).toBe(1.7e308);
  });
});
