import { describe, expect, it } from 'vitest';
import {
  agrees,
  correctionOf,
  errorOf,
  offsetOf,
  reconciled,
  spanned,
  UNKNOWN_OFFSET,
} from '../../../../bench/workload/clock-offset.js';

const INFINITE = Number.POSITIVE_INFINITY;

describe('what exchanges tell of a clock', () => {
  it('is where all of them overlap: of the quickest, half a round trip is in doubt', () => {
    // Ours is 5,000 behind; there and back take 300 + 100, and 40 + 60.
    const slow = { askedAt: 1_000, toldAt: 6_300, heardAt: 1_400 };
    const quick = { askedAt: 2_000, toldAt: 7_040, heardAt: 2_100 };
    const offset = offsetOf([slow, quick]);
    expect(offset).toEqual({ min: 4_940, max: 5_041 });
    expect(correctionOf(offset, false)).toBe(4_991);
    expect(errorOf(offset, 4_991)).toBe(51);
  });

  it('is nothing where there was none, or nobody knows when it was asked', () => {
    expect(offsetOf([])).toEqual(UNKNOWN_OFFSET);
    const unasked = { askedAt: -INFINITE, toldAt: 7, heardAt: 5 };
    expect(offsetOf([unasked])).toEqual({ min: 2, max: INFINITE });
    expect(correctionOf(offsetOf([unasked]), false)).toBeNull();
  });
});

describe('the correction of latencies', () => {
  it('is none where both clocks are of one machine and may agree, and then the error is what they may differ by', () => {
    const offset = { min: -3_000, max: 200 };
    expect(agrees(offset)).toBe(true);
    expect(correctionOf(offset, true)).toBe(0);
    expect(errorOf(offset, 0)).toBe(3_000);
    expect(correctionOf(offset, false)).toBe(-1_400);
  });

  it.each([-1, 1])(
    'is the middle of what is known where they are proven to differ (%i)',
    (sign) => {
      const offset = sign > 0 ? { min: 2_900, max: 3_100 } : { min: -3_100, max: -2_900 };
      expect(agrees(offset)).toBe(false);
      expect(correctionOf(offset, true)).toBe(sign * 3_000);
      expect(errorOf(offset, sign * 3_000)).toBe(100);
    },
  );

  it('has the error of both ends of a window in which the clocks drifted', () => {
    const [before, after] = [
      { min: -50, max: 50 },
      { min: 60, max: 140 },
    ];
    expect(errorOf(spanned(before, after), 0)).toBe(140);
  });
});

describe('stamps and the clock that the server tells', () => {
  const told = { min: -100, max: 100 };

  it('are one clock as long as they can be', () => {
    expect(reconciled({ min: -4_000, max: 900 }, told)).toEqual(told);
    expect(reconciled({ min: -60, max: 900 }, told)).toEqual({ min: -60, max: 100 });
    expect(reconciled({ min: 130, max: 900 }, told)).toEqual({ min: 100, max: 130 });
  });

  it('are two where they contradict each other: latencies count from the stamps', () => {
    for (const stamped of [
      { min: 2_900, max: 3_400 },
      { min: -9e9, max: -9e9 + 500 },
      { min: 2_900, max: INFINITE },
    ])
      expect(reconciled(stamped, told)).toEqual(stamped);
  });
});
