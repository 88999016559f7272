import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arrivals } from '../../../../bench/record/arrivals.js';
import { completionOf } from '../../../../bench/record/completion.js';
import { totalOf } from '../../../support/result/latencies.js';

const T0 = 1_700_000_000_000_000;

/**
 * A process's arrivals: per message the times (µs after T0) of the subscribers that received it.
 */
function arrivals(times: readonly (readonly number[])[]): Arrivals {
  return {
    first: Float64Array.from(times, (one) => (one.length === 0 ? 0 : T0 + Math.min(...one))),
    last: Float64Array.from(times, (one) => (one.length === 0 ? 0 : T0 + Math.max(...one))),
    count: Uint32Array.from(times, (one) => one.length),
  };
}

describe('completionOf', () => {
  it('is the time from intended to the last receipt, and the skew that between the first and the last', () => {
    const due = Float64Array.of(1_000, 2_000, 3_000);
    const { completion, skew, complete } = completionOf(
      [arrivals([[1_100, 1_150], [2_050, 2_040], [3_300]]), arrivals([[1_120], [2_500], [3_010]])],
      due,
      T0,
      3,
      3,
    );
    // The third reached two of three only.
    expect(complete).toBe(2);
    expect(completion.toDistribution()).toEqual(totalOf([150, 500]).toDistribution());
    expect(skew.toDistribution()).toEqual(totalOf([50, 460]).toDistribution());
  });

  it('of messages that were planned and never published there is none', () => {
    const one = arrivals([[10], [20]]);
    expect(completionOf([one], Float64Array.of(0, 5), T0, 1, 1).complete).toBe(1);
  });

  it('nobody joined, nothing is complete', () => {
    expect(completionOf([], Float64Array.of(0, 5), T0, 0, 2).complete).toBe(0);
    expect(completionOf([arrivals([[], []])], Float64Array.of(0, 5), T0, 0, 2).complete).toBe(0);
  });

  it('agrees with a plain list of receipts, however the subscribers are divided among processes', () => {
    const receipt = fc.option(fc.integer({ min: 0, max: 9_000 }), { nil: undefined, freq: 12 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((joined) =>
          fc.record({
            joined: fc.constant(joined),
            processes: fc.integer({ min: 1, max: 3 }),
            messages: fc.array(fc.array(receipt, { minLength: joined, maxLength: joined }), {
              maxLength: 12,
            }),
          }),
        ),
        ({ joined, processes, messages }) => {
          const due = Float64Array.from(messages, (_, at) => at * 50);
          const reports = Array.from({ length: processes }, (_, process) =>
            arrivals(
              messages.map((times) =>
                times.filter(
                  (time, client): time is number =>
                    client % processes === process && time !== undefined,
                ),
              ),
            ),
          );
          const whole = messages.flatMap((times, at) =>
            times.every((time) => time !== undefined) ? [{ at, times: times as number[] }] : [],
          );
          const found = completionOf(reports, due, T0, joined, messages.length);
          expect(found.complete).toBe(whole.length);
          expect(found.completion.toDistribution()).toEqual(
            totalOf(whole.map(({ at, times }) => Math.max(...times) - at * 50)).toDistribution(),
          );
          expect(found.skew.toDistribution()).toEqual(
            totalOf(
              whole.map(({ times }) => Math.max(...times) - Math.min(...times)),
            ).toDistribution(),
          );
        },
      ),
    );
  });
});
