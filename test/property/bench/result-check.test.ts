import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellIdentity } from '../../../bench/compare/comparison.js';
import { NearestCells } from '../../../bench/compare/nearest.js';
import { firstFault } from '../../../bench/result/check.js';
import { resultSchema } from '../../../bench/result/result.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { makeResult } from '../../support/result/result-factory.js';

const VALID = JSON.stringify(
  makeResult([makeCell(), makeCell({ transport: 'udp', codec: 'msgpack' })]),
);

type Branch = Record<string, unknown>;

/** Every place in a document: the object or list, and the key in it. */
function placesOf(value: unknown): { readonly owner: Branch; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const owner = value as Branch;
  return Object.keys(owner).flatMap((key) => [{ owner, key }, ...placesOf(owner[key])]);
}

const PLACES = placesOf(JSON.parse(VALID)).length;

const change = fc.record({
  at: fc.nat(PLACES - 1),
  how: fc.constantFrom('delete', 'replace', 'add'),
  value: fc.oneof(
    fc.constantFrom<unknown>(
      null,
      -1,
      1.5,
      'x',
      '',
      true,
      [],
      {},
      [null],
      [{}],
      { a: 1 },
      '__proto__',
    ),
    fc.jsonValue(),
  ),
  key: fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', 'length'), fc.string()),
});

describe('firstFault', () => {
  it('refuses what zod refuses, and tells of a fault that zod sees too', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const document = JSON.parse(VALID) as unknown;
        for (const { at, how, value, key } of changes) {
          const places = placesOf(document);
          const { owner, key: old } = places[at % places.length]!;
          if (how === 'delete') delete owner[old];
          else {
            // As JSON.parse does it: `__proto__` is a member like any other.
            const member = how === 'add' && !Array.isArray(owner) ? key : old;
            const own = {
              value: structuredClone(value),
              configurable: true,
              enumerable: true,
              writable: true,
            };
            Object.defineProperty(owner, member, own);
          }
        }
        const { success, error } = resultSchema.safeParse(document);
        const fault = firstFault(resultSchema, document);
        expect(fault === null).toBe(success);
        if (fault === null) return;
        const seen = error!.issues.map(({ path }) => path.join('\n'));
        expect(seen).toContain(fault.path.join('\n'));
      }),
      { numRuns: 150 },
    );
  });
});

describe('NearestCells', () => {
  it('finds the first of the cells with the fewest fields that differ', () => {
    const few = fc.nat(2);
    const cell: fc.Arbitrary<CellIdentity> = fc.record({
      transport: fc.constantFrom('tcp', 'udp'),
      codec: fc.constantFrom('line-json', 'msgpack'),
      clients: few,
      rate_per_s: fc.option(few),
      size_bytes: fc.option(few),
      duration_s: few,
      policy: fc.constantFrom('disconnect', null),
      flush: fc.constantFrom('auto', null),
      repair: fc.constantFrom('nak', 'none', null),
      congestion: fc.constantFrom('default', 'bbr', null),
      link: fc.constantFrom('4g', null),
      link_trace_sha256: fc.constantFrom('f00d', null),
    });
    const fields = Object.keys(fc.sample(cell, 1)[0]!) as (keyof CellIdentity)[];
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 12 }), cell, (cells, wanted) => {
        const differing = (other: CellIdentity): number =>
          fields.filter((field) => other[field] !== wanted[field]).length;
        const [nearest] = [...cells].sort((a, b) => differing(a) - differing(b));
        expect(new NearestCells(cells, fields).find(wanted)).toEqual(nearest ?? null);
      }),
    );
  });
});
