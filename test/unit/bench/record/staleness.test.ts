import { describe, expect, it } from 'vitest';
import { StalenessTracker } from '../../../../bench/record/staleness.js';
import { countsOf } from '../../../support/result/latencies.js';
import { planOf } from '../../../support/run/feed-plan.js';

/** Messages 0, 1, 2, … due every 10 ms, of two keys in turn. */
const DUE = [0, 10_000, 20_000, 30_000, 40_000, 50_000];
const PLAN = { ...planOf(1, DUE), key: Uint32Array.of(0, 1, 0, 1, 0, 1), keys: 2 };

describe('StalenessTracker', () => {
  it('the age of a key is the time since its newest value held was due, looked at every 50 ms', () => {
    const tracker = new StalenessTracker(PLAN);
    const follower = tracker.follow(0, 1);
    tracker.open(10_000, 170_000);
    tracker.advance(11_000);
    // At 10 ms it held nothing.
    tracker.run(follower, 0, 2);
    tracker.advance(61_000);
    // At 60 ms: key 0 of 20 ms, key 1 of 10 ms.
    tracker.run(follower, 5, 5);
    tracker.advance(170_000);
    // At 110 and 160 ms: key 0 still of 20 ms, key 1 of 50 ms. The window ends before 210 ms.
    expect(tracker.take()).toEqual(countsOf([40_000, 50_000, 90_000, 60_000, 140_000, 110_000]));
  });

  it('a late message does not make a value older again', () => {
    const tracker = new StalenessTracker(PLAN);
    const follower = tracker.follow(0, 1);
    tracker.open(0, 100_000);
    tracker.run(follower, 4, 4);
    tracker.run(follower, 0, 0);
    tracker.advance(100_000);
    // Nothing else was held when it was looked at the first time: 0 and 50 ms.
    expect(tracker.take()).toEqual({ ...countsOf([10_000]), negative: 1 });
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
    expect(tracker.take()).toEqual(countsOf(Array.from({ length: 20 }, (_, i) => i * 50_000)));
  });

  it('says when it wants to be asked next, and nothing more once the window is over or was cut short', () => {
    const tracker = new StalenessTracker(planOf(1, [0]));
    expect(tracker.next).toBe(Number.POSITIVE_INFINITY);
    tracker.open(100_000, 300_000);
    expect(tracker.next).toBe(100_000);
    tracker.advance(160_000);
    expect(tracker.next).toBe(200_000);
    tracker.endBy(200_000);
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
});
