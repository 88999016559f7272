/** Hand-made distributions: realistic figures from a seeded generator. */
import { build } from 'hdr-histogram-js';
import { encodeHistogram } from '../../../bench/record/hdr-encoding.js';
import type { Distribution } from '../../../bench/result/result.js';

/**
 * A latency distribution of `count` samples: log-normal around `median` µs, with a tail `tail`
 * times as wide.
 */
export function makeLatency(count: number, median: number, tail = 0.5, seed = 1): Distribution {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    bitBucketSize: 64,
  });
  const random = generator(seed);
  const distinct = Math.min(count, 4000);
  for (let i = 0; i < distinct; i++) {
    const normal = random() + random() + random() + random() + random() + random() - 3;
    const stall = random() < 0.004 ? 6 : 1;
    const share = Math.floor((count * (i + 1)) / distinct) - Math.floor((count * i) / distinct);
    histogram.recordValueWithCount(Math.round(median * Math.exp(normal * tail) * stall), share);
  }
  const supported = (quantile: number): number | null =>
    count * (1 - quantile) >= 10 - 1e-9 ? histogram.getValueAtPercentile(quantile * 100) : null;
  return {
    count,
    negative: 0,
    overflow: 0,
    min: count === 0 ? null : histogram.minNonZeroValue,
    mean: count === 0 ? null : Math.round(histogram.mean * 10) / 10,
    p50: supported(0.5),
    p90: supported(0.9),
    p99: supported(0.99),
    p999: supported(0.999),
    max: count === 0 ? null : histogram.maxValue,
    hdr: count === 0 ? null : encodeHistogram(histogram),
  };
}

/**
 * A multiplicative congruential generator (Park & Miller), so that fixtures are the same on every
 * machine.
 */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
