import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countsOf } from '../../support/result/latencies.js';
import { naiveJitter } from '../../support/run/naive-jitter.js';
import {
  MESSAGE_BYTES,
  pairsOf,
  SubscriberProcess,
  T0,
} from '../../support/run/subscriber-process.js';

/** When ages are looked at, µs from the start of the window. */
const LOOKS = Array.from({ length: 2_000 }, (_, k) =>
  Math.floor((k + (((k * (Math.sqrt(5) - 1)) / 2) % 1)) * 50_000),
);
/** Every so many messages a subscriber checks one; eight subscribers take turns. */
const CHECKED_EVERY = 512;

interface Read {
  readonly client: number;
  /** µs since the read before, of whomever. */
  readonly after: number;
  /** Runs of sequence numbers: where each begins, relative to the window, and how long it is. */
  readonly runs: readonly (readonly [number, number])[];
  readonly sendTime: number;
  /** Every so many messages of it are spoilt on the way; 0 = none. */
  readonly spoilt: number;
}

/** Anything may arrive anywhere, several times, in any order, before the window and behind it. */
const scenario = fc
  .record({
    first: fc.integer({ min: 1, max: 30 }),
    // Crosses the blocks in which jitter is computed, and the second check of a message, now and
    // then.
    messages: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.constant(700)),
    gap: fc.integer({ min: 0, max: 20_000 }),
    seed: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 50, maxLength: 50 }),
    clients: fc.integer({ min: 1, max: 4 }),
    keys: fc.constantFrom(1, 3, 100),
    beginAt: fc.constantFrom(0, 20_000, 800_000),
    deadlineAfter: fc.constantFrom(0, 100_000, 10_000_000),
  })
  .chain((feed) =>
    fc.record({
      feed: fc.constant(feed),
      reads: fc.array(
        fc.record({
          client: fc.integer({ min: 0, max: feed.clients - 1 }),
          after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 120_000 })),
          runs: fc.array(
            fc.tuple(
              fc.integer({ min: -5, max: feed.messages + 3 }),
              fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: feed.messages })),
            ),
            { maxLength: 4 },
          ),
          sendTime: fc.constantFrom(0, T0 + 7),
          spoilt: fc.constantFrom(0, 0, 1, 3),
        }),
        { maxLength: 40 },
      ),
    }),
  );

interface Delivery {
  readonly client: number;
  readonly at: number;
  readonly now: number;
}

describe('what a process of subscribers records', () => {
  it('is what a plain list of all deliveries gives, whatever arrives, in whatever order and reads', () => {
    fc.assert(
      fc.property(scenario, ({ feed, reads }) => {
        const { first, messages, gap, seed, clients, keys, beginAt, deadlineAfter } = feed;
        const due = Array.from({ length: messages }, (_, at) => 1_000 + at * gap);
        const sent: number[] = [];
        for (const [at, micros] of due.entries()) {
          sent.push(Math.max(sent[at - 1] ?? 0, micros + (seed[at % seed.length] as number)));
        }
        const keyOf = due.map((_, at) => (at * 7) % keys);
        const start = T0 + (due[0] as number);
        const end = T0 + (due.at(-1) as number) + 1;
        const deadline = end + deadlineAfter;
        const process = new SubscriberProcess({ first, due, sent, keys: keyOf }, clients, {
          start,
          end,
          deadline,
        });

        // The plain account of it.
        const list: Delivery[] = [];
        const seen = Array.from({ length: clients }, () => new Set<number>());
        const counts = {
          duplicates: 0,
          late: 0,
          verified: 0,
          corrupt: 0,
          transits: 0,
          transitSum: 0,
        };
        let now = T0 + beginAt;
        for (const { client, after, runs, sendTime, spoilt } of reads as readonly Read[]) {
          now += after;
          const seqs = runs
            .flatMap(([from, length]) => Array.from({ length }, (_, i) => first + from + i))
            .filter((seq) => seq >= 1 && seq < first + messages + 5);
          const bad = new Set(spoilt === 0 ? [] : seqs.filter((seq) => seq % spoilt === 0));
          process.read(client, now, seqs, sendTime, bad);
          for (const seq of seqs) {
            if (seen[client]?.has(seq)) counts.duplicates += 1;
            if (seen[client]?.has(seq)) continue;
            seen[client]?.add(seq);
            const at = seq - first;
            if (at < 0 || at >= messages) continue;
            if (now > deadline) {
              counts.late += 1;
              continue;
            }
            if (at % CHECKED_EVERY === client * (CHECKED_EVERY / 8)) {
              counts.verified += 1;
              counts.corrupt += bad.has(seq) ? 1 : 0;
              if (bad.has(seq)) continue;
            }
            list.push({ client, at, now });
            counts.transits += sendTime > 0 ? 1 : 0;
            counts.transitSum += sendTime > 0 ? now - sendTime : 0;
          }
        }
        process.recorder.close(now);

        const { recorder, subscribers } = process;
        const sum = (pick: (one: (typeof subscribers)[number]) => number): number =>
          subscribers.reduce((total, one) => total + pick(one), 0);
        expect({
          duplicates: sum(({ account }) => account.duplicates),
          late: sum(({ late }) => late),
          verified: sum(({ verified }) => verified),
          corrupt: sum(({ corrupt }) => corrupt),
          transits: recorder.transitCount,
          transitSum: recorder.transitSum,
        }).toEqual(counts);
        expect(sum(({ delivered }) => delivered)).toBe(list.length);
        expect(recorder).toMatchObject({
          delivered: list.length,
          deliveredBytes: list.length * MESSAGE_BYTES,
          lastDeliveredAt: list.at(-1)?.now ?? 0,
        });

        const latencies = list.map((one) => one.now - T0 - (due[one.at] as number));
        const latency = process.latencies();
        const plainLatency = countsOf(latencies);
        expect(latency.pairs).toEqual(pairsOf(plainLatency));
        expect([latency.sum, latency.delivered]).toEqual([plainLatency.sum, list.length]);
        expect(recorder.service.take()).toEqual(
          countsOf(list.map((one) => one.now - T0 - (sent[one.at] as number))),
        );

        const arrivals = recorder.arrivals.report();
        for (let at = 0; at < messages; at++) {
          const times = list.filter((one) => one.at === at).map((one) => one.now);
          expect([arrivals.count[at], arrivals.first[at], arrivals.last[at]]).toEqual([
            times.length,
            times[0] ?? 0,
            times.at(-1) ?? 0,
          ]);
        }

        const differences: number[] = [];
        for (const [client, subscriber] of subscribers.entries()) {
          const own = list.filter((one) => one.client === client);
          const { jitter, ipdv } = naiveJitter(
            own.map((one) => T0 + (sent[one.at] as number)),
            own.map((one) => one.now),
          );
          expect(subscriber.stream.jitter.received).toBe(own.length > 0);
          expect(subscriber.stream.jitter.jitter).toBeCloseTo(jitter, 6);
          expect(subscriber.stream.latencySum).toBe(
            own.reduce((total, one) => total + one.now - T0 - (due[one.at] as number), 0),
          );
          differences.push(...ipdv);
        }
        recorder.finish();
        expect(recorder.ipdv.take()).toEqual(countsOf(differences));

        const ages: number[] = [];
        const idealAges: number[] = [];
        for (const time of LOOKS.map((look) => start + look).filter((look) => look < end)) {
          const known = new Map(
            keyOf
              .slice(0, due.filter((one) => one <= time - T0).length)
              .map((key, at) => [key, at]),
          );
          for (let client = 0; client < clients; client++) {
            for (let key = 0; key < Math.min(64, keys); key++) {
              const held = list.filter(
                (one) => one.client === client && one.now < time && keyOf[one.at] === key,
              );
              if (held.length === 0) continue;
              const newest = Math.max(...held.map((one) => one.at));
              ages.push(time - T0 - (due[newest] as number));
              idealAges.push(time - T0 - (due[Math.max(newest, known.get(key) ?? 0)] as number));
            }
          }
        }
        expect(recorder.staleness.take()).toEqual(countsOf(ages));
        expect(recorder.staleness.takeIdeal()).toEqual(countsOf(idealAges));
      }),
      { numRuns: 75 },
    );
  });
});
