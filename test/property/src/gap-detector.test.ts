import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GapEvent } from '../../../src/client/feed-event.js';
import { GapDetector, REORDER_MS } from '../../../src/client/gap-detector.js';
import { FakeClock } from '../../support/core/fake-clock.js';

interface Bed {
  readonly clock: FakeClock;
  readonly account: GapDetector;
  readonly taken: number[];
  readonly gaps: GapEvent[];
  lost: number;
}

function bed({ reliable = false, filtered = false } = {}): Bed {
  const clock = new FakeClock();
  const gaps: GapEvent[] = [];
  const rig = { clock, gaps, taken: [] as number[], lost: 0 };
  const account = new GapDetector({
    clock,
    reliable,
    filtered,
    lostDatagrams: () => rig.lost,
    reads: () => 0,
    onGap: (gap) => gaps.push(gap),
  });
  account.begin(1);
  return Object.assign(rig, { account });
}

const take = (rig: Bed, ...seqs: readonly number[]): void => {
  for (const seq of seqs) if (rig.account.take(seq)) rig.taken.push(seq);
};

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe('the account of a feed', () => {
  it.each([true, false])(
    'of a range that is conflated nothing but what was told is missing (reliable: %s)',
    (reliable) => {
      const rig = bed({ reliable });
      take(rig, 1, 2);
      rig.account.conflated(3, 11, 5);
      take(rig, 4, 7, 10, 11, 12);
      rig.clock.advance(2 * REORDER_MS);
      rig.account.settle();
      expect(rig.taken).toEqual([1, 2, 4, 7, 10, 11, 12]);
      expect(rig.gaps).toEqual([
        { type: 'gap', from: 3, to: 10, missed: 5, reason: 'conflated', exact: true },
      ]);
      expect(rig.account.expected).toBe(rig.taken.length + 5);
    },
  );

  it('a gap before a range that is conflated, and one behind it, is lost on the way', () => {
    const rig = bed();
    take(rig, 1);
    rig.account.conflated(3, 6, 2);
    take(rig, 5, 8);
    rig.account.settle();
    expect(rig.gaps.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [2, 2, 'network'],
      [6, 7, 'network'],
      [3, 5, 'conflated'],
    ]);
  });

  it('over a transport that loses, no more of a range is conflated than was told', () => {
    const rig = bed();
    take(rig, 1, 2);
    rig.account.conflated(3, 11, 5);
    // Kept were 4, 7 and 10: 7 is lost.
    take(rig, 4, 10, 11);
    rig.clock.advance(2 * REORDER_MS);
    expect(rig.gaps).toEqual([
      { type: 'gap', from: 5, to: 9, missed: 1, reason: 'network', exact: true },
      { type: 'gap', from: 3, to: 10, missed: 5, reason: 'conflated', exact: true },
    ]);
    expect(rig.account.expected).toBe(rig.taken.length + 6);
  });

  it.each([true, false])(
    'of a range that a cut ends, only what was passed over is missing (reliable: %s)',
    (reliable) => {
      const rig = bed({ reliable });
      take(rig, 1, 2);
      rig.account.conflated(3, 21, 12);
      take(rig, 5, 9);
      const untold = reliable ? 5 : 0;
      expect(rig.account.untold).toBe(untold);
      rig.account.settle();
      rig.account.resume(10);
      // The next connection knows nothing of it, and brings all that follows.
      take(rig, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
      rig.account.settle();
      expect(rig.gaps).toEqual([
        { type: 'gap', from: 3, to: 9, missed: 5, reason: 'conflated', exact: true },
      ]);
      expect(rig.account.expected).toBe(rig.taken.length + 5);
    },
  );

  it('what is superseded was lost on the way, and is reported once as conflated', () => {
    const rig = bed();
    take(rig, 1, 5, 8);
    rig.account.conflated(2, 5, 3);
    rig.account.conflated(2, 5, 3);
    rig.clock.advance(2 * REORDER_MS);
    take(rig, 3);
    expect(rig.gaps.map(({ from, to, missed, reason }) => [from, to, missed, reason])).toEqual([
      [2, 4, 3, 'conflated'],
      [6, 7, 2, 'network'],
    ]);
    expect(rig.account.expected).toBe(rig.taken.length + 5);
  });

  it('what is superseded of a range that was conflated counts beside what that left out', () => {
    const rig = bed();
    take(rig, 4);
    rig.account.conflated(5, 14, 5);
    // Kept were 5, 7, 11 and 13; 7 and 11 are lost, and 7 is superseded.
    take(rig, 5, 13, 14);
    rig.account.conflated(6, 9, 1);
    rig.clock.advance(2 * REORDER_MS);
    const missed = (why: string): number =>
      rig.gaps.reduce((sum, gap) => sum + (gap.reason === why ? gap.missed : 0), 0);
    // 1 to 3 have never been there.
    expect([missed('conflated'), missed('network')]).toEqual([6, 3 + 1]);
  });

  it('with keys, a range that a cut ends is an upper bound', () => {
    const rig = bed({ reliable: true, filtered: true });
    rig.account.conflated(3, 21, 12);
    take(rig, 5);
    rig.account.settle();
    rig.account.resume(6);
    expect(rig.gaps).toEqual([
      { type: 'gap', from: 3, to: 20, missed: 12, reason: 'conflated', exact: false },
    ]);
    rig.account.conflated(6, 11, 2);
    take(rig, 8, 12);
    expect(rig.gaps[1]).toEqual({
      ...{ type: 'gap', from: 6, to: 10, missed: 2, reason: 'conflated', exact: true },
    });
  });

  it('of ranges that are conflated, cut and go on, nothing is missing but what was left out', () => {
    const pass = fc.record({
      length: fc.integer({ min: 2, max: 12 }),
      kept: fc.integer({ min: 1, max: 4_095 }),
      reached: fc.integer({ min: 0, max: 14 }),
    });
    fc.assert(
      fc.property(fc.boolean(), fc.array(pass, { maxLength: 8 }), (reliable, passes) => {
        const rig = bed({ reliable });
        let next = 1;
        for (const { length, kept, reached } of passes) {
          const range = upTo(length).map((i) => next + i - 1);
          // The last one is never replaced within its range.
          const sent = range.filter((_, i) => i === length - 1 || ((kept >> i) & 1) === 1);
          if (sent.length < length)
            rig.account.conflated(next, next + length, length - sent.length);
          take(rig, ...sent.slice(0, reached));
          const { next: at } = rig.account;
          if (reached < sent.length) {
            rig.account.settle();
            rig.account.resume(at);
            take(rig, ...range.filter((seq) => seq >= at));
          }
          next += length;
        }
        rig.account.settle();
        const missed = rig.gaps.reduce((sum, gap) => sum + gap.missed, 0);
        expect(rig.gaps.every(({ reason }) => reason === 'conflated')).toBe(true);
        expect(rig.taken.length + missed).toBe(next - 1);
        expect(rig.account.expected).toBe(next - 1);
      }),
      { numRuns: 300 },
    );
  });

  it('every message is taken once or reported once, whatever a network does', () => {
    const step = fc.record({
      seq: fc.integer({ min: 1, max: 60 }),
      waitMs: fc.constantFrom(0, 0, 0, 1, REORDER_MS / 2, REORDER_MS),
      kind: fc.constantFrom('message', 'message', 'message', 'message', 'heartbeat', 'lagged'),
      missed: fc.integer({ min: 0, max: 70 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const rig = bed();
        for (const { seq, waitMs, kind, missed } of steps) {
          rig.clock.advance(waitMs);
          if (kind === 'message') take(rig, seq);
          else if (kind === 'heartbeat') rig.account.announced(seq);
          else rig.account.lagged({ control: 'lagged', missed, next: seq }, 'lagged');
        }
        rig.account.settle();
        const reported = rig.gaps.flatMap(({ from, to }) => upTo(to).slice(from - 1));
        expect([...rig.taken, ...reported].sort((a, b) => a - b)).toEqual(
          upTo(rig.account.next - 1),
        );
        expect(
          rig.gaps.every(({ from, to, missed, exact }) => exact && missed === to - from + 1),
        ).toBe(true);
        expect(rig.account.expected).toBe(rig.account.next - 1);
        expect(rig.clock.pending).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('a hole is a gap after the time for late messages, not before', () => {
    const rig = bed();
    take(rig, 1, 4);
    rig.clock.advance(REORDER_MS - 1);
    take(rig, 2);
    expect(rig.gaps).toEqual([]);
    rig.clock.advance(1);
    expect(rig.gaps).toEqual([
      { type: 'gap', from: 3, to: 3, missed: 1, reason: 'network', exact: true },
    ]);
    take(rig, 3, 2, 5);
    expect(rig.taken).toEqual([1, 4, 2, 5]);
    expect(rig.account.duplicates).toBe(2);
    expect(rig.clock.pending).toBe(0);
  });

  it('what the server says it skipped is not called lost on the way', () => {
    const rig = bed();
    take(rig, 1, 2);
    rig.account.lagged({ control: 'lagged', missed: 7, next: 10 }, 'lagged');
    take(rig, 10);
    const late = bed();
    take(late, 1, 2, 10);
    late.account.lagged({ control: 'lagged', missed: 7, next: 10 }, 'lagged');
    for (const { gaps } of [rig, late]) {
      expect(gaps).toEqual([
        { type: 'gap', from: 3, to: 9, missed: 7, reason: 'lagged', exact: true },
      ]);
    }
  });

  it('counts the epochs together', () => {
    const rig = bed({ reliable: true });
    take(rig, 1, 2, 3);
    rig.account.begin(1);
    take(rig, 1, 2);
    expect({ expected: rig.account.expected, next: rig.account.next }).toEqual({
      expected: 5,
      next: 3,
    });
  });

  it('a connection that begins too late leaves a gap', () => {
    const rig = bed({ reliable: true });
    take(rig, 1, 2);
    rig.account.resume(6);
    expect(rig.gaps).toEqual([
      { type: 'gap', from: 3, to: 5, missed: 3, reason: 'network', exact: true },
    ]);
  });

  it('with keys, only what datagrams and servers tell counts', () => {
    const rig = bed({ filtered: true });
    take(rig, 3, 9, 7);
    rig.clock.advance(REORDER_MS);
    expect(rig.gaps).toEqual([]);
    rig.lost = 2;
    rig.account.announced(20);
    rig.clock.advance(REORDER_MS);
    expect(rig.gaps).toMatchObject([{ missed: 2, reason: 'network', exact: false, to: 19 }]);
    rig.account.lagged({ control: 'lagged', missed: 4, next: 50 }, 'lagged');
    expect(rig.gaps[1]).toEqual({
      type: 'gap',
      from: 20,
      to: 49,
      missed: 4,
      reason: 'lagged',
      exact: true,
    });
  });

  it('remembers a bounded number of holes', () => {
    const rig = bed();
    for (let seq = 1; seq < 10_000; seq += 2) take(rig, seq);
    expect(rig.gaps.length).toBe(4_999 - 1_024);
    rig.account.settle();
    expect(rig.gaps.length).toBe(4_999);
  });

  it('also of those that late messages make of one: the gap that has to go is reported', () => {
    const rig = bed();
    take(rig, 10_000);
    for (let seq = 2; seq < 10_000; seq += 2) take(rig, seq);
    // Each of the 4,999 left a gap of one message below it, and one remains above them all.
    expect(rig.gaps.length).toBe(5_000 - 1_024);
    rig.account.settle();
    expect(rig.gaps.map(({ from }) => from)).toEqual(upTo(5_000).map((i) => 2 * i - 1));
    expect(rig.taken.length + rig.gaps.length).toBe(rig.account.expected);
  });
});
