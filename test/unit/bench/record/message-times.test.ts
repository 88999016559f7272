import { describe, expect, it } from 'vitest';
import { MessageTimes } from '../../../../bench/record/message-times.js';

describe('MessageTimes', () => {
  it('differences of the low 32 bits are the differences of the times, as long as those are below 2^31 µs', () => {
    const base = 1_700_000_000_000_000;
    const times = MessageTimes.of(Float64Array.of(base, base + 1, base + 2 ** 31 - 1, 2 ** 53 - 1));
    const now = base + 2 ** 31 - 1;
    expect([0, 1, 2].map((at) => (now - times.low[at]!) | 0)).toEqual([
      2 ** 31 - 1,
      2 ** 31 - 2,
      0,
    ]);
    expect([...times.exact]).toEqual([base, base + 1, now, 2 ** 53 - 1]);
  });

  it('a time of 0 is known as well', () => {
    const times = new MessageTimes(2);
    expect(times.has(0)).toBe(false);
    times.set(0, 0);
    expect([times.has(0), times.has(1), times.has(2)]).toEqual([true, false, false]);
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[0, 2, 1]]])(
    'notices a time later than its successor, whichever becomes known last: order %j',
    (order) => {
      const falling = new MessageTimes(3);
      for (const at of order) falling.set(at, at === 1 ? 10 : at);
      expect(falling.ordered).toBe(false);
    },
  );

  it('times that rise are in order, whichever becomes known last', () => {
    const rising = new MessageTimes(4);
    for (const at of [2, 0, 3, 1]) rising.set(at, at);
    expect(rising.ordered).toBe(true);
  });

  it('equal times are in order', () => {
    expect(MessageTimes.of(Float64Array.of(5, 5, 5)).ordered).toBe(true);
  });
});
