import { describe, expect, it } from 'vitest';
import {
  COUNTS_LENGTH,
  HIGHEST_MICROS,
  indexOf,
  LatencyRecorder,
  lowestOf,
} from '../../../../bench/record/latency-recorder.js';

/**
 * Lowest value that shares a bucket with `value`: 11 significant bits are kept, whatever the code
 * under test does.
 */
function truncated(value: number): number {
  const bits = value.toString(2);
  return Number.parseInt(bits.slice(0, 11).padEnd(bits.length, '0'), 2);
}

describe('the buckets', () => {
  it('keep the first 11 bits of a value, so every value below 2,048 µs is exact', () => {
    const values = [
      0,
      1,
      2,
      1_023,
      1_024,
      2_047,
      2_048,
      2_049,
      4_095,
      4_096,
      1_000_003,
      HIGHEST_MICROS,
    ];
    expect(values.map((value) => lowestOf(indexOf(value)))).toEqual(values.map(truncated));
  });

  it('follow one another without a hole or an overlap up to the highest value', () => {
    let expected = 0;
    for (let index = 0; index < COUNTS_LENGTH; index++) {
      expect(lowestOf(index)).toBe(expected);
      expect(indexOf(expected)).toBe(index);
      expected += 2 ** Math.max(0, expected.toString(2).length - 11);
    }
    expect(expected).toBe(HIGHEST_MICROS + 1);
  });

  it('are never wider than 0.1 % of their values', () => {
    for (let index = 0; index + 1 < COUNTS_LENGTH; index++) {
      const width = lowestOf(index + 1) - lowestOf(index);
      expect(width - 1).toBeLessThanOrEqual(lowestOf(index) * 0.001);
    }
  });
});

describe('LatencyRecorder', () => {
  it('counts negative values and values beyond the range apart, even those that do not fit into 32 bits', () => {
    const recorder = new LatencyRecorder();
    for (const value of [-1, -(2 ** 31) - 5, -1e15, -1.5]) recorder.record(value);
    for (const value of [HIGHEST_MICROS + 1, 2 ** 32 + 7, 1e15, Number.NaN]) recorder.record(value);
    expect(recorder.take()).toEqual({
      pairs: new Float64Array(0),
      negative: 4,
      overflow: 4,
      undated: 0,
      min: 0,
      max: 0,
      sum: 0,
    });
  });

  it('cuts fractions: a clock is not finer than a microsecond', () => {
    const recorder = new LatencyRecorder();
    for (const value of [0.9, -0.9, 7.99, HIGHEST_MICROS]) recorder.record(value);
    const { pairs, min, max, sum, negative, overflow } = recorder.take();
    expect([...pairs]).toEqual([0, 2, 7, 1, indexOf(HIGHEST_MICROS), 1]);
    expect({ min, max, sum, negative, overflow }).toEqual({
      min: 0,
      max: HIGHEST_MICROS,
      sum: 7 + HIGHEST_MICROS,
      negative: 0,
      overflow: 0,
    });
  });

  it('take empties it, and it is empty only when nothing at all was recorded', () => {
    const recorder = new LatencyRecorder();
    expect(recorder.empty).toBe(true);
    for (const value of [-5, 2 ** 31, 42]) {
      recorder.record(value);
      expect(recorder.empty).toBe(false);
      recorder.take();
      expect(recorder.empty).toBe(true);
    }
    recorder.record(9);
    expect(recorder.take()).toEqual({
      pairs: Float64Array.of(9, 1),
      negative: 0,
      overflow: 0,
      undated: 0,
      min: 9,
      max: 9,
      sum: 9,
    });
  });
});
