/** The choice among exact figures: what the bootstrap and the search for flips ask again and again. Pure. */
import type { Threshold } from '../../verdict/threshold.js';
import type { Figures } from '../evidence/figures.js';
import { meetsAll, type Step } from './values.js';

/** The rule of a choice. */
export interface Rule {
  readonly objectives: readonly Threshold[];
  /** The first value, cost unless there are weights. */
  readonly first: Step;
  /** What decides between those whose first value is within `within` of the lowest. */
  readonly last: Step;
  /** A share; 0 where the first value decides. */
  readonly within: number;
}

/** A stack that may be picked. */
export interface Option {
  readonly key: string;
  readonly byLink: readonly Figures[];
}

/** The option that meets the objectives and is best; null when none is. Of equals the first. */
export function pick(options: readonly Option[], rule: Rule): Option | null {
  return pickAll(options, rule)[0] ?? null;
}

/** The same, with those that are exactly as good. */
export function pickAll(options: readonly Option[], rule: Rule): Option[] {
  const feasible = options
    .filter(({ byLink }) => meetsAll(rule.objectives, byLink))
    .map((option) => ({ option, value: rule.first.evaluate(option.byLink) }))
    .filter(({ value }) => !Number.isNaN(value));
  if (feasible.length === 0) return [];
  const least = Math.min(...feasible.map(({ value }) => value));
  const group = feasible.filter(({ value }) => value <= least * (1 + rule.within));
  let best: Option[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  for (const { option } of group) {
    const value = rule.last.evaluate(option.byLink);
    if (value === lowest) best.push(option);
    if (value < lowest || best.length === 0) [best, lowest] = [[option], value];
  }
  return best;
}
