import { describe, expect, it } from 'vitest';
import { delayQuantileUs } from '../../../../bench/link/closed-forms.js';
import { FATE, type LinkDirection } from '../../../../bench/link/fate.js';
import { createLinkModel } from '../../../../bench/link/model/model.js';
import { binomialRange } from '../../../../src/stats/count-range.js';
import { linkOf, offerAll, specOf, steady } from '../../../support/link/offered.js';

const down = (text: string): LinkDirection => linkOf(text).down;

/** True for a count that a chance explains, of so many. */
function explained(count: number, of: number, chance: number): boolean {
  const { low, high } = binomialRange(of, chance, 0.9999);
  return count >= low && count <= high;
}

describe('a link', () => {
  it('that is none delivers everything at once', () => {
    const [first, second] = offerAll(down('none'), [
      { at: 5, bytes: 1_500 },
      { at: 5.25, bytes: 28 },
    ]);
    const untouched = { fate: FATE.delivered, duplicateAt: -1, corruptBit: -1, isReordered: false };
    expect(first).toEqual({ ...untouched, deliverAt: 5 });
    expect(second).toEqual({ ...untouched, deliverAt: 5.25 });
  });

  it('counts time from its start, by the clock of its caller', () => {
    const start = 1_700_000_000_000_000;
    const { clients } = createLinkModel(specOf('outage=2s/7s/delay=20ms'), 1, 1, start);
    const packets = [0, 4.9, 5, 6.9, 7].map((s) => ({ at: start + s * 1e6, bytes: 100 }));
    const fates = offerAll(clients[0]!.down, packets);
    const { delivered, outage } = FATE;
    expect(fates.map(({ fate }) => fate)).toEqual([
      delivered,
      delivered,
      outage,
      outage,
      delivered,
    ]);
    expect(fates[4]!.deliverAt).toBe(start + 7_020_000);
    expect(fates[2]!.deliverAt).toBe(-1);
  });

  it('loses in an outage what would leave during it, not what came during it', () => {
    // The second packet leaves at 2 ms, when the outage has begun.
    const fates = offerAll(down('rate=8mbit/outage=1ms/3ms'), [
      { at: 0, bytes: 1_000 },
      { at: 0, bytes: 1_000 },
      { at: 2_500, bytes: 1_000 },
    ]);
    expect(fates.map(({ fate }) => fate)).toEqual([FATE.delivered, FATE.outage, FATE.delivered]);
  });

  it('takes the rate of lost packets, too', () => {
    const fates = offerAll(down('rate=8mbit/loss=list:1'), steady(2, 0, 1_000));
    expect(fates.map(({ fate }) => fate)).toEqual([FATE.lost, FATE.delivered]);
    expect(fates[1]!.deliverAt).toBe(2_000);
  });

  it('is another one for each client, and in each direction', () => {
    const { clients } = createLinkModel(specOf('loss=50%'), 1, 20);
    const lost = clients.flatMap(({ up, down }) =>
      [up, down].map((side) =>
        offerAll(side, steady(64, 1))
          .map(({ fate }) => fate)
          .join(''),
      ),
    );
    expect(new Set(lost).size).toBe(40);
  });

  it('hits the same packets by their number whatever finds no room', () => {
    const lost = (text: string): Set<number> =>
      new Set(
        offerAll(down(text), steady(20_000, 100)).flatMap(({ fate }, i) =>
          fate === FATE.lost ? [i] : [],
        ),
      );
    const wide = lost('loss=5%/burst=4');
    const narrow = lost('loss=5%/burst=4/rate=60mbit/queue=2p');
    expect(narrow.size).toBeGreaterThan(200);
    expect(narrow.size).toBeLessThan(wide.size);
    expect([...narrow].filter((n) => !wide.has(n))).toEqual([]);
  });
});

describe('delay and jitter', () => {
  const delays = (text: string, gapUs: number, count = 50_000): number[] =>
    offerAll(down(text), steady(count, gapUs)).map(({ deliverAt }, i) => deliverAt - i * gapUs);

  it('spread evenly around the delay where packets are far enough apart', () => {
    const text = 'delay=20ms/jitter=5ms';
    const sorted = delays(text, 10_000).sort((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThanOrEqual(15_000);
    expect(sorted.at(-1)).toBeLessThanOrEqual(25_000);
    for (const q of [0.01, 0.5, 0.99]) {
      const error = 10_000 * Math.sqrt((q * (1 - q)) / sorted.length);
      const expected = 15_000 + 10_000 * q;
      expect(Math.abs(sorted[q * sorted.length]! - expected)).toBeLessThan(4 * error);
      expect(delayQuantileUs(specOf(text).down, q)).toBeCloseTo(expected, 6);
    }
  });

  it('keep the order, so that close packets are later in the mean, none above the longest', () => {
    const close = delays('delay=20ms/jitter=5ms', 100);
    const arrivals = close.map((delay, i) => i * 100 + delay);
    expect(arrivals.every((at, i) => i === 0 || at >= arrivals[i - 1]!)).toBe(true);
    expect(Math.max(...close)).toBeLessThanOrEqual(25_000);
    expect(close.reduce((sum, delay) => sum + delay) / close.length).toBeGreaterThan(22_000);
  });
});

describe('what else befalls packets', () => {
  const COUNT = 200_000;

  it('is a copy right behind the packet, as often as asked for', () => {
    const all = offerAll(down('dup=1%/delay=3ms'), steady(COUNT, 10));
    const copied = all.filter(({ duplicateAt }) => duplicateAt >= 0);
    expect(explained(copied.length, COUNT, 0.01)).toBe(true);
    expect(copied.every(({ duplicateAt, deliverAt }) => duplicateAt === deliverAt)).toBe(true);
  });

  it('is to be held back, as often and as long as asked for, and nobody waits for it', () => {
    const all = offerAll(down('reorder=1%/hold=5ms/delay=3ms'), steady(COUNT, 10));
    const late = all.filter(({ isReordered }) => isReordered);
    expect(explained(late.length, COUNT, 0.01)).toBe(true);
    const delays = (isReordered: boolean): Set<number> =>
      new Set(
        all.flatMap((one, i) => (one.isReordered === isReordered ? [one.deliverAt - i * 10] : [])),
      );
    expect([...delays(true)]).toEqual([8_000]);
    expect([...delays(false)]).toEqual([3_000]);
  });

  it('is one inverted bit behind the IP header, anywhere in it', () => {
    const all = offerAll(down('corrupt=5%'), steady(COUNT, 10, 28));
    const bits = all.flatMap(({ corruptBit }) => (corruptBit >= 0 ? [corruptBit] : []));
    expect(explained(bits.length, COUNT, 0.05)).toBe(true);
    const counts = new Map<number, number>();
    for (const bit of bits) counts.set(bit, (counts.get(bit) ?? 0) + 1);
    // 8 bytes behind the header: 64 bits.
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 64 }, (_, i) => i),
    );
    for (const count of counts.values()) expect(explained(count, bits.length, 1 / 64)).toBe(true);
    const [bare] = offerAll(down('corrupt=100%'), [{ at: 0, bytes: 20 }]);
    expect(bare!.corruptBit).toBe(-1);
  });

  it('befalls each packet on its own: a copy is corrupted no more often than another', () => {
    const all = offerAll(down('dup=20%/corrupt=20%/reorder=20%'), steady(COUNT, 10));
    const both = all.filter(({ duplicateAt, corruptBit }) => duplicateAt >= 0 && corruptBit >= 0);
    const late = all.filter(({ isReordered, corruptBit }) => isReordered && corruptBit >= 0);
    expect(explained(both.length, COUNT, 0.04)).toBe(true);
    expect(explained(late.length, COUNT, 0.04)).toBe(true);
  });

  it('befalls no packet that is not delivered', () => {
    const text = 'loss=50%/dup=100%/reorder=100%/corrupt=100%';
    const lost = offerAll(down(text), steady(1_000, 10)).filter(({ fate }) => fate === FATE.lost);
    expect(lost.length).toBeGreaterThan(400);
    const nothing = { deliverAt: -1, duplicateAt: -1, corruptBit: -1, isReordered: false };
    for (const one of lost) expect(one).toEqual({ fate: FATE.lost, ...nothing });
  });
});
