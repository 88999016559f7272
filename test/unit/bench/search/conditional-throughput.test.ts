import { describe, expect, it } from 'vitest';
import { forwardingQuantile } from '../../../../bench/search/mlr/conditional-throughput.js';

const times = (count: number, durationS: number, forwardingRatio: number) =>
  Array.from({ length: count }, () => ({ durationS, forwardingRatio }));

/** Of the draft's example at its last point, at 1,000,000 frames a second. */
const LONG = [...times(1, 60, 0.999), ...times(1, 60, 1)];

describe('the conditional throughput', () => {
  it('of the goal TST009 is the draft’s: the better of two trials, half of the time', () => {
    expect(forwardingQuantile(LONG, 0.5)).toBe(1);
  });

  it('of the goal "1s final" is the draft’s: 120 of 240 seconds forwarded all', () => {
    expect(forwardingQuantile([...times(60, 1, 0.99), ...LONG, ...times(60, 1, 1)], 0.5)).toBe(1);
  });

  it('with a stricter exceed ratio comes from a worse trial', () => {
    expect(forwardingQuantile(LONG, 0.2)).toBe(0.999);
    expect(forwardingQuantile([...LONG, ...times(1, 60, 0.5)], 0)).toBe(0.5);
  });

  it('is unknown without a full-length trial', () => {
    expect(forwardingQuantile([], 0.5)).toBeNull();
  });
});
