import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterMeter, meanJitter, newJitterState } from '../../../bench/record/jitter.js';
import { MessageTimes } from '../../../bench/record/message-times.js';
import { rfc3550Jitter } from '../../../src/metrics/index.js';
import { countsOf } from '../../support/result/latencies.js';
import { naiveJitter } from '../../support/run/naive-jitter.js';

/**
 * Runs of messages, some of them lost to everybody until a later read has them; by three
 * subscribers.
 */
const reads = fc.array(
  fc.record({
    client: fc.integer({ min: 0, max: 2 }),
    from: fc.integer({ min: 0, max: 599 }),
    length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 600 })),
    after: fc.integer({ min: 0, max: 5_000 }),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('JitterMeter', () => {
  it('agrees with RFC 3550 packet by packet, and its |IPDV| are the same ones, for any runs in any order', () => {
    fc.assert(
      fc.property(
        reads,
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 }),
        (all, gaps) => {
          const times: number[] = [];
          for (let at = 0; at < 600; at++)
            times.push((times[at - 1] ?? 1e15) + gaps[at % gaps.length]!);
          const sent = new MessageTimes(times.length);
          const meter = new JitterMeter(sent);
          const states = [0, 1, 2].map(newJitterState);
          const packets = states.map(() => ({ sent: [] as number[], received: [] as number[] }));
          let now = 1e15 + 1e6;
          for (const { client, from, length, after } of all) {
            now += after;
            const to = Math.min(599, from + length - 1);
            for (let at = from; at <= to; at++) {
              if (!sent.has(at)) {
                sent.set(at, times[at]!);
                meter.known(at);
              }
              packets[client]!.sent.push(times[at]!);
              packets[client]!.received.push(now);
            }
            meter.run(states[client]!, from, to, now);
            const own = packets[client]!;
            const each = rfc3550Jitter(own.sent, own.received);
            const state = states[client]!;
            expect(state.jitter).toBeCloseTo(each.at(-1) ?? 0, 6);
            const taken = each.reduce((sum, _, i) => sum + 1 - (15 / 16) ** (i + 1), 0);
            const mean = each.reduce((sum, jitter) => sum + jitter, 0) / taken;
            expect(meanJitter(state)).toEqual(
              each.length === 0 ? null : expect.closeTo(mean, 3 - Math.log10(taken)),
            );
          }
          meter.finish();
          const differences = packets.flatMap((own) => naiveJitter(own.sent, own.received).ipdv);
          expect(meter.ipdv.take()).toEqual(countsOf(differences));
        },
      ),
      { numRuns: 100 },
    );
  });
});
