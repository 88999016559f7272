import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  addReordering,
  newReordering,
  SequenceAccount,
} from '../../../../bench/record/sequence-account.js';

interface Fixture {
  readonly rfc4737_reordering: readonly {
    readonly arrival: readonly number[];
    readonly received_unique: number;
    readonly duplicates: number;
    readonly reordered: number;
    /** Of the reordered ones, in order of arrival. */
    readonly extents: readonly number[];
    readonly n_reordered: Readonly<Record<'1' | '2' | '3', number>>;
  }[];
}

const { rfc4737_reordering: cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/metrics.json', import.meta.url), 'utf8'),
) as Fixture;

function account(
  start: number,
  arrivals: Iterable<number>,
): { account: SequenceAccount; unique: number } {
  const one = new SequenceAccount();
  one.start(start);
  let unique = 0;
  for (const seq of arrivals) if (one.outOfOrder(seq)) unique += 1;
  return { account: one, unique };
}

describe('SequenceAccount', () => {
  it.each(cases)('counts reordering as RFC 4737 does: $reordered of $arrival', (expected) => {
    // Some cases begin at 0, at which no feed of ours does.
    const { account: one, unique } = account(
      1,
      expected.arrival.map((seq) => seq + 1),
    );
    const { extents, n_reordered: n } = expected;
    expect({ unique, duplicates: one.duplicates, reordering: one.reordering }).toEqual({
      unique: expected.received_unique,
      duplicates: expected.duplicates,
      reordering: {
        unique: expected.received_unique,
        reordered: expected.reordered,
        extentSum: extents.reduce((sum, extent) => sum + extent, 0),
        extentMax: Math.max(0, ...extents),
        n: [n['1'], n['2'], n['3']],
      },
    });
  });

  it('what lies below the live feed is snapshot: not new, no duplicate, not reordered', () => {
    const { account: one, unique } = account(10, [3, 7, 9, 9, 10, 11, 4]);
    expect(unique).toBe(2);
    expect(one).toMatchObject({ snapshot: 5, duplicates: 0, reordered: 0, next: 12 });
  });

  it('a gap is missing until it is filled, and the tail that never came is missing', () => {
    const { account: one } = account(1, [1, 2, 6, 7, 10]);
    expect(one.missingIn(1, 12)).toBe(3 + 2 + 2);
    expect(one.missingIn(4, 8)).toBe(3);
    expect(one.missingIn(6, 7)).toBe(0);
    expect(one.missingIn(11, 12)).toBe(2);
    expect(one.missingIn(5, 4)).toBe(0);
    one.outOfOrder(4);
    expect(one.missingIn(3, 5)).toBe(2);
    expect(one).toMatchObject({ reordered: 1, duplicates: 0 });
  });

  it('remembers 1,024 gaps: a message of an older one counts as a duplicate, and memory stays bounded', () => {
    // Every second message is missing: 2, 4, 6, …
    const odd = Array.from({ length: 2_000 }, (_, i) => 2 * i + 1);
    const { account: one } = account(1, odd);
    expect(one.missingIn(1, 3_999)).toBe(1_024);
    expect(one.outOfOrder(3_998)).toBe(true);
    expect(one.outOfOrder(2)).toBe(false);
    expect(one).toMatchObject({ reordered: 1, duplicates: 1 });
  });

  it('splitting one gap into very many is bounded too', () => {
    const late = Array.from({ length: 5_000 }, (_, i) => 2 * i + 2);
    const { account: one, unique } = account(1, [20_000, ...late]);
    expect(unique).toBeLessThanOrEqual(1 + late.length);
    // At most 1,024 ranges are left, all but the last of them one message long.
    expect(one.missingIn(1, 10_000)).toBeLessThanOrEqual(1_024);
  });
});

describe('addReordering', () => {
  it('adds up subscribers, and keeps the largest extent of any', () => {
    const sum = newReordering();
    // 3 comes one behind 4, and 1 four behind 2.
    addReordering(sum, account(1, [2, 4, 3, 5, 1]).account.reordering);
    addReordering(sum, account(1, [1, 2, 3]).account.reordering);
    addReordering(sum, account(1, [2, 1]).account.reordering);
    expect(sum).toEqual({
      unique: 10,
      reordered: 3,
      extentSum: 1 + 4 + 1,
      extentMax: 4,
      n: [3, 1, 1],
    });
  });
});
