import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reordering, rfc3550Jitter } from '../../../src/metrics/index.js';
import {
  hodgesLehmann,
  holm,
  mannWhitney,
  median,
  shiftInterval,
  smallestP,
} from '../../../src/stats/index.js';

/**
 * Whole numbers, so that sums and differences are exact; from a small range when ties are wanted.
 */
const sample = (max: number, maxLength = 12): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength });
const pair = fc.oneof(fc.tuple(sample(5), sample(5)), fc.tuple(sample(100_000), sample(100_000)));

/** Every way to choose `n` of the values, with the rest. */
function* splits(values: readonly number[], n: number): Generator<[number[], number[]]> {
  const [first, ...rest] = values;
  if (first === undefined) {
    if (n === 0) yield [[], []];
    return;
  }
  for (const [x, y] of splits(rest, n - 1)) yield [[first, ...x], y];
  for (const [x, y] of splits(rest, n)) yield [x, [first, ...y]];
}

describe('Mann–Whitney', () => {
  it('U of both samples adds up to the number of pairs, and exchanging them changes nothing else', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        const [one, other] = [mannWhitney(x, y), mannWhitney(y, x)];
        expect(one.u1 + other.u1).toBe(x.length * y.length);
        expect(one.p).toBe(other.p);
      }),
    );
  });

  it('U is the number of pairs won, a tie counting one half', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        const won = x.flatMap((a) => y.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
        expect(mannWhitney(x, y).u1).toBe(won.reduce((sum, one) => sum + one, 0));
      }),
    );
  });

  it('p is above 0, at most 1, never below what an exact test can give, and only the order of the values matters', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        const { p } = mannWhitney(x, y);
        expect(p).toBeGreaterThanOrEqual(smallestP(x.length, y.length) * (1 - 1e-12));
        expect(p).toBeLessThanOrEqual(1);
        const stretch = (value: number): number => value ** 3 + 7 * value - 2;
        expect(mannWhitney(x.map(stretch), y.map(stretch)).p).toBe(p);
      }),
    );
  });

  it.each([
    [1, 4],
    [2, 3],
    [3, 3],
    [3, 6],
    [5, 5],
  ])('the exact p of %i against %i is the share of all orders that are as extreme', (n, m) => {
    const all = [...splits([...Array(n + m).keys()], n)].map(([x, y]) => ({
      x,
      y,
      u: mannWhitney(x, y).u1,
    }));
    const distance = (u: number): number => Math.abs(u - (n * m) / 2);
    for (const { x, y, u } of all.filter((_, i) => i % 7 === 0)) {
      const extreme = all.filter((other) => distance(other.u) >= distance(u)).length;
      expect(mannWhitney(x, y, 'exact').p).toBeCloseTo(extreme / all.length, 12);
    }
  });
});

describe('the Hodges–Lehmann shift', () => {
  it('moves with the values, turns with the samples, and lies in its interval', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: -1000, max: 1000 }), ([x, y], by) => {
        const shift = hodgesLehmann(x, y);
        expect(hodgesLehmann(y, x)).toBe(shift === 0 ? 0 : -shift);
        const moved = y.map((value) => value + by);
        expect(hodgesLehmann(x, moved)).toBe(shift + by);
        const interval = shiftInterval(x, y);
        if (interval === null) return;
        expect(interval.low).toBeLessThanOrEqual(shift);
        expect(interval.high).toBeGreaterThanOrEqual(shift);
        expect(shiftInterval(x, moved)).toEqual({
          low: interval.low + by,
          high: interval.high + by,
        });
      }),
    );
  });

  it.each([
    [4, 4],
    [3, 6],
    [5, 5],
    [6, 5],
  ])(
    'the interval of %i against %i leaves out 0 exactly when the test rejects at 5 %, so it covers 95 %',
    (n, m) => {
      let missed = 0;
      let all = 0;
      for (const [x, y] of splits([...Array(n + m).keys()], n)) {
        const { low, high } = shiftInterval(x, y)!;
        const outside = low > 0 || high < 0;
        expect(outside).toBe(mannWhitney(x, y, 'exact').p <= 0.05);
        all += 1;
        if (outside) missed += 1;
      }
      expect(missed / all).toBeLessThanOrEqual(0.05);
    },
  );
});

describe('Holm', () => {
  it('never lowers a p, keeps their order, and rejects what stepping down through them rejects', () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(ps, (values) => {
        const adjusted = holm(values);
        const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
        let rejecting = true;
        let last = 0;
        for (const [rank, i] of order.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(values[i]!);
          expect(adjusted[i]).toBeGreaterThanOrEqual(last);
          expect(adjusted[i]).toBeLessThanOrEqual(1);
          last = adjusted[i]!;
          rejecting &&= values[i]! * (values.length - rank) < 0.05;
          expect(adjusted[i]! < 0.05).toBe(rejecting);
        }
      }),
    );
  });
});

describe('the median', () => {
  it('has as many values below as above', () => {
    fc.assert(
      fc.property(sample(20), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('network metrics', () => {
  it('reordering is what its definitions say, read literally', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 });
    fc.assert(
      fc.property(arrivals, (sequences) => {
        const unique = sequences.filter((sequence, i) => sequences.indexOf(sequence) === i);
        const late = [...unique.keys()].filter((i) =>
          unique.slice(0, i).some((s) => s > unique[i]!),
        );
        const behind = (i: number, n: number): boolean =>
          i >= n && unique.slice(i - n, i).every((s) => s > unique[i]!);
        const atLeast = (n: number): number => late.filter((i) => behind(i, n)).length;
        expect(reordering(sequences)).toEqual({
          receivedUnique: unique.length,
          duplicates: sequences.length - unique.length,
          reordered: late.length,
          extents: late.map((i) => i - unique.findIndex((s) => s > unique[i]!)),
          nReordered: { 1: atLeast(1), 2: atLeast(2), 3: atLeast(3) },
        });
      }),
    );
  });

  it('jitter is never negative, and never above the largest difference of transit times', () => {
    const packets = fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(1_000_000)), { maxLength: 50 });
    fc.assert(
      fc.property(packets, (times) => {
        const [sent, received] = [times.map(([at]) => at), times.map(([at, delay]) => at + delay)];
        const steps = times.slice(1).map(([, delay], i) => Math.abs(delay - times[i]![1]));
        const jitter = rfc3550Jitter(sent, received);
        expect(jitter).toHaveLength(steps.length);
        for (const one of jitter) {
          expect(one).toBeGreaterThanOrEqual(0);
          expect(one).toBeLessThanOrEqual(Math.max(...steps));
        }
      }),
    );
  });
});
