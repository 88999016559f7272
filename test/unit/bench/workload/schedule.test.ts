import { describe, expect, it } from 'vitest';
import {
  fixedRate,
  plannedMessages,
  recordedPace,
  wholeMicros,
} from '../../../../bench/workload/schedule.js';
import type { SourceItem } from '../../../../src/sources/source.js';

const NO_TIME: SourceItem = { key: 'a', value: 1 };
const at = (time: number): SourceItem => ({ ...NO_TIME, time });

/** n ÷ rate in whole µs, half up, for a rate of `thousandths` ÷ 1,000 per second: integers only. */
function exactDue(n: bigint, thousandths: bigint): bigint {
  return (2n * n * 1_000_000_000n + thousandths) / (2n * thousandths);
}

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

describe('plannedMessages', () => {
  it('is what counting one by one gives, for any rate, warm-up and duration', () => {
    const rates = [1, 2.5, 3, 3.3, 7, 33.3, 99.9, 100, 333, 1_000, 12_345.678];
    for (const rate of rates) {
      for (const warmupMs of [0, 0.4, 1, 33, 333.333, 1_000]) {
        for (const durationMs of [0.5, 1, 100, 333.3, 1_000, 2_999]) {
          const start = BigInt(wholeMicros(warmupMs));
          const end = start + BigInt(wholeMicros(durationMs));
          const thousandths = BigInt(Math.round(rate * 1_000));
          let counted = 0;
          for (let n = 0n; ; n++) {
            const due = exactDue(n, thousandths);
            if (due >= end) break;
            if (due >= start) counted += 1;
          }
          expect([rate, warmupMs, durationMs, plannedMessages(rate, warmupMs, durationMs)]).toEqual(
            [rate, warmupMs, durationMs, counted],
          );
        }
      }
    }
  });

  it('is rate × duration where that is whole, with and without a warm-up', () => {
    expect(plannedMessages(100, 1_000, 5_000)).toBe(500);
    expect(plannedMessages(3, 0, 1_000)).toBe(3);
    expect(plannedMessages(1_000_000, 250, 10_000)).toBe(10_000_000);
  });

  it('is 0 when no message falls into the window', () => {
    // At 1/s messages are due at 0 s and 1 s.
    expect(plannedMessages(1, 100, 800)).toBe(0);
    expect(plannedMessages(1, 100, 900.001)).toBe(1);
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
