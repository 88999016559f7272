import { describe, expect, it } from 'vitest';
import { ArrivalTracker } from '../../../../bench/record/arrivals.js';

describe('ArrivalTracker', () => {
  it('keeps first and last receipt and the number of receipts of each message', () => {
    const tracker = new ArrivalTracker(5);
    for (const at of [0, 1, 2]) tracker.first(at, 100);
    tracker.add(0, 2, 100);
    tracker.add(1, 1, 130);
    tracker.first(4, 150);
    tracker.add(4, 4, 150);
    tracker.add(0, 1, 160);
    const { first, last, count } = tracker.report();
    expect([...count]).toEqual([2, 3, 1, 0, 1]);
    expect([...first]).toEqual([100, 100, 100, 0, 150]);
    expect([...last]).toEqual([160, 160, 100, 0, 150]);
  });

  it('of a window without messages says nothing', () => {
    expect(new ArrivalTracker(0).report()).toEqual({
      first: new Float64Array(0),
      last: new Float64Array(0),
      count: new Uint32Array(0),
    });
  });
});
