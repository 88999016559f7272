import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalTracker } from '../../../bench/record/arrivals.js';
import { LatencyRecorder } from '../../../bench/record/latency-recorder.js';
import { rfc3550Jitter } from '../../../src/metrics/index.js';
import { pairsOf, SubscriberProcess, T0 } from '../../support/run/subscriber-process.js';

const CLIENTS = 3;
const MESSAGES = 30;
const GAP = 1_000;
const LAG = 20;
const WINDOW = { start: T0, end: T0 + 1e6, deadline: T0 + 3e6 };
const FEED = {
  first: 1,
  due: Array.from({ length: MESSAGES }, (_, at) => at * GAP),
  sent: Array.from({ length: MESSAGES }, (_, at) => at * GAP + LAG),
};

interface Read {
  readonly client: number;
  readonly from: number;
  readonly to: number;
  /** µs after T0. */
  readonly at: number;
  /** How long before it the kernel had it; null = it did not say. */
  readonly unread: number | null;
}

/**
 * Every client reads the whole feed in order, some messages a read, each read a while after all
 * that were before it; how long it had lain there is anybody's guess.
 */
const reads = fc
  .record({
    order: fc.array(fc.nat({ max: CLIENTS - 1 }), { minLength: 40, maxLength: 60 }),
    sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 60, maxLength: 60 }),
    pauses: fc.array(fc.nat({ max: 9_000 }), { minLength: 60, maxLength: 60 }),
    unread: fc.array(fc.option(fc.nat({ max: 40_000 }), { freq: 4 }), {
      minLength: 60,
      maxLength: 60,
    }),
  })
  .map(({ order, sizes, pauses, unread }): Read[] => {
    const next = Array.from({ length: CLIENTS }, () => 0);
    let at = 0;
    return order.flatMap((client, i) => {
      const from = next[client] as number;
      const to = Math.min(MESSAGES - 1, from + (sizes[i] as number) - 1);
      if (from >= MESSAGES) return [];
      next[client] = to + 1;
      at = Math.max(at + (pauses[i] as number), to * GAP + LAG);
      return [{ client, from, to, at, unread: unread[i] ?? null }];
    });
  });

/** What each delivery is worth, worked out one by one. */
function deliveriesOf(all: readonly Read[]) {
  return all.flatMap(({ client, from, to, at, unread }) =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const message = from + i;
      const arrived = at - (unread ?? 0);
      return { client, message, at, arrived, stamped: unread !== null };
    }),
  );
}

function run(all: readonly Read[]): SubscriberProcess {
  const process = new SubscriberProcess(FEED, CLIENTS, WINDOW);
  for (const { client, from, to, at, unread } of all) {
    const seqs = Array.from({ length: to - from + 1 }, (_, i) => FEED.first + from + i);
    // A stamp has fractions, as every reading of a clock.
    const stamp = unread === null ? 0 : T0 + at - unread + 0.5;
    process.read(client, T0 + at, seqs, 0, new Set(), stamp);
  }
  process.recorder.close(T0 + 2e6);
  return process;
}

function countsOf(values: readonly number[]) {
  const recorder = new LatencyRecorder();
  for (const value of values) recorder.record(value);
  return recorder.take();
}

describe('stamped reads', () => {
  it('arrival, receipt and instrument are those of each delivery, and receipt = arrival + instrument', () => {
    fc.assert(
      fc.property(reads, (all) => {
        const { recorder, ...process } = run(all);
        const each = deliveriesOf(all);
        const latency = each.map(({ message, arrived }) => arrived - message * GAP);
        const receipt = recorder.takeReceipt();
        const instrument = recorder.instrument.take();
        const arrival = countsOf(latency);
        const merged = new LatencyRecorder();
        for (const counts of process.seconds) merged.add(counts);
        expect(merged.take()).toEqual(arrival);
        expect(receipt).toEqual(countsOf(each.map(({ message, at }) => at - message * GAP)));
        const stamped = each.filter(({ stamped }) => stamped);
        expect(instrument).toEqual(countsOf(stamped.map(({ at, arrived }) => at - arrived)));
        expect(recorder.stamped).toBe(stamped.length);
        // Those before their due time are in no sum.
        if (arrival.negative === 0) expect(receipt.sum).toBe(arrival.sum + instrument.sum);
        expect(pairsOf(recorder.service.take())).toEqual(
          pairsOf(countsOf(each.map(({ message, arrived }) => arrived - message * GAP - LAG))),
        );
      }),
    );
  });

  it('first and last arrival of a message are the smallest and the largest stamp, whoever reads first', () => {
    fc.assert(
      fc.property(reads, (all) => {
        const { recorder } = run(all);
        const { first, last, count } = recorder.arrivals.report();
        const each = deliveriesOf(all);
        for (let message = 0; message < MESSAGES; message++) {
          const times = each
            .filter((one) => one.message === message)
            .map(({ arrived }) => T0 + arrived);
          expect(count[message]).toBe(times.length);
          expect(first[message]).toBe(times.length === 0 ? 0 : Math.min(...times));
          expect(last[message]).toBe(Math.max(0, ...times));
        }
        expect(recorder.lastDeliveredAt).toBe(
          Math.max(0, ...each.map(({ arrived }) => T0 + arrived)),
        );
      }),
    );
  });

  it('jitter and mean of a subscriber go by the stamps', () => {
    fc.assert(
      fc.property(reads, (all) => {
        const { subscribers } = run(all);
        const each = deliveriesOf(all);
        for (const [client, { stream }] of subscribers.entries()) {
          const own = each.filter((one) => one.client === client);
          const jitter = rfc3550Jitter(
            own.map(({ message }) => message * GAP + LAG),
            own.map(({ arrived }) => arrived),
          );
          expect(stream.jitter.jitter).toBeCloseTo(jitter.at(-1) ?? 0, 6);
          expect(stream.latencySum).toBe(
            own.reduce((sum, { message, arrived }) => sum + arrived - message * GAP, 0),
          );
        }
      }),
    );
  });
});

describe('ArrivalTracker', () => {
  it('keeps the extremes of times in any order', () => {
    const run = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 4 }), fc.integer({ min: 1, max: 1e6 }));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 40 }), (runs) => {
        const tracker = new ArrivalTracker(10);
        const times = Array.from({ length: 10 }, () => [] as number[]);
        for (const [from, length, time] of runs) {
          const to = Math.min(9, from + length);
          for (let at = from; at <= to; at++) {
            if (times[at]?.length === 0) tracker.first(at, time);
            times[at]?.push(time);
          }
          tracker.add(from, to, time);
        }
        const { first, last, count } = tracker.report();
        expect([...count]).toEqual(times.map(({ length }) => length));
        expect([...last]).toEqual(times.map((all) => Math.max(0, ...all)));
        expect([...first]).toEqual(times.map((all) => (all.length === 0 ? 0 : Math.min(...all))));
      }),
    );
  });
});
