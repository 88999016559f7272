/** Along a measured axis: where does the choice change? Pure. */

import { type Option, pick, type Rule } from '../decide/pick.js';
import type { Figures } from '../evidence/figures.js';
import type { Flip } from './flip.js';

/** What was measured at one value of an axis, of all stacks that may be picked. */
export interface GridPoint {
  readonly at: number;
  readonly options: readonly Option[];
}

/** Steps between two measured neighbours. */
const STEPS = 200;
/** Halvings of a step: at far less than any figure resolves it ends. */
const HALVINGS = 30;

type Found = Pick<Flip, 'direction' | 'kind' | 'at' | 'low' | 'high' | 'becomes'>;

/**
 * From `now` down and up, as far as was measured.
 * @param points ascending, with all stacks at each; one of them at `now`
 */
export function walk(points: readonly GridPoint[], now: number, rule: Rule): Found[] {
  const home = points.findIndex(({ at }) => at === now);
  const chosen = pick(points[home]!.options, rule)?.key ?? null;
  const down = points.slice(0, home + 1).toReversed();
  const up = points.slice(home);
  return [
    ...(down.length > 1 ? [outward(down, 'down', chosen, rule)] : []),
    ...(up.length > 1 ? [outward(up, 'up', chosen, rule)] : []),
  ];
}

function outward(
  points: readonly GridPoint[],
  direction: 'up' | 'down',
  chosen: string | null,
  rule: Rule,
): Found {
  for (const [i, to] of points.entries()) {
    const from = points[i - 1];
    if (from === undefined) continue;
    const [low, high] = [from.at, to.at].sort((a, b) => a - b) as [number, number];
    const found = between(from, to, chosen, rule);
    if (found !== null) return { direction, kind: 'interpolated', low, high, ...found };
    const there = pick(to.options, rule)?.key ?? null;
    if (there !== chosen)
      return { direction, kind: 'between', at: null, low, high, becomes: there };
  }
  const ends = [points[0]!.at, points.at(-1)!.at].sort((a, b) => a - b) as [number, number];
  return { direction, kind: 'none', at: null, low: ends[0], high: ends[1], becomes: null };
}

/** The first place from `from` on at which another one is picked; null when there is none. */
function between(
  from: GridPoint,
  to: GridPoint,
  chosen: string | null,
  rule: Rule,
): { readonly at: number; readonly becomes: string | null } | null {
  const pairs = from.options.map((option) => ({
    option,
    other: to.options.find(({ key }) => key === option.key)!,
  }));
  // What is not known at one end is known nowhere between.
  if (!pairs.every(({ option, other }) => isKnown(option, other, rule))) return null;
  const pickAt = (share: number): string | null =>
    pick(
      pairs.map(({ option, other }) => mixed(option, other, share)),
      rule,
    )?.key ?? null;
  let below = 0;
  for (let step = 1; step <= STEPS; step++) {
    let above = step / STEPS;
    if (pickAt(above) === chosen) {
      below = above;
      continue;
    }
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (below + above) / 2;
      if (pickAt(middle) === chosen) below = middle;
      else above = middle;
    }
    return { at: from.at + above * (to.at - from.at), becomes: pickAt(above) };
  }
  return null;
}

/** Whether all that the rule looks at is a number at both ends. */
function isKnown(a: Option, b: Option, { objectives, first, last }: Rule): boolean {
  return [a, b].every(
    ({ byLink }) =>
      Number.isFinite(first.evaluate(byLink)) &&
      Number.isFinite(last.evaluate(byLink)) &&
      byLink.every((figures) => {
        const begin = figures.length - 3 - objectives.length;
        return objectives.every((_, i) => Number.isFinite(figures[begin + i]!));
      }),
  );
}

function mixed({ key, byLink }: Option, other: Option, share: number): Option {
  return {
    key,
    byLink: byLink.map(
      (figures, link): Figures =>
        figures.map((value, i) => value + share * (other.byLink[link]![i]! - value)),
    ),
  };
}
