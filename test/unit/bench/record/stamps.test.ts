import { describe, expect, it } from 'vitest';
import type { BenchSubscriber } from '../../../../bench/worker-subscriber/subscriber.js';
import { countsOf } from '../../../support/result/latencies.js';
import { SubscriberProcess, T0 } from '../../../support/run/subscriber-process.js';

const SECOND = 1_000_000;
const WINDOW = { start: T0, end: T0 + 3 * SECOND, deadline: T0 + 4 * SECOND };

/** A message every half second, sent when it is due. */
function rig() {
  const times = [0, 1, 2, 3, 4, 5].map((half) => (half * SECOND) / 2);
  const process = new SubscriberProcess({ first: 1, due: times, sent: times }, 2, WINDOW);
  const read = (client: number, seq: number, micros: number, unread: number | null): void =>
    process.read(
      client,
      T0 + micros,
      [seq],
      0,
      new Set(),
      unread === null ? 0 : T0 + micros - unread,
    );
  return { process, read, recorder: process.recorder };
}

describe('WindowRecorder, of stamps', () => {
  it('counts what came before the first stamp, in seconds handed over too, as received when it was read', () => {
    const { process, read, recorder } = rig();
    read(0, 1, 100, null);
    read(0, 2, 500_200, null);
    read(0, 3, 1_000_300, null);
    read(0, 4, 1_500_900, 500);
    read(0, 5, 2_000_050, null);
    recorder.close(T0 + 3 * SECOND);
    expect(process.seconds).toEqual([countsOf([100, 200]), countsOf([300, 400]), countsOf([50])]);
    expect(recorder.takeReceipt()).toEqual(countsOf([100, 200, 300, 900, 50]));
    expect(recorder.instrument.take()).toEqual(countsOf([500]));
    expect(recorder.stamped).toBe(1);
  });

  it('without a single one has the receipts of every second all the same', () => {
    const { read, recorder } = rig();
    read(0, 1, 100, null);
    read(0, 3, 1_000_300, null);
    recorder.close(T0 + 3 * SECOND);
    expect(recorder.takeReceipt()).toEqual(countsOf([100, 300]));
    expect(recorder.instrument.take()).toEqual(countsOf([]));
    expect(recorder.stamped).toBe(0);
  });

  it('a delivery belongs to the second it is read in, whatever its stamp', () => {
    const { process, read, recorder } = rig();
    read(0, 1, 1_200_000, 1_100_000);
    recorder.close(T0 + 3 * SECOND);
    expect(process.seconds.slice(0, 2)).toEqual([countsOf([]), countsOf([100_000])]);
  });

  it('a stamp after its read is a negative instrument, counted and in no percentile', () => {
    const { read, recorder } = rig();
    read(0, 1, 100, -30);
    recorder.close(T0 + 3 * SECOND);
    expect(recorder.instrument.take()).toMatchObject({ negative: 1, sum: 0 });
    expect(recorder.takeReceipt()).toEqual(countsOf([100]));
  });

  it('what the kernel had by the deadline is not late, however late it is read; what it had not is', () => {
    const { process, read, recorder } = rig();
    const [subscriber] = process.subscribers as [BenchSubscriber];
    read(0, 1, 100, 50);
    const after = 4 * SECOND + 300_000;
    read(0, 2, after, 300_000);
    read(0, 3, after, 299_999);
    // Read without a stamp, it may have arrived just now.
    read(0, 4, after, null);
    expect(subscriber).toMatchObject({ delivered: 2, late: 2 });
    expect(recorder.closed).toBe(false);
    recorder.close(T0 + after);
    read(0, 5, after, 400_000);
    expect(subscriber).toMatchObject({ delivered: 2, late: 3 });
    expect(recorder.takeReceipt()).toEqual(countsOf([100, 3_800_000]));
  });

  it('messages that may have come long before the stamp are in the receipt, and in no latency', () => {
    const { process, recorder } = rig();
    // One alone is the one that the stamp is of.
    process.read(1, T0 + 700, [1], 0, new Set(), T0 + 600, T0 - 5_000);
    process.read(0, T0 + 800_000, [1, 2], 0, new Set(), T0 + 790_000, T0 + 510_000);
    recorder.close(T0 + 3 * SECOND);
    expect(process.seconds[0]).toEqual({ ...countsOf([600]), undated: 2 });
    expect(recorder.takeReceipt()).toEqual(countsOf([700, 800_000, 300_000]));
    expect(recorder.instrument.take()).toEqual(countsOf([100]));
    // Over the pairs of the latencies: pair by pair, latency = service + schedule lag.
    expect(recorder.service.take()).toMatchObject({ undated: 2, min: 600, max: 600 });
    const [undated, dated] = process.subscribers.map(({ stream }) => stream);
    expect([undated?.latencySum, undated?.dated]).toEqual([0, 0]);
    expect([dated?.latencySum, dated?.dated]).toEqual([600, 1]);
    expect([recorder.stamped, recorder.delivered]).toEqual([3, 3]);
  });

  it('without stamps closes at the deadline by itself', () => {
    const { process, read, recorder } = rig();
    read(0, 1, 100, null);
    read(0, 2, 4 * SECOND + 1, null);
    expect(recorder.closed).toBe(true);
    expect(process.subscribers[0]).toMatchObject({ delivered: 1, late: 1 });
  });

  it('transit of a datagram ends at the stamp', () => {
    const { process, recorder } = rig();
    process.read(0, T0 + 900, [1], T0 + 100, new Set(), T0 + 400);
    process.read(1, T0 + 950, [1], T0 + 100);
    expect([recorder.transitSum, recorder.transitCount]).toEqual([300 + 850, 2]);
  });
});
