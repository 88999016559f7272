import { describe, expect, it } from 'vitest';
import { fixedRate, recordedPace } from '../../../src/pacer/schedule.js';
import type { SourceItem } from '../../../src/sources/source.js';
import { exactDue } from '../../support/source/exact-due.js';

const NO_TIME: SourceItem = { key: 'a', value: 1 };
const at = (time: number): SourceItem => ({ ...NO_TIME, time });

describe('fixedRate', () => {
  it.each([1, 3, 7, 33.3, 100, 999, 1_000, 44_100, 1_000_000, 10_000_000])(
    'at %d/s message n is due n ÷ rate after the start to the microsecond, however large n: no drift',
    (rate) => {
      const { dueMicros } = fixedRate(rate);
      const thousandths = BigInt(Math.round(rate * 1_000));
      for (const n of [0, 1, 2, 3, 999, 86_400, 1_000_001, 123_456_789, 864_000_000]) {
        expect(BigInt(dueMicros(n, NO_TIME))).toBe(exactDue(BigInt(n), thousandths));
      }
    },
  );

  it('looks as often as messages are due, but no more often than every 500 µs', () => {
    expect([1, 100, 2_000, 1_000_000].map((rate) => fixedRate(rate).tickMicros)).toEqual([
      1_000_000, 10_000, 500, 500,
    ]);
  });
});

describe('recordedPace', () => {
  it('keeps the distances of the recording, divided by the speed', () => {
    const { dueMicros } = recordedPace(4);
    const first = 1_700_000_000_000_000;
    const due = [0, 1_000, 1_000, 2_000_000, 3_600_000_000].map((after, n) =>
      dueMicros(n, at(first + after)),
    );
    expect(due).toEqual([0, 250, 250, 500_000, 900_000_000]);
  });

  it('gives whole microseconds and never goes back, whatever the times do', () => {
    const { dueMicros } = recordedPace(3);
    expect([100, 101, 102, 90, 103].map((time, n) => dueMicros(n, at(time)))).toEqual([
      0, 0, 1, 1, 1,
    ]);
  });

  it('an item without a time is due with the one before it; the first with a time sets the beginning', () => {
    const { dueMicros } = recordedPace(0.5);
    const items = [NO_TIME, at(50), NO_TIME, at(60), NO_TIME];
    expect(items.map((item, n) => dueMicros(n, item))).toEqual([0, 0, 0, 20, 20]);
  });
});
