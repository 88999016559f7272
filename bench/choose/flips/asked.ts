/** What of the question itself would change the choice: limits of objectives, and prices. Pure. */

import { metricOf } from '../../metric-catalogue.js';
import { type Option, pick, type Rule } from '../decide/pick.js';
import { layoutOf } from '../evidence/figures.js';
import { PRICE_NAMES, type PriceName, type Prices } from '../question/prices.js';
import type { Flip } from './flip.js';

/** Just beyond a figure: a limit that it does not meet any more, or meets by then. */
const HAIR = 1e-9;

/** The nearest limit of each objective, stricter and laxer, at which another stack is chosen. */
export function limitFlips(options: readonly Option[], rule: Rule): Flip[] {
  const { objectives: begin } = layoutOf(rule.objectives);
  const chosen = pick(options, rule)?.key ?? null;
  return rule.objectives.flatMap((objective, i): Flip[] => {
    const { limit, metric, expression } = objective;
    // The worst link decides whether a stack meets it.
    const isUpper = objective.operator.startsWith('<');
    const worst = options.map(({ byLink }) => {
      const values = byLink.map((figures) => figures[begin + i]!);
      return isUpper ? Math.max(...values) : Math.min(...values);
    });
    const known = [...new Set(worst)].filter(Number.isFinite).sort((a, b) => a - b);
    const keyAt = (value: number): string | null => {
      const objectives = rule.objectives.map((one, j) =>
        i === j ? { ...one, limit: value } : one,
      );
      return pick(options, { ...rule, objectives })?.key ?? null;
    };
    const find = (direction: 'up' | 'down', values: readonly number[]): Flip[] => {
      for (const at of values) {
        const becomes = keyAt(direction === 'up' ? beyond(at, 1) : beyond(at, -1));
        if (becomes === chosen) continue;
        const { unit } = metricOf(metric);
        const found = { direction, kind: 'exact', at, low: null, high: null, becomes } as const;
        return [{ axis: 'objective', of: expression, unit, now: limit, ...found }];
      }
      return [];
    };
    return [
      ...find('down', known.filter((value) => value < limit).toReversed()),
      ...find(
        'up',
        known.filter((value) => value >= limit),
      ),
    ].filter(({ at }) => at !== null && at > 0);
  });
}

function beyond(value: number, sign: 1 | -1): number {
  return value + sign * Math.max(HAIR, Math.abs(value) * HAIR);
}

/** Prices up to so many times what they are are tried, and down to such a part. */
const FURTHEST = 1_000;
/** Each price tried is by so much more than the one before. */
const STEP = 1.02;
const HALVINGS = 40;

/**
 * The nearest dearer and cheaper of each price at which another stack is chosen, up to a thousand
 * times and down to a thousandth; a price of 0 is none.
 * @param ruleAt the rule at other prices
 */
export function priceFlips(
  options: readonly Option[],
  prices: Prices,
  ruleAt: (prices: Prices) => Rule,
): Flip[] {
  const chosen = pick(options, ruleAt(prices))?.key ?? null;
  return PRICE_NAMES.flatMap((name) =>
    prices[name] === 0
      ? []
      : ([1, -1] as const).flatMap((sign) => {
          const keyAt = (price: number): string | null =>
            pick(options, ruleAt({ ...prices, [name]: price }))?.key ?? null;
          const found = nearestPrice(prices[name], sign, (price) => keyAt(price) !== chosen);
          return found === null ? [] : [priceFlip(name, prices[name], found, keyAt(found))];
        }),
  );
}

function priceFlip(name: PriceName, now: number, at: number, becomes: string | null): Flip {
  const direction = at > now ? 'up' : 'down';
  const where = { kind: 'exact', at, low: null, high: null } as const;
  return { axis: 'price', of: name, unit: 'price', now, direction, ...where, becomes };
}

function nearestPrice(
  now: number,
  sign: 1 | -1,
  isOther: (price: number) => boolean,
): number | null {
  let before = 1;
  while (before < FURTHEST) {
    let factor = before * STEP;
    if (isOther(now * factor ** sign)) {
      for (let i = 0; i < HALVINGS; i++) {
        const middle = (before + factor) / 2;
        if (isOther(now * middle ** sign)) factor = middle;
        else before = middle;
      }
      return now * factor ** sign;
    }
    before = factor;
  }
  return null;
}
