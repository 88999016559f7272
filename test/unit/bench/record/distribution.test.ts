import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { totalOf, upTo } from '../../../support/result/latencies.js';

describe('LatencyTotal', () => {
  it('a percentile is the nearest rank: the smallest value that at least that share does not exceed', () => {
    // Of 1 … 1,000 the 500th, the 900th and the 990th.
    expect(totalOf(upTo(1_000)).toDistribution()).toMatchObject({
      p50: 500,
      p90: 900,
      p99: 990,
      p999: null,
    });
    // 1,001 values: the share of 500 is below one half, so the median is the 501st.
    expect(totalOf(upTo(1_001)).percentile(0.5)).toBe(501);
  });

  it('a percentile is given from exactly 10 samples beyond it on', () => {
    const given = (n: number, quantile: number): boolean =>
      totalOf(Array.from({ length: n }, () => 7)).percentile(quantile) !== null;
    const table = [
      [20, 0.5],
      [100, 0.9],
      [1_000, 0.99],
      [10_000, 0.999],
    ] as const;
    for (const [n, quantile] of table) {
      expect([n, given(n, quantile), given(n - 1, quantile)]).toEqual([n, true, false]);
    }
  });

  it('minimum, mean and maximum are exact where the buckets are not', () => {
    const { min, mean, max } = totalOf([1_000_003, 2_000_007, 3_000_008]).toDistribution();
    expect({ min, mean, max }).toEqual({ min: 1_000_003, mean: 2_000_006, max: 3_000_008 });
  });

  it('no percentile exceeds the largest value, although its bucket does', () => {
    const total = totalOf(Array.from({ length: 10_000 }, () => 1_000_003));
    expect(total.toDistribution()).toMatchObject({
      p50: 1_000_003,
      p999: 1_000_003,
      max: 1_000_003,
    });
  });

  it('values out of range are delivered but in no percentile, no mean and no extreme', () => {
    const total = totalOf([-5, -6, 2 ** 31], [10]);
    expect(total.delivered).toBe(4);
    expect(total.toDistribution()).toMatchObject({
      count: 1,
      negative: 2,
      overflow: 1,
      min: 10,
      mean: 10,
      max: 10,
    });
  });

  it('without a value there is no figure, not even a histogram', () => {
    const none = {
      min: null,
      mean: null,
      p50: null,
      p90: null,
      p99: null,
      p999: null,
      max: null,
      hdr: null,
    };
    expect(totalOf([]).toDistribution()).toEqual({ count: 0, negative: 0, overflow: 0, ...none });
    expect(totalOf([-1]).toDistribution()).toEqual({ count: 0, negative: 1, overflow: 0, ...none });
  });

  it('a single zero is a minimum of zero, and merging keeps it', () => {
    expect(totalOf([5], [0], [9]).toDistribution()).toMatchObject({ min: 0, max: 9, mean: 14 / 3 });
    expect(totalOf([0]).max).toBe(0);
  });

  it('the exported histogram is one that HdrHistogram reads, with the same count and percentiles', () => {
    const { hdr } = totalOf(upTo(5_000), [60_000_000]).toDistribution();
    const decoded = decodeFromCompressedBase64(hdr as string);
    expect(decoded.totalCount).toBe(5_001);
    expect(decoded.getValueAtPercentile(20)).toBe(1_001);
    expect(Math.abs(decoded.maxValue - 60_000_000)).toBeLessThanOrEqual(60_000);
  });
});
