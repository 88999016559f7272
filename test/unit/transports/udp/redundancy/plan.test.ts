import { describe, expect, it } from 'vitest';
import { PathEstimate } from '../../../../../src/transports/udp/redundancy/path-estimate.js';
import {
  LARGEST_GROUP,
  planCopyDelay,
  planParity,
} from '../../../../../src/transports/udp/redundancy/plan.js';
import { chainOf, shareLostOfBlock } from '../../../../support/net/gilbert-path.js';

const PATH = { loss: 0.01, burst: 3, perSecond: 1_000, parityLength: 1 };
const DEADLINE = 500;

/** Of a path whose losses are independent. */
const iid = (loss: number) => ({ ...PATH, loss, burst: 1 / (1 - loss) });

describe('how much is sent for parity', () => {
  it('is the least that leaves a tenth of the loss, by the histories of a block', () => {
    for (const loss of [0.001, 0.003, 0.01, 0.015]) {
      for (const burst of [undefined, 2, 3, 5]) {
        const path = burst === undefined ? iid(loss) : { ...PATH, loss, burst };
        const { k, depth } = planParity(path, DEADLINE);
        const chain = chainOf(loss, burst);
        if (k > 5) expect(shareLostOfBlock(chain, k, depth)).toBeLessThanOrEqual(loss / 10);
        // The next longer one would leave more, or be interleaved less than it is to be.
        const longer = [20, 14, 10, 8, 7, 6, 5].findLast((length) => length > k);
        if (longer !== undefined && longer * depth <= LARGEST_GROUP)
          expect(shareLostOfBlock(chain, longer, depth)).toBeGreaterThan(loss / 10);
      }
    }
  });

  it('is a fifth where nothing leaves so little', () => {
    expect(planParity(iid(0.05), DEADLINE)).toEqual({ k: 5, depth: 1 });
  });

  it('is interleaved as deep as bursts last: until a fiftieth of the state is left', () => {
    expect(planParity(iid(0.01), DEADLINE).depth).toBe(1);
    expect(planParity(PATH, DEADLINE).depth).toBe(10);
    // 0.6632^9 is above a fiftieth, and ^10 below.
    expect(planCopyDelay(PATH, DEADLINE)).toBe(10);
  });

  it('is sent within the deadline: fewer at a time where the feed is slow, or time is short', () => {
    for (const [perSecond, deadline] of [
      [100, 500],
      [1_000, 50],
      [20, 500],
      [3, 500],
    ] as const) {
      const { k, depth } = planParity({ ...PATH, perSecond }, deadline);
      const group = Math.max(5, (perSecond * deadline) / 1_000);
      expect(k * depth).toBeLessThanOrEqual(group);
    }
    expect(planCopyDelay({ ...PATH, perSecond: 8 }, DEADLINE)).toBe(4);
    expect(planCopyDelay({ ...PATH, perSecond: 0 }, DEADLINE)).toBe(1);
  });

  it('is never more than clients keep, however long the bursts', () => {
    for (const burst of [5, 20, 100]) {
      const { k, depth } = planParity({ ...PATH, burst, perSecond: 1e6 }, 60_000);
      expect(k * depth).toBeLessThanOrEqual(LARGEST_GROUP);
      expect(planCopyDelay({ ...PATH, burst }, 60_000)).toBeLessThanOrEqual(64);
    }
  });

  it('is longer blocks where a parity is longer than a datagram in the mean, for the budget', () => {
    const path = iid(0.05);
    expect(planParity({ ...path, parityLength: 1.25 }, DEADLINE).k).toBe(5);
    expect(planParity({ ...path, parityLength: 1.26 }, DEADLINE).k).toBe(6);
    expect(planParity({ ...path, parityLength: 2.4 }, DEADLINE).k).toBe(10);
    expect(planParity({ ...path, parityLength: 30 }, DEADLINE).k).toBe(20);
  });
});

describe('what is known of a path', () => {
  it('is at first a hundredth lost, two in a row, and no rate', () => {
    const path = new PathEstimate();
    expect(path.loss).toBeCloseTo(0.01, 12);
    // 2 and a standard error of one burst.
    expect(path.burst).toBeCloseTo(3, 12);
    expect(planCopyDelay(path, DEADLINE)).toBe(10);
    expect(path.perSecond).toBeUndefined();
  });

  it('follows what reports tell, and forgets what it began with', () => {
    const path = new PathEstimate();
    for (let second = 0; second <= 400; second++) {
      const highest = second * 1_000;
      path.reported({ highest, lost: second * 50, bursts: second * 10 }, second * 1e6);
    }
    expect(path.loss).toBeCloseTo(0.05, 3);
    // 5, and 4 ÷ √(some 440 bursts).
    expect(path.burst).toBeGreaterThan(5);
    expect(path.burst).toBeLessThan(5.25);
  });

  it('has the rate at which datagrams are sent, pauses left out', () => {
    const path = new PathEstimate();
    for (const start of [0, 10e6, 20e6])
      for (let i = 0; i < 50; i++) path.rate.sent(start + i * 8_000);
    expect(path.perSecond).toBeCloseTo(125, 9);
    // Twice as many in half of a second: a quarter of the way, each fifth of a second.
    for (let i = 0; i <= 100; i++) path.rate.sent(30e6 + i * 4_000);
    expect(path.perSecond).toBeCloseTo(250 - 125 * 0.75 ** 2, 9);
  });

  it('of a feed so slow that each datagram comes after a pause, has none', () => {
    const path = new PathEstimate();
    for (let i = 0; i < 50; i++) path.rate.sent(i * 300_000);
    expect(path.perSecond).toBeUndefined();
  });

  it('forgets a half of what it saw in half a minute', () => {
    const path = new PathEstimate();
    path.reported({ highest: 100_000, lost: 10_000, bursts: 10_000 }, 0);
    const before = path.loss;
    path.reported({ highest: 150_100, lost: 10_000, bursts: 10_000 }, 30e6);
    // Of 100,200 datagrams half count, beside 50,100 without a loss.
    expect(path.loss).toBeCloseTo(before / 2, 6);
  });

  it('takes the likely burst for that of a client that does not tell, and no nonsense', () => {
    const path = new PathEstimate();
    path.reported({ highest: 30_000, lost: 300 }, 0);
    expect(path.burst).toBeCloseTo(2 + 1 / Math.sqrt(151), 6);
    path.reported({ highest: 20_000, lost: 900_000, bursts: 4 }, 1e6);
    expect(path.loss).toBeLessThan(0.02);
    path.reported({ highest: 20_010, lost: 2e9, bursts: 3e9 }, 2e6);
    expect(path.loss).toBeLessThan(0.02);
    expect(path.burst).toBeGreaterThanOrEqual(1);
  });
});
