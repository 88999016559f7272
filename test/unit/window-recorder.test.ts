import { describe, expect, it } from 'vitest';
import type { LatencyCounts } from '../../bench/record/latency-recorder.js';
import { newStream, WindowRecorder } from '../../bench/workers/window-recorder.js';
import { FakeClock } from './support/fake-clock.js';
import { planOf } from './support/feed-plan.js';

const START = 1_000_000_000;
const WINDOW = { t0: START - 1_000, start: START, end: START + 3_000_000, deadline: START + 5_000_000 };

function rig() {
  const seconds: { second: number; delivered: number }[] = [];
  const total = ({ pairs, negative, overflow }: LatencyCounts): number =>
    pairs.reduce((sum, value, i) => sum + (i % 2 === 1 ? value : 0), negative + overflow);
  const due = [0, 2_999_999].map((micros) => START - WINDOW.t0 + micros);
  const recorder = new WindowRecorder(planOf(1, due), new FakeClock(START), (second, counts) =>
    seconds.push({ second, delivered: total(counts) }),
  );
  const stream = newStream(-1);
  /** Message `at` of the window arrives at `now`. */
  const receive = (at: number, now: number, bytes: number): void => {
    recorder.note(at, now - 5, now);
    recorder.run(stream, at, at, now, bytes, 0);
  };
  return { recorder, seconds, receive, stream };
}

describe('WindowRecorder', () => {
  it('hands over each second once it is complete, the silent ones too, by the time of arrival', () => {
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
});
