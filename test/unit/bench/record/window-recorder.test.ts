import { describe, expect, it } from 'vitest';
import type { LatencyCounts } from '../../../../bench/record/latency-recorder.js';
import { newStream, WindowRecorder } from '../../../../bench/record/window-recorder.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { countsOf } from '../../../support/result/latencies.js';
import { plannedOf } from '../../../support/run/feed-plan.js';

const START = 1_000_000_000;
const WINDOW = {
  t0: START - 1_000,
  start: START,
  end: START + 3_000_000,
  deadline: START + 5_000_000,
};

function rig() {
  const seconds: { second: number; delivered: number }[] = [];
  const total = ({ pairs, negative, overflow }: LatencyCounts): number =>
    pairs.reduce((sum, value, i) => sum + (i % 2 === 1 ? value : 0), negative + overflow);
  const due = [0, 2_999_999].map((micros) => START - WINDOW.t0 + micros);
  const recorder = new WindowRecorder(plannedOf(1, due), new FakeClock(START), (second, counts) =>
    seconds.push({ second, delivered: total(counts) }),
  );
  const stream = newStream(-1);
  /** Message `at` of the window arrives at `now`. */
  const receive = (at: number, now: number, bytes: number): void => {
    if (!recorder.knows(at)) recorder.note(at, now - 5, now);
    recorder.run(stream, at, at, now, 0, 0, bytes, 0);
  };
  return { recorder, seconds, receive, stream };
}

describe('WindowRecorder', () => {
  it('hands over each second once it is complete, the silent ones too, by the time of reading', () => {
    const { recorder, seconds, receive } = rig();
    recorder.open(WINDOW);
    receive(0, START + 10, 100);
    recorder.roll(START + 999_999);
    expect(seconds).toEqual([]);
    recorder.roll(START + 1_000_000);
    expect(seconds).toEqual([{ second: 0, delivered: 1 }]);
    recorder.roll(START + 3_200_000);
    receive(1, START + 3_200_000, 50);
    recorder.close(START + 3_300_000);
    expect(seconds).toEqual([
      { second: 0, delivered: 1 },
      { second: 1, delivered: 0 },
      { second: 2, delivered: 0 },
      { second: 3, delivered: 1 },
    ]);
    expect(recorder).toMatchObject({
      delivered: 2,
      deliveredBytes: 150,
      lastDeliveredAt: START + 3_200_000,
    });
  });

  it('closes by itself at the first look after the deadline, not at it: what comes then is late', () => {
    const { recorder, seconds } = rig();
    recorder.open(WINDOW);
    recorder.roll(WINDOW.deadline);
    expect(recorder.closed).toBe(false);
    recorder.roll(WINDOW.deadline + 1);
    expect(recorder.closed).toBe(true);
    const handedOver = seconds.length;
    recorder.roll(WINDOW.deadline + 60_000_000);
    recorder.close(WINDOW.deadline + 60_000_000);
    expect(seconds).toHaveLength(handedOver);
  });

  it('a window cut short closes at its earlier deadline', () => {
    const { recorder } = rig();
    recorder.open(WINDOW);
    recorder.drain(START + 100, START + 500);
    recorder.roll(START + 501);
    expect(recorder.closed).toBe(true);
  });

  it('before it is known the window holds nothing, however late it gets', () => {
    const { recorder, seconds } = rig();
    recorder.roll(START * 2);
    expect([recorder.closed, seconds]).toEqual([false, []]);
  });

  it('latency is service and lag, message by message', () => {
    const due = [10, 20, 30, 40];
    const lags = [0, 7, 2, 5];
    const seconds: LatencyCounts[] = [];
    const plan = plannedOf(1, due);
    const recorder = new WindowRecorder(plan, new FakeClock(START), (_, counts) =>
      seconds.push(counts),
    );
    recorder.open({ ...WINDOW, t0: START });
    const stream = newStream(-1);
    for (const [at, micros] of due.entries()) {
      recorder.note(at, START + micros + lags[at]!, START + 100);
      recorder.run(stream, at, at, START + 100 + at, 0, 0, 1, 0);
    }
    recorder.close(START + 200);
    const service = due.map((micros, at) => 100 + at - micros - lags[at]!);
    expect(recorder.service.take()).toEqual(countsOf(service));
    expect(seconds).toEqual([countsOf(service.map((micros, at) => micros + lags[at]!))]);
    expect(stream.latencySum).toBe([90, 81, 72, 63].reduce((sum, micros) => sum + micros));
  });

  it('of two servers each has times of its own: service is since the one that a message came from published it', () => {
    const recorder = new WindowRecorder(plannedOf(1, [10, 20]), new FakeClock(START), () => {}, 2);
    recorder.open({ ...WINDOW, t0: START });
    const streams = [newStream(-1, 0), newStream(-1, 1)];
    // The second server is 30 µs later with the one message, and 50 µs with the other.
    const sent = [
      [START + 10, START + 20],
      [START + 40, START + 70],
    ];
    for (const [shard, times] of sent.entries()) {
      expect([0, 1].map((at) => recorder.knows(at, shard))).toEqual([false, false]);
      const now = START + 100 + shard;
      for (const [at, time] of times.entries()) recorder.note(at, time, now, shard);
      expect(recorder.knownTo(0, shard)).toBe(2);
      recorder.run(streams[shard]!, 0, 1, now, 0, 0, 1, 0);
    }
    recorder.close(START + 200);
    recorder.finish();
    expect(recorder.service.take()).toEqual(countsOf([90, 80, 61, 31]));
    expect(recorder.ipdv.take()).toEqual(countsOf([10, 30]));
    expect(recorder.arrivals.report()).toEqual({
      first: Float64Array.of(START + 100, START + 100),
      last: Float64Array.of(START + 101, START + 101),
      count: Uint32Array.of(2, 2),
    });
  });

  it('a run over a second belongs to the second it is read in, however early its messages were due', () => {
    const { recorder, seconds, receive } = rig();
    recorder.open(WINDOW);
    recorder.roll(START + 2_000_001);
    receive(0, START + 2_000_001, 1);
    recorder.roll(START + 3_000_000);
    expect(seconds.map(({ delivered }) => delivered)).toEqual([0, 0, 1]);
  });

  it('adds up the time since the send call where the wire tells it', () => {
    const { recorder, stream } = rig();
    recorder.open(WINDOW);
    for (const at of [0, 1]) recorder.note(at, START + at, START + 10);
    recorder.run(stream, 0, 1, START + 10, 0, 0, 1, START + 4);
    recorder.run(newStream(-1), 0, 0, START + 20, 0, 0, 1, 0);
    expect([recorder.transitSum, recorder.transitCount]).toEqual([12, 2]);
  });

  describe('knows which of the newest messages somebody has had', () => {
    const known = (...order: number[]): number[] => {
      const recorder = new WindowRecorder(
        plannedOf(1, [0, 1, 2, 3, 4, 5]),
        new FakeClock(START),
        () => {},
      );
      for (const at of order) recorder.note(at, START + at, START + 9);
      return order.map((at) => recorder.knownTo(at));
    };

    it('up to the last one in a row', () => {
      expect(known(0, 1, 2)).toEqual([3, 3, 3]);
      expect(known(3, 4)).toEqual([5, 5]);
    });

    it('promises nothing behind a hole, even when it is filled late', () => {
      expect(known(0, 1, 4, 5)).toEqual([0, 1, 6, 6]);
      expect(known(1, 3, 2)).toEqual([1, 4, 2]);
    });
  });

  describe('staleness', () => {
    /**
     * One subscriber that received a message due at the window's start 10 ms after it; looked at
     * once in every 50 ms.
     */
    const open = () => {
      const { recorder } = rig();
      const stream = newStream(recorder.staleness.follow(0, 1));
      recorder.open(WINDOW);
      recorder.roll(START + 10_000);
      recorder.note(0, START, START + 10_000);
      recorder.run(stream, 0, 0, START + 10_000, 0, 0, 1, 0);
      return recorder;
    };
    const ages = (count: number): LatencyCounts =>
      countsOf(
        Array.from({ length: count }, (_, i) =>
          Math.floor((i + 1 + ((((i + 1) * (Math.sqrt(5) - 1)) / 2) % 1)) * 50_000),
        ),
      );

    it('is sampled through the whole window, and no longer, though nothing arrives', () => {
      const recorder = open();
      recorder.roll(START + 4_000_000);
      // Once in each 50 ms up to 3 s: at 0 nothing was held.
      expect(recorder.staleness.take()).toEqual(ages(59));
    });

    it('is known to the end of the window once all is there', () => {
      const recorder = open();
      recorder.drain(START + 60_000, WINDOW.deadline);
      recorder.close(START + 70_000);
      expect(recorder.staleness.take()).toEqual(ages(59));
    });

    it('of a window cut short ends where publishing did: age that grows because nobody publishes says nothing', () => {
      const recorder = open();
      recorder.drain(START + 220_000, START + 1_220_000);
      recorder.roll(START + 1_300_000);
      expect(recorder.closed).toBe(true);
      expect(recorder.staleness.take()).toEqual(ages(3));
    });
  });
});
