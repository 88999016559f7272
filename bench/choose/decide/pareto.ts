/** Which stacks no other one dominates, by the verdicts of `lab compare`. Pure. */
import { holm } from '../../../src/stats/index.js';
import { DEFAULT_MARGIN, decide, type Measured, measure } from '../../compare/decide.js';
import { CRITERIA } from '../question/criteria.js';
import type { Contender } from './contender.js';

/** By key: the keys of those that dominate it; empty = it is of the Pareto set. */
export type Dominators = ReadonlyMap<string, readonly string[]>;

/** One criterion behind one link of a pair; the pair's second is the candidate. */
interface Tested {
  readonly pair: readonly [string, string];
  readonly measured: Measured;
}

/**
 * A dominates B when A is better or equivalent in every criterion behind every link, and better in
 * one. A criterion that neither of two has says nothing; one that only one has is open. Holm's
 * correction is over all that is tested.
 */
export function dominators(contenders: readonly Contender[]): Dominators {
  const tested = contenders.flatMap((a, i) =>
    contenders.slice(i + 1).flatMap((b) => testsOf(a, b)),
  );
  const withP = tested.filter(({ measured }) => measured.p !== null);
  const ps = holm(withP.map(({ measured }) => measured.p as number));
  const adjusted = new Map(withP.map((one, i) => [one, ps[i]!]));
  const found = new Map<string, string[]>(contenders.map(({ key }) => [key, []]));
  const byPair = new Map<string, Tested[]>();
  for (const one of tested) {
    const id = JSON.stringify(one.pair);
    byPair.set(id, [...(byPair.get(id) ?? []), one]);
  }
  for (const all of byPair.values()) {
    const [a, b] = all[0]!.pair;
    const verdicts = all.map((one) => {
      const p = adjusted.get(one) ?? null;
      return decide(one.measured, p, tested.length).verdict;
    });
    const isSettled = (good: 'better' | 'worse'): boolean =>
      verdicts.every((verdict) => verdict === good || verdict === 'equivalent') &&
      verdicts.includes(good);
    if (isSettled('better')) found.get(a)!.push(b);
    if (isSettled('worse')) found.get(b)!.push(a);
  }
  return found;
}

function testsOf(a: Contender, b: Contender): Tested[] {
  return a.cells.flatMap((cell, link) =>
    CRITERIA.flatMap((criterion, i): Tested[] => {
      const other = b.cells[link]!;
      const [x, y] = [cell, other].map(({ runs }) => runs.map((figures) => known(figures[i]!)));
      if (![...x!, ...y!].some((value) => value !== null)) return [];
      const measured = measure(criterion, x!, y!, DEFAULT_MARGIN);
      const unlike = criterion.endsAt !== undefined && cell.latencyAt !== other.latencyAt;
      const open = { shift: null, shift_ci: null, p: null, method: null, allEqual: false } as const;
      return [{ pair: [a.key, b.key], measured: unlike ? { ...measured, ...open } : measured }];
    }),
  );
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
