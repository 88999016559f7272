import { describe, expect, it } from 'vitest';
import type { LatencyCounts } from '../../../../bench/record/latency-recorder.js';
import { StalenessTracker } from '../../../../bench/record/staleness.js';
import { countsOf } from '../../../support/result/latencies.js';
import { planOf } from '../../../support/run/feed-plan.js';

/** Messages 0, 1, 2, … due every 10 ms, of two keys in turn. */
const DUE = [0, 10_000, 20_000, 30_000, 40_000, 50_000];
const PLAN = { ...planOf(1, DUE), key: Uint32Array.of(0, 1, 0, 1, 0, 1), keys: 2 };

describe('StalenessTracker', () => {
  it('the age of a key is the time since its newest value held was due, beside that of the newest that was due', () => {
    const tracker = new StalenessTracker(PLAN);
    const follower = tracker.follow(0, 1);
    // Looked at 0 ms, then 30.901, 11.803 and 42.705 ms into the 50 ms of its turn.
    tracker.open(10_000, 202_000);
    tracker.advance(11_000);
    // At 10 ms it held nothing.
    tracker.run(follower, 0, 2);
    tracker.advance(91_000);
    // At 90.901 ms: key 0 of 20 ms, key 1 of 10 ms.
    tracker.run(follower, 5, 5);
    tracker.advance(202_000);
    // At 121.803 ms: key 0 still of 20 ms, key 1 of 50 ms. The window ends before 202.705 ms.
    expect(tracker.take()).toEqual(countsOf([70_901, 80_901, 101_803, 71_803]));
    // Without latency: key 0 of 40 ms, key 1 of 50 ms, at the same times.
    expect(tracker.takeIdeal()).toEqual(countsOf([50_901, 40_901, 81_803, 71_803]));
  });

  it('a feed whose keys nobody knows is never looked at, however long its plan may be', () => {
    const tracker = new StalenessTracker({ ...PLAN, key: new Uint32Array(0), keys: 0 });
    tracker.open(10_000, 202_000);
    expect(tracker.next).toBe(Number.POSITIVE_INFINITY);
  });

  it('a value of the warm-up is held until a newer one comes, and is missed when that one is lost', () => {
    // Due every 20 ms, of two keys in turn: four before the window and five in it.
    const warmup = {
      due: Float64Array.of(0, 20_000, 40_000, 60_000),
      key: Uint32Array.of(0, 1, 0, 1),
    };
    const due = [80_000, 100_000, 120_000, 140_000, 160_000];
    const plan = { ...planOf(5, due), key: Uint32Array.of(0, 1, 0, 1, 0), keys: 2, warmup };
    const tracker = new StalenessTracker(plan);
    const follower = tracker.follow(0, 1);
    tracker.open(70_000, 180_000);
    // It lost the last but one of the warm-up, and of the window the first two.
    for (const at of [-4, -3, -1]) tracker.run(follower, at, at);
    tracker.advance(125_000);
    tracker.run(follower, 2, 2);
    tracker.advance(180_000);
    // Looked at 70, 150.901 and 181.803 ms: key 0 of 0 and 120 ms, key 1 of 60 ms both times.
    expect(tracker.take()).toEqual(countsOf([70_000, 10_000, 30_901, 90_901]));
    // Without latency and loss: of 40 and 60 ms, then of 120 and 140 ms.
    expect(tracker.takeIdeal()).toEqual(countsOf([30_000, 10_000, 30_901, 10_901]));
  });

  it('of keys that change once in the window, too, the mean excess is the latency', () => {
    const [latency, keys, period] = [30_000, 400, 1_000_000];
    const all = Array.from({ length: 2 * keys }, (_, at) => (at * period) / keys);
    const [before, due] = [all.slice(0, keys), all.slice(keys)];
    const key = Uint32Array.from(before, (_, at) => at % 50);
    const warmup = { due: Float64Array.from(before), key };
    const tracker = new StalenessTracker({ ...planOf(keys + 1, due), key, keys: 50, warmup });
    const follower = tracker.follow(0, 1);
    tracker.open(period, 2 * period);
    for (let at = 0; at < all.length; at++) {
      tracker.advance(all[at]! + latency);
      tracker.run(follower, at - keys, at - keys);
    }
    tracker.advance(2 * period);
    const excess = meanOf(tracker.take()) - meanOf(tracker.takeIdeal());
    expect(excess).toBeGreaterThan(0.9 * latency);
    expect(excess).toBeLessThan(1.1 * latency);
  });

  it('a late message does not make a value older again', () => {
    const tracker = new StalenessTracker(PLAN);
    const follower = tracker.follow(0, 1);
    tracker.open(0, 100_000);
    tracker.run(follower, 4, 4);
    tracker.run(follower, 0, 0);
    tracker.advance(100_000);
    // Nothing else was held when it was looked at the first time: at 0 and 80.901 ms.
    expect(tracker.take()).toEqual({ ...countsOf([40_901]), negative: 1 });
    // Nor could it be ideal to hold what was not due.
    expect(tracker.takeIdeal()).toEqual({ ...countsOf([40_901]), negative: 1 });
  });

  it('what arrives at the time of a look was not held then', () => {
    const tracker = new StalenessTracker(PLAN);
    const follower = tracker.follow(0, 1);
    tracker.open(50_000, 60_000);
    tracker.advance(50_000);
    tracker.run(follower, 0, 0);
    tracker.advance(Number.POSITIVE_INFINITY);
    expect(tracker.take()).toEqual(countsOf([]));
  });

  it('the longer something is missing the more it weighs: silence is looked at as often as anything else', () => {
    const tracker = new StalenessTracker(planOf(1, [0]));
    const follower = tracker.follow(0, 1);
    tracker.open(0, 1_000_000);
    tracker.run(follower, 0, 0);
    // One look at the clock at the very end.
    tracker.advance(1_000_000);
    const looks = Array.from({ length: 20 }, (_, i) =>
      Math.floor((i + (i * 0.6180339887498949 - Math.floor(i * 0.6180339887498949))) * 50_000),
    );
    expect(tracker.take()).toEqual(countsOf(looks));
  });

  it('says when it wants to be asked next, and nothing more once the window is over or was cut short', () => {
    const tracker = new StalenessTracker(planOf(1, [0]));
    expect(tracker.next).toBe(Number.POSITIVE_INFINITY);
    tracker.open(100_000, 300_000);
    expect(tracker.next).toBe(100_000);
    tracker.advance(190_000);
    expect(tracker.next).toBe(211_803);
    tracker.endBy(211_803);
    expect(tracker.next).toBe(Number.POSITIVE_INFINITY);
    const follower = tracker.follow(0, 1);
    tracker.run(follower, 0, 0);
    tracker.advance(Number.POSITIVE_INFINITY);
    expect(tracker.take()).toEqual(countsOf([]));
  });

  it('follows all of up to 64 subscribers, and 64 of more, spread evenly over the order of joining', () => {
    for (const total of [1, 7, 64, 65, 100, 128, 1_000, 1_001]) {
      const tracker = new StalenessTracker(PLAN);
      const followed = Array.from({ length: total }, (_, index) => tracker.follow(index, total));
      const places = followed.flatMap((follower, index) => (follower >= 0 ? [index] : []));
      expect(places).toHaveLength(Math.min(64, total));
      expect(followed.filter((follower) => follower >= 0)).toEqual(places.map((_, i) => i));
      const gaps = places.slice(1).map((place, i) => place - places[i]!);
      expect(Math.max(...gaps, 0) - Math.min(...gaps, total)).toBeLessThanOrEqual(1);
    }
  });

  it('of more than 64 keys it follows the first 64', () => {
    const keys = 70;
    const due = Array.from({ length: keys }, () => 0);
    const plan = { ...planOf(1, due), key: Uint32Array.from(due, (_, at) => at), keys };
    const tracker = new StalenessTracker(plan);
    const follower = tracker.follow(0, 1);
    tracker.open(10, 11);
    tracker.run(follower, 0, keys - 1);
    tracker.advance(10);
    expect(tracker.take()).toEqual(countsOf(Array.from({ length: 64 }, () => 10)));
  });

  it.each([
    ['a feed whose period divides that of looking', 10_000],
    ['one whose does not', 7_301],
  ])('of %s that loses nothing, the mean excess is the latency', (_, interval) => {
    const [latency, keys, messages] = [3_000, 20, 20_000];
    const due = Array.from({ length: messages }, (_, at) => at * interval);
    const key = Uint32Array.from(due, (_, at) => at % keys);
    const tracker = new StalenessTracker({ ...planOf(1, due), key, keys });
    const follower = tracker.follow(0, 1);
    tracker.open(keys * interval + latency, messages * interval);
    for (let at = 0; at < messages; at++) {
      tracker.advance(due[at]! + latency);
      tracker.run(follower, at, at);
    }
    tracker.advance(messages * interval);
    const [held, ideal] = [meanOf(tracker.take()), meanOf(tracker.takeIdeal())];
    // Some thousand looks at ages of up to a period of the key.
    expect(held - ideal).toBeGreaterThan(0.9 * latency);
    expect(held - ideal).toBeLessThan(1.1 * latency);
  });
});

function meanOf({ pairs, sum }: LatencyCounts): number {
  return sum / pairs.reduce((count, value, i) => count + (i % 2 === 1 ? value : 0), 0);
}
