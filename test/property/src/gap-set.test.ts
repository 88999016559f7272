import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Gap, GapSet } from '../../../src/metrics/gap-set.js';
import type { Range } from '../../../src/metrics/range.js';

const upTo = ({ from, to }: Range): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

/** The same set kept the plain way: every missing number, and the data of its gap. */
class Naive {
  readonly missing = new Map<number, number>();
  readonly forgotten: Gap<number>[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get gaps(): Gap<number>[] {
    const gaps: { from: number; to: number; data: number }[] = [];
    for (const [seq, data] of [...this.missing].sort((a, b) => a[0] - b[0])) {
      const last = gaps.at(-1);
      if (last?.to === seq - 1 && last.data === data) last.to = seq;
      else gaps.push({ from: seq, to: seq, data });
    }
    return gaps;
  }

  bound(): void {
    const { gaps } = this;
    if (gaps.length <= this.#limit) return;
    this.forgotten.push(gaps[0] as Gap<number>);
    this.take(gaps[0] as Gap<number>);
  }

  /** Those of the range that were missing. */
  take(range: Range): number[] {
    return upTo(range).filter((seq) => this.missing.delete(seq));
  }
}

const seq = fc.integer({ min: 1, max: 120 });
const step = fc.oneof(
  // Received, then missing: how far the newest message lies beyond the last.
  fc.record({
    kind: fc.constant('open' as const),
    received: fc.integer({ min: 0, max: 3 }),
    length: fc.integer({ min: 1, max: 12 }),
  }),
  fc.record({ kind: fc.constant('fill' as const), seq }),
  fc.record({ kind: fc.constant('cut' as const), from: seq, to: seq }),
  fc.record({ kind: fc.constant('expire' as const), age: fc.integer({ min: 0, max: 10 }) }),
  fc.record({ kind: fc.constant('overlap' as const), from: seq, to: seq }),
);

describe('GapSet', () => {
  it('agrees with a set of numbers whatever is done with it, never holds more gaps than it may, and hands out the lowest first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.array(step, { maxLength: 80 }),
        (limit, steps) => {
          const naive = new Naive(limit);
          const forgotten: Gap<number>[] = [];
          const set = new GapSet<number>(limit, (gap) => forgotten.push(gap));
          let next = 1;
          for (const [now, one] of steps.entries()) {
            if (one.kind === 'open') {
              const range = { from: next + one.received, to: next + one.received + one.length - 1 };
              next = range.to + 1;
              set.open(range.from, range.to, now);
              for (const each of upTo(range)) naive.missing.set(each, now);
            } else if (one.kind === 'fill') {
              const data = naive.missing.get(one.seq);
              naive.missing.delete(one.seq);
              expect(set.fill(one.seq)).toBe(data);
            } else if (one.kind === 'cut') {
              expect(set.cut(one.from, one.to).flatMap(upTo)).toEqual(naive.take(one));
            } else if (one.kind === 'expire') {
              const old = naive.gaps.filter(({ data }) => data <= now - one.age);
              for (const gap of old) naive.take(gap);
              expect(set.expire((openedAt) => openedAt <= now - one.age)).toEqual(old);
            } else {
              const inside = upTo(one).filter((each) => naive.missing.has(each));
              expect(set.overlap(one.from, one.to)).toBe(inside.length);
            }
            naive.bound();
            expect(set.size).toBeLessThanOrEqual(limit);
            expect(set.lowest).toEqual(naive.gaps[0]);
          }
          expect(forgotten).toEqual(naive.forgotten);
          // All that is left, as it is.
          expect(set.expire(() => true)).toEqual(naive.gaps);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('every number that was missing is filled, cut, expired, forgotten or still there: once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(seq, { maxLength: 60 }),
        (limit, late) => {
          const seen: number[] = [];
          const set = new GapSet<number>(limit, (gap) => seen.push(...upTo(gap)));
          set.open(1, 50, 0);
          set.open(60, 120, 0);
          for (const one of late) if (set.fill(one) !== undefined) seen.push(one);
          for (const range of set.cut(20, 80)) seen.push(...upTo(range));
          for (const gap of set.expire(() => true)) seen.push(...upTo(gap));
          expect(seen.sort((a, b) => a - b)).toEqual([
            ...upTo({ from: 1, to: 50 }),
            ...upTo({ from: 60, to: 120 }),
          ]);
        },
      ),
    );
  });
});
