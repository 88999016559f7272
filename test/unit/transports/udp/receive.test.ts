import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newClientCounters } from '../../../../src/transports/counters.js';
import { DatagramTracker, Jitter } from '../../../../src/transports/datagram/receive.js';

function tracked(dseqs: readonly number[], announced?: number): Record<string, number> {
  const counters = newClientCounters();
  const tracker = new DatagramTracker(counters);
  for (const dseq of dseqs) tracker.arrived(dseq);
  if (announced !== undefined) tracker.expect(announced);
  return {
    lost: counters.datagramsLost,
    duplicated: counters.datagramsDuplicated,
    reordered: counters.datagramsReordered,
    received: tracker.received,
    highest: tracker.highest,
  };
}

describe('datagram numbers', () => {
  it('count nothing while datagrams come in order', () => {
    expect(tracked([1, 2, 3])).toEqual({
      lost: 0,
      duplicated: 0,
      reordered: 0,
      received: 3,
      highest: 3,
    });
  });

  it('show a gap as lost, from the very first datagram on', () => {
    expect(tracked([3, 6])).toMatchObject({ lost: 4, reordered: 0, received: 2 });
  });

  it('take a loss back when the missing datagram arrives late', () => {
    expect(tracked([1, 3, 2])).toMatchObject({ lost: 0, duplicated: 0, reordered: 1 });
  });

  it('tell a second copy from a late arrival', () => {
    expect(tracked([1, 3, 3, 2, 2, 1])).toMatchObject({
      lost: 0,
      duplicated: 3,
      reordered: 1,
      received: 3,
    });
  });

  it('see the loss of the tail when a heartbeat names the next number, and forgive it if the tail comes', () => {
    expect(tracked([1, 2], 5)).toMatchObject({ lost: 2, highest: 2 });
    expect(tracked([], 4)).toMatchObject({ lost: 3, received: 0 });
    expect(tracked([1, 2], 3)).toMatchObject({ lost: 0 });
    const late = tracked([1, 2, 3, 4], 5);
    expect(late).toMatchObject({ lost: 0, reordered: 0 });
  });

  it('never count an old heartbeat against what has arrived since', () => {
    expect(tracked([1, 2, 3], 2)).toMatchObject({ lost: 0 });
  });

  it('compare by serial arithmetic, so that 2^32 − 1 is followed by 0', () => {
    const counters = newClientCounters();
    const tracker = new DatagramTracker(counters);
    // Forward jumps may be at most 2^31 − 1.
    for (const dseq of [2 ** 31 - 1, 2 ** 32 - 2, 2 ** 32 - 1]) tracker.arrived(dseq);
    const lostBefore = counters.datagramsLost;
    for (const dseq of [1, 0, 2, 2 ** 32 - 1]) tracker.arrived(dseq);
    expect(counters.datagramsLost).toBe(lostBefore);
    expect(counters).toMatchObject({ datagramsReordered: 1, datagramsDuplicated: 1 });
    expect(tracker.highest).toBe(2 ** 32 + 2);
  });

  it('of a stream that was under way count from the first one owed, wherever that is', () => {
    const shape = fc.tuple(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 50 }),
    );
    fc.assert(
      fc.property(shape, ([first, dseqs]) => {
        const counters = newClientCounters();
        const tracker = new DatagramTracker(counters, first);
        const onTheWire = (dseq: number): number => (first + dseq - 1) >>> 0;
        for (const before of [0, -1, -2_000])
          expect(tracker.precedes(onTheWire(before))).toBe(true);
        for (const dseq of dseqs) {
          expect(tracker.precedes(onTheWire(dseq))).toBe(false);
          tracker.arrived(onTheWire(dseq));
        }
        tracker.expect(onTheWire(3_100));
        expect({
          lost: counters.datagramsLost,
          duplicated: counters.datagramsDuplicated,
          reordered: counters.datagramsReordered,
          received: tracker.received,
          highest: tracker.highest,
        }).toEqual(tracked(dseqs, 3_100));
      }),
    );
  });

  it('call what is 4,096 numbers behind or more a duplicate, and leave it lost', () => {
    expect(tracked([1, 4_097, 2])).toMatchObject({ lost: 4_094, reordered: 1, duplicated: 0 });
    expect(tracked([1, 4_098, 2])).toMatchObject({ lost: 4_096, reordered: 0, duplicated: 1 });
  });

  it('agree with a plain set for every order of arrival within the window', () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(arrivals, (dseqs) => {
        const seen = new Set<number>();
        let reordered = 0;
        let duplicated = 0;
        let highest = 0;
        for (const dseq of dseqs) {
          if (seen.has(dseq)) duplicated += 1;
          else if (dseq < highest) reordered += 1;
          seen.add(dseq);
          highest = Math.max(highest, dseq);
        }
        const lost = highest - seen.size;
        expect(tracked(dseqs)).toEqual({
          lost,
          duplicated,
          reordered,
          received: seen.size,
          highest,
        });
      }),
    );
  });
});

describe('jitter', () => {
  it('is the running mean of RFC 3550: a sixteenth of each change of transit time', () => {
    const jitter = new Jitter();
    jitter.arrived(1_000, 0);
    expect(jitter.micros).toBe(0);
    jitter.arrived(2_160, 1_000);
    expect(jitter.micros).toBe(10);
    jitter.arrived(3_000, 2_000);
    expect(jitter.micros).toBe(10 + (160 - 10) / 16);
  });

  it('does not see a constant offset between the two clocks', () => {
    const jitter = new Jitter();
    for (let i = 0; i < 10; i++) jitter.arrived(i * 1_000 - 5e9, i * 1_000);
    expect(jitter.micros).toBe(0);
  });
});
