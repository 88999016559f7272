import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceAccount } from '../../../bench/record/sequence-account.js';

const START = 20;
const HIGHEST = 160;

/** The same accounts kept the plain way: with a set of all that was received. */
function naive(arrivals: readonly number[]) {
  const seen = new Set<number>();
  /** Unique ones in order of arrival. */
  const order: number[] = [];
  let next = START;
  let duplicates = 0;
  let reordered = 0;
  let snapshot = 0;
  let extentSum = 0;
  let extentMax = 0;
  const n: [number, number, number] = [0, 0, 0];
  for (const seq of arrivals) {
    if (seq < START) snapshot += 1;
    else if (seen.has(seq)) duplicates += 1;
    else {
      seen.add(seq);
      if (seq < next) {
        reordered += 1;
        // RFC 4737 §4.2.2: back to the earliest arrival with a larger number.
        const extent = order.length - order.findIndex((earlier) => earlier > seq);
        extentSum += extent;
        extentMax = Math.max(extentMax, extent);
        // §5.2: the n arrivals right before it all have larger numbers.
        for (const i of [0, 1, 2] as const) {
          const before = order.slice(-(i + 1));
          if (before.length === i + 1 && before.every((earlier) => earlier > seq)) n[i] += 1;
        }
      } else next = seq + 1;
      order.push(seq);
    }
  }
  const missingIn = (first: number, last: number): number => {
    let missing = 0;
    for (let seq = Math.max(first, START); seq <= last; seq++) if (!seen.has(seq)) missing += 1;
    return missing;
  };
  const reordering = { unique: seen.size, reordered, extentSum, extentMax, n };
  return {
    unique: seen.size,
    reordering,
    counts: { next, duplicates, reordered, snapshot },
    missingIn,
  };
}

/**
 * A feed on a bad path: parts of it swapped, repeated and left out, and beside that anything at
 * all.
 */
const arrivals = fc.oneof(
  fc.array(fc.integer({ min: 1, max: HIGHEST }), { maxLength: 300 }),
  fc
    .array(fc.tuple(fc.integer({ min: START, max: HIGHEST }), fc.integer({ min: -6, max: 6 })), {
      maxLength: 200,
    })
    .map((pairs) => pairs.toSorted((a, b) => a[0] + a[1] - b[0] - b[1]).map(([seq]) => seq)),
);

describe('SequenceAccount', () => {
  it('what is said to be skipped is owed no more: said once, whatever is said of it again, and a duplicate if it comes', () => {
    const seq = fc.integer({ min: START, max: HIGHEST });
    const step = fc.oneof(seq, fc.tuple(seq, fc.integer({ min: 1, max: 30 })));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const account = new SequenceAccount();
        account.start(START);
        const received = new Set<number>();
        const skipped = new Set<number>();
        for (const one of steps) {
          if (typeof one === 'number') {
            const isNew = !received.has(one) && !skipped.has(one);
            if (one === account.next) account.next += 1;
            else expect(account.outOfOrder(one)).toBe(isNew);
            if (isNew) received.add(one);
            continue;
          }
          const [start, length] = one;
          const owed = Array.from({ length }, (_, i) => start + i).filter(
            (each) => !received.has(each) && !skipped.has(each),
          );
          const told = account
            .skip(start, start + length - 1, account.unique)
            .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
          expect(told).toEqual(owed);
          for (const each of owed) skipped.add(each);
        }
        expect(account.unique).toBe(received.size);
        const beyond = HIGHEST + 40;
        const missing = beyond - START + 1 - received.size - skipped.size;
        expect(account.missingIn(START, beyond)).toBe(missing);
      }),
    );
  });

  it('agrees with a set for any order of arrivals, whether or not the caller short-cuts the ones in order', () => {
    fc.assert(
      fc.property(arrivals, fc.boolean(), (seqs, shortCut) => {
        const account = new SequenceAccount();
        account.start(START);
        let unique = 0;
        for (const seq of seqs) {
          if (shortCut && seq === account.next) {
            account.next = seq + 1;
            unique += 1;
          } else if (account.outOfOrder(seq)) unique += 1;
        }
        const expected = naive(seqs);
        expect(unique).toBe(expected.unique);
        expect(account).toMatchObject(expected.counts);
        expect(account.reordering).toEqual(expected.reordering);
        for (const [first, last] of [
          [START, HIGHEST],
          [1, HIGHEST],
          [40, 60],
          [41, 41],
          [HIGHEST + 1, HIGHEST + 5],
        ] as const) {
          expect(account.missingIn(first, last)).toBe(expected.missingIn(first, last));
        }
      }),
      { numRuns: 500 },
    );
  });
});
