import { describe, expect, it } from 'vitest';
import { LiveRate } from '../../../../bench/cell/live-rate.js';
import { SecondsMerger } from '../../../../bench/record/seconds.js';
import { countsOf, upTo } from '../../../support/result/latencies.js';

const silent = { delivered: 0, p50_us: null, p99_us: null, max_us: null };

describe('SecondsMerger', () => {
  it('adds up what the processes say of a second, and merges rather than averages their percentiles', () => {
    const merger = new SecondsMerger(2);
    merger.add(0, countsOf(upTo(500)));
    merger.add(0, countsOf(upTo(1_000).slice(500)));
    expect(merger.series(1, [10])).toEqual([
      { second: 0, published: 10, delivered: 1_000, p50_us: 500, p99_us: 990, max_us: 1_000 },
    ]);
  });

  it('values outside the histogram are delivered too', () => {
    const merger = new SecondsMerger(1);
    merger.add(0, countsOf([-1, 2 ** 31, 5]));
    expect(merger.series(1, [])[0]).toMatchObject({ delivered: 3, max_us: 5 });
    expect(merger.total.delivered).toBe(3);
  });

  it('a second that one process never reported is in the series with what the others said', () => {
    const merger = new SecondsMerger(3);
    merger.add(1, countsOf([7, 9]));
    expect(merger.series(1, [])).toEqual([
      { second: 0, published: 0, ...silent },
      { second: 1, published: 0, delivered: 2, p50_us: null, p99_us: null, max_us: 9 },
    ]);
  });

  it('processes may run ahead of one another, and seconds come in any order', () => {
    const merger = new SecondsMerger(2);
    for (const second of [0, 1, 2]) merger.add(second, countsOf([1]));
    for (const second of [2, 0, 1]) merger.add(second, countsOf([1]));
    expect(merger.series(0, []).map(({ delivered }) => delivered)).toEqual([2, 2, 2]);
    expect(merger.total.delivered).toBe(6);
  });

  it('is as long as the window, the last delivery and the last publication need', () => {
    const merger = new SecondsMerger(1);
    merger.add(3, countsOf([1]));
    expect(merger.series(2, [])).toHaveLength(4);
    expect(merger.series(6, [])).toHaveLength(6);
    expect(merger.series(2, [1, 1, 1, 1, 1])).toHaveLength(5);
    expect(new SecondsMerger(1).series(0, [])).toEqual([]);
  });
});

describe('LiveRate', () => {
  it('speaks when every process has reported, of all deliveries since it last did', () => {
    const live = new LiveRate(1_000_000);
    expect(live.add('a', 100, 700, 1_400_000, 2)).toBeUndefined();
    // The quick one reports twice before the slow one does.
    expect(live.add('a', 50, 900, 1_450_000, 2)).toBeUndefined();
    expect(live.add('b', 150, 200, 1_500_000, 2)).toEqual({ perSecond: 600, p99Micros: 900 });
    expect(live.add('a', 0, null, 2_000_000, 2)).toBeUndefined();
    expect(live.add('b', 0, null, 2_500_000, 2)).toEqual({ perSecond: 0, p99Micros: null });
  });
});
