import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reordering, rfc3550Jitter } from '../../../src/metrics/index.js';
import { codeOf } from '../../support/core/code-of.js';

interface Fixtures {
  readonly rfc3550_jitter: readonly {
    readonly sent_us: number[];
    readonly received_us: number[];
    readonly jitter_us_after_each: number[];
  }[];
  readonly rfc4737_reordering: readonly {
    readonly arrival: number[];
    readonly received_unique: number;
    readonly duplicates: number;
    readonly reordered: number;
    readonly extents: number[];
    readonly n_reordered: Readonly<Record<string, number>>;
  }[];
}
const fixtures: Fixtures = JSON.parse(
  readFileSync(new URL('../../fixtures/metrics.json', import.meta.url), 'utf8'),
);

describe('RFC 3550 jitter', () => {
  it.each(fixtures.rfc3550_jitter)(
    'is as computed independently, after each packet (case %#)',
    (one) => {
      const jitter = rfc3550Jitter(one.sent_us, one.received_us);
      expect(jitter).toHaveLength(one.jitter_us_after_each.length);
      for (const [i, expected] of one.jitter_us_after_each.entries())
        expect(jitter[i]).toBeCloseTo(expected, 10);
    },
  );

  it('is 0 for a constant delay, whatever the clocks differ by', () => {
    const sent = [0, 500, 1700, 1800];
    expect(
      rfc3550Jitter(
        sent,
        sent.map((at) => at + 1e9),
      ),
    ).toEqual([0, 0, 0]);
  });

  it('moves by a sixteenth of the first difference', () => {
    expect(rfc3550Jitter([0, 1000], [100, 1260])).toEqual([10]);
  });

  it('needs two packets', () => {
    expect(rfc3550Jitter([], [])).toEqual([]);
    expect(rfc3550Jitter([5], [9])).toEqual([]);
  });

  it('refuses arrays that do not belong together, and times that are none', () => {
    expect(codeOf(() => rfc3550Jitter([1, 2], [1]))).toBe('LAB_ERR_BAD_VALUE');
    expect(codeOf(() => rfc3550Jitter([1, 2], [1, Number.NaN]))).toBe('LAB_ERR_BAD_VALUE');
    expect(codeOf(() => rfc3550Jitter([0, 1.7e308], [0, -1.7e308]))).toBe('LAB_ERR_BAD_VALUE');
    const untyped = rfc3550Jitter as (...times: unknown[]) => unknown;
    for (const times of [[], [[1]], [['1'], ['2']], [null, null], ['12', '34']])
      expect(codeOf(() => untyped(...times))).toBe('LAB_ERR_BAD_VALUE');
  });
});

describe('RFC 4737 reordering', () => {
  it.each(fixtures.rfc4737_reordering)('is as computed independently (case %#)', (one) => {
    expect(reordering(one.arrival)).toEqual({
      receivedUnique: one.received_unique,
      duplicates: one.duplicates,
      reordered: one.reordered,
      extents: one.extents,
      nReordered: one.n_reordered,
    });
  });

  it('a gap is not reordering, and a repetition is neither', () => {
    expect(reordering([1, 5, 5, 9])).toMatchObject({
      receivedUnique: 3,
      duplicates: 1,
      reordered: 0,
    });
  });

  it('nothing received is nothing reordered', () => {
    expect(reordering([])).toEqual({
      receivedUnique: 0,
      duplicates: 0,
      reordered: 0,
      extents: [],
      nReordered: { 1: 0, 2: 0, 3: 0 },
    });
  });

  it('a packet behind three later ones is what TCP takes for lost', () => {
    expect(reordering([2, 3, 4, 1]).nReordered[3]).toBe(1);
    expect(reordering([2, 3, 1]).nReordered).toEqual({ 1: 1, 2: 1, 3: 0 });
  });

  it('200,000 packets in reverse are judged without effort', () => {
    const reverse = Array.from({ length: 200_000 }, (_, i) => 200_000 - i);
    expect(reordering(reverse)).toMatchObject({ reordered: 199_999 });
  });

  it('refuses what is not a sequence number', () => {
    expect(codeOf(() => reordering([1, 2.5]))).toBe('LAB_ERR_BAD_VALUE');
    expect(codeOf(() => reordering([Number.NaN]))).toBe('LAB_ERR_BAD_VALUE');
    const untyped = reordering as (sequences?: unknown) => unknown;
    for (const sequences of [undefined, null, 3, '123', ['1'], [1n]])
      expect(codeOf(() => untyped(sequences))).toBe('LAB_ERR_BAD_VALUE');
    expect(reordering([])).toMatchObject({
      receivedUnique: 0,
      duplicates: 0,
      reordered: 0,
      extents: [],
    });
  });
});
