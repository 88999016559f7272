import { describe, expect, it } from 'vitest';
import { plannedMessages, wholeMicros } from '../../../../bench/workload/schedule.js';
import { exactDue } from '../../../support/source/exact-due.js';

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
