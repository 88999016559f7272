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
      [3, 5, 'conflated'],
      [2, 2, 'network'],
      [6, 7, 'network'],
    ]);
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
