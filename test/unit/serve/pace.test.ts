import { describe, expect, it } from 'vitest';
import { DEFAULT_RATE, type Pace, type PaceOptions, paceFor } from '../../../src/serve/pace.js';
import type { SourceItem } from '../../../src/sources/source.js';
import { codeOf } from '../../support/core/code-of.js';

const T0 = 1_700_000_000_000_000;
const PLAIN: PaceOptions = { rate: undefined, speed: undefined, live: false };

function item(time?: number): SourceItem {
  return time === undefined ? { key: 'k', value: 1 } : { key: 'k', value: 1, time };
}

/** When the next item is due, asked twice, and then it is taken. */
function dueAt(pace: Pace, time: number | undefined, now: number): number {
  const due = pace.dueAt(item(time), now);
  expect(pace.dueAt(item(time), now)).toBe(due);
  pace.advance();
  return due;
}

/** µs after the first at which items of these times are due, read without delay. */
function offsets(times: readonly (number | undefined)[], options: PaceOptions): number[] {
  const pace = paceFor(item(times[0]), options);
  return times.map((time) => dueAt(pace, time, T0) - T0);
}

describe('the pace of a source', () => {
  it('is that of its times, whatever they count from', () => {
    expect(offsets([-5e6, -4e6, -4e6, 1e6], PLAIN)).toEqual([0, 1e6, 1e6, 6e6]);
  });

  it('is divided by the speed', () => {
    expect(offsets([0, 1e6, 6e6], { ...PLAIN, speed: 4 })).toEqual([0, 250_000, 1_500_000]);
  });

  it('has an item without a time, or with an earlier one, due with the item before it', () => {
    expect(offsets([10, 5_010, undefined, 3_010, 7_010], PLAIN)).toEqual([
      0, 5_000, 5_000, 5_000, 7_000,
    ]);
  });

  it('is a fixed rate where one is asked for, times or not, and no rounding adds up', () => {
    const due = offsets(Array(3_001).fill(0), { ...PLAIN, rate: 3 });
    expect(due.slice(0, 2)).toEqual([0, expect.closeTo(333_333.3, 0)]);
    expect(due[3_000]).toBe(1e9);
  });

  it('is 10 items/s where there are no times', () => {
    expect(DEFAULT_RATE).toBe(10);
    expect(offsets([undefined, undefined, undefined], PLAIN)).toEqual([0, 100_000, 200_000]);
  });

  it('of a live source is its own, times or not', () => {
    expect(offsets([0, 9e9, undefined], { ...PLAIN, live: true })).toEqual([0, 0, 0]);
  });

  it('cannot be a multiple of times that are not there', () => {
    expect(codeOf(() => paceFor(item(), { ...PLAIN, speed: 2 }))).toBe('LAB_ERR_BAD_VALUE');
  });

  it('makes up for a short delay, and forgives one of more than a second instead of a burst', () => {
    const pace = paceFor(item(), { ...PLAIN, rate: 10 });
    expect(dueAt(pace, undefined, T0)).toBe(T0);
    expect(dueAt(pace, undefined, T0 + 900_000), 'late by 0.8 s').toBe(T0 + 100_000);
    expect(dueAt(pace, undefined, T0 + 60e6), 'late by nearly a minute').toBe(T0 + 60e6);
    expect(dueAt(pace, undefined, T0 + 60e6)).toBe(T0 + 60e6 + 100_000);
  });

  it('is worth a thread where a late timer is a tenth of it, and never in a recording or a live feed', () => {
    const ticks = (options: Partial<PaceOptions>, time?: number): number | undefined =>
      paceFor(item(time), { ...PLAIN, ...options }).tickMicros;
    expect([10, 99, 100, 1_000, 50_000].map((rate) => ticks({ rate }))).toEqual([
      undefined,
      undefined,
      10_000,
      1_000,
      500,
    ]);
    expect(ticks({})).toBeUndefined();
    expect(ticks({ speed: 1_000 }, 0)).toBeUndefined();
    expect(ticks({ live: true })).toBeUndefined();
  });
});
