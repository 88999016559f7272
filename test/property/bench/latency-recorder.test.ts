import fc from 'fast-check';
import { build, decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { HIGHEST_MICROS, LatencyRecorder } from '../../../bench/record/latency-recorder.js';
import { MessageTimes } from '../../../bench/record/message-times.js';
import { countsOf, totalOf } from '../../support/result/latencies.js';

const micros = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: HIGHEST_MICROS }),
  // Around the powers of two, where buckets change their width.
  fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: -2, max: 2 }))
    .map(([power, off]) => Math.max(0, 2 ** power + off)),
);
const samples = fc.array(micros, { minLength: 1, maxLength: 300 });

describe('latency counts', () => {
  it('folded into a histogram are what HdrHistogram itself would have recorded', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const reference = build({
          bitBucketSize: 64,
          lowestDiscernibleValue: 1,
          highestTrackableValue: HIGHEST_MICROS,
          numberOfSignificantValueDigits: 3,
        });
        for (const value of values) reference.recordValue(value);
        const decoded = decodeFromCompressedBase64(totalOf(values).toDistribution().hdr as string);
        expect(decoded.totalCount).toBe(values.length);
        for (const percentile of [0, 1, 25, 50, 75, 90, 99, 99.9, 100]) {
          expect(decoded.getValueAtPercentile(percentile)).toBe(
            reference.getValueAtPercentile(percentile),
          );
        }
      }),
    );
  });

  it('merged are the same as if one recorder had seen everything, however it was split', () => {
    fc.assert(
      fc.property(fc.array(samples, { minLength: 1, maxLength: 5 }), (parts) => {
        expect(totalOf(...parts).toDistribution()).toEqual(totalOf(parts.flat()).toDistribution());
      }),
    );
  });

  it('give every percentile within 0.1 % above the nearest rank of the sorted values', () => {
    fc.assert(
      fc.property(fc.array(micros, { minLength: 20, maxLength: 400 }), (values) => {
        const total = totalOf(values);
        const sorted = values.toSorted((a, b) => a - b);
        for (const [percent, quantile] of [
          [50, 0.5],
          [90, 0.9],
        ] as const) {
          const rank = Math.ceil((percent * values.length) / 100);
          const exact = sorted[rank - 1] as number;
          const given = total.percentile(quantile);
          if (given === null) expect(values.length * (100 - percent)).toBeLessThan(1_000);
          else {
            expect(given).toBeGreaterThanOrEqual(exact);
            expect(given).toBeLessThanOrEqual(exact * 1.001);
          }
        }
      }),
    );
  });

  it('of a run of messages are those of its latencies one by one: in and out of range, in and out of order', () => {
    const gap = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 5_000_000 }),
      fc.integer({ min: -50, max: 50 }),
      fc.constant(HIGHEST_MICROS),
    );
    const nearby = fc.oneof(
      fc.integer({ min: -100, max: 5_000 }),
      fc.integer({ min: -HIGHEST_MICROS, max: 3 * HIGHEST_MICROS }),
    );
    fc.assert(
      fc.property(
        fc.array(gap, { minLength: 1, maxLength: 60 }),
        nearby,
        fc.nat(),
        fc.nat(),
        (gaps, after, a, b) => {
          let time = 1_700_000_000_000_000;
          const times = Float64Array.from(gaps, (step) => {
            time += step;
            return time;
          });
          const [from, to] = [a % times.length, b % times.length].sort((x, y) => x - y) as [
            number,
            number,
          ];
          const now = time + after;
          const recorder = new LatencyRecorder();
          const sum = recorder.recordRun(now, MessageTimes.of(times), from, to);
          const each = [...times.slice(from, to + 1)].map((sent) => now - sent);
          expect(recorder.take()).toEqual(countsOf(each));
          expect(sum).toBe(each.reduce((total, micros) => total + micros, 0));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('of a run at two times in one pass are those of two passes, in and out of range', () => {
    const more = fc.oneof(
      fc.integer({ min: 0, max: 2_000 }),
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: -HIGHEST_MICROS, max: HIGHEST_MICROS }),
    );
    const gap = fc.oneof(fc.integer({ min: -1, max: 300 }), fc.integer({ min: 0, max: 5e6 }));
    fc.assert(
      fc.property(
        fc.array(gap, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -10, max: 100_000 }),
        more,
        (gaps, after, later) => {
          let time = 1_700_000_000_000_000;
          const times = Float64Array.from(gaps, (step) => {
            time += step;
            return time;
          });
          const now = time + after;
          const [recorder, other] = [new LatencyRecorder(), new LatencyRecorder()];
          const sum = recorder.recordRunTwice(
            now,
            other,
            now + later,
            MessageTimes.of(times),
            0,
            times.length - 1,
          );
          const each = [...times].map((sent) => now - sent);
          expect(recorder.take()).toEqual(countsOf(each));
          expect(other.take()).toEqual(countsOf(each.map((micros) => micros + later)));
          expect(sum).toBe(each.reduce((total, micros) => total + micros, 0));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('added to a recorder are what it would have recorded itself; looking at them changes nothing', () => {
    const any = fc.array(fc.oneof(micros, fc.constantFrom(-1, 2 ** 31)), { maxLength: 20 });
    fc.assert(
      fc.property(any, any, (own, others) => {
        const recorder = new LatencyRecorder();
        for (const value of own) recorder.record(value);
        expect(recorder.counts()).toEqual(countsOf(own));
        recorder.add(countsOf(others));
        expect(recorder.take()).toEqual(countsOf([...own, ...others]));
        expect(recorder.take()).toEqual(countsOf([]));
      }),
    );
  });

  it('recorded n times are the same as n records', () => {
    const any = fc.oneof(micros, fc.constantFrom(-1, -5e9, 2 ** 31, 1e15, Number.NaN));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(any, fc.integer({ min: 1, max: 5 })), { maxLength: 30 }),
        (values) => {
          const recorder = new LatencyRecorder();
          for (const [value, times] of values) recorder.recordTimes(value, times);
          const each = values.flatMap(([value, times]) =>
            Array.from({ length: times }, () => value),
          );
          expect(recorder.take()).toEqual(countsOf(each));
        },
      ),
    );
  });
});
