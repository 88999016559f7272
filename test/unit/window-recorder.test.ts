import { describe, expect, it } from 'vitest';
import type { LatencyCounts } from '../../bench/record/latency-recorder.js';
import { WindowRecorder } from '../../bench/workers/window-recorder.js';

const START = 1_000_000_000;
const WINDOW = { t0: START - 1_000, start: START, end: START + 3_000_000, deadline: START + 5_000_000 };

function rig() {
  const seconds: { second: number; delivered: number }[] = [];
  const total = ({ pairs, negative, overflow }: LatencyCounts): number =>
    pairs.reduce((sum, value, i) => sum + (i % 2 === 1 ? value : 0), negative + overflow);
  const recorder = new WindowRecorder((second, counts) => seconds.push({ second, delivered: total(counts) }));
  return { recorder, seconds };
}

describe('WindowRecorder', () => {
  it('hands over each second once it is complete, the silent ones too, by the time of arrival', () => {
    const { recorder, seconds } = rig();
    recorder.open(WINDOW);
    recorder.record(START + 10, START, 100);
    recorder.roll(START + 999_999);
    expect(seconds).toEqual([]);
    recorder.roll(START + 1_000_000);
    expect(seconds).toEqual([{ second: 0, delivered: 1 }]);
    recorder.roll(START + 3_200_000);
    recorder.record(START + 3_200_000, START + 2_999_999, 50);
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
    recorder.deadline = START + 500;
    recorder.roll(START + 501);
    expect(recorder.closed).toBe(true);
  });

  it('before it is known the window holds nothing, however late it gets', () => {
    const { recorder, seconds } = rig();
    recorder.roll(START * 2);
    expect(START >= recorder.start).toBe(false);
    expect([recorder.closed, seconds]).toEqual([false, []]);
  });
});
