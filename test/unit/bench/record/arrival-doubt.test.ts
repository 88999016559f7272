import { describe, expect, it } from 'vitest';
import { ArrivalDoubt } from '../../../../bench/record/arrival-doubt.js';

describe('ArrivalDoubt', () => {
  it.each([
    // messages, stamped, µs from the time before which nothing came to the arrival, unknown
    ['of several messages that may be 1 ms wrong is taken', 5, true, 1_000, false],
    ['of several messages that may be wrong by more is not', 5, true, 1_001, true],
    ['of one message, whose stamp it is, is always taken', 1, true, 300_000, false],
    ['of one message without a stamp is not where it may have come earlier', 1, false, 1_001, true],
  ])('the arrival %s', (_, messages, isStamped, away, unknown) => {
    const doubt = new ArrivalDoubt();
    expect(doubt.isUnknown(messages, isStamped, 9_000_000, 9_000_000 - away, 0, 0)).toBe(unknown);
  });

  it('doubts nothing where nobody knows how long it lay unread', () => {
    expect(new ArrivalDoubt().isUnknown(9, true, 9_000_000, 0, 0, 0)).toBe(false);
  });

  it('keeps what was sent late: it may be wrong by a quarter of its latency', () => {
    const [doubt, at] = [new ArrivalDoubt(), 9_000_000];
    expect(doubt.isUnknown(50, true, at, at - 75_000, 300_000, 100)).toBe(false);
    expect(doubt.isUnknown(50, true, at, at - 75_001, 300_000, 100)).toBe(true);
  });

  it('takes what is wrong by less than latencies are, as far as their ends are known', () => {
    const doubt = new ArrivalDoubt();
    const at = 9_000_000;
    for (let i = 0; i < 4_096; i++) doubt.isUnknown(1, true, at, at - 10, 20_000, 20_000);
    // After n reads of one latency: 1 - (1 - 1/n)^n of it, 0.632 of 20 ms here.
    expect(doubt.isUnknown(2, true, at, at - 12_600, 20_000, 20_000)).toBe(false);
    expect(doubt.isUnknown(2, true, at, at - 12_700, 20_000, 20_000)).toBe(true);
  });
});
