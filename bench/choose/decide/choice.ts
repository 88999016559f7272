/**
 * The choice among stacks that meet the objectives: step by step, each by the rules of `lab
 * compare`. Pure.
 */
import { holm, median } from '../../../src/stats/index.js';
import type { CompareReason } from '../../compare/comparison.js';
import {
  ALPHA,
  DEFAULT_MARGIN,
  decide,
  type Finding,
  type Measured,
  measure,
  unlike,
} from '../../compare/decide.js';
import { CRITERIA } from '../question/criteria.js';
import type { Contender } from './contender.js';
import type { Step, StepName } from './values.js';

export interface Choice {
  /** `won`: the first is chosen. `tie`: none of these is told from the best of them. */
  readonly kind: 'won' | 'tie';
  /** Keys, best first. */
  readonly keys: readonly string[];
  /** The step that decided, or at which the tie was left; `only`: there was one stack. */
  readonly by: StepName | 'only';
  /** Steps before, in which these are the same within the margin. */
  readonly alike: readonly StepName[];
  /** Of a tie: why, and runs of each in all that would likely settle it; null = not known. */
  readonly reason: CompareReason | null;
  readonly needed: number | null;
}

/** @param contenders at least one, each with a value in every run of the first step */
export function choose(contenders: readonly Contender[], steps: readonly Step[]): Choice {
  let group = contenders;
  const alike: StepName[] = [];
  for (const step of steps) {
    if (group.length === 1) break;
    const ranked = rank(group, step);
    if (ranked === null) continue;
    const { best, tests } = ranked;
    if (tests.every(({ verdict }) => verdict === 'better')) return won(best, step.name, alike);
    const open = tests.filter(({ verdict }) => verdict === 'inconclusive' || verdict === 'worse');
    if (open.length > 0) {
      const needed = open.map((one) => one.needed);
      const tied = tests.filter(({ verdict }) => verdict !== 'better');
      return {
        kind: 'tie',
        keys: [best, ...tied.map(({ contender }) => contender)].map(({ key }) => key),
        ...{ by: step.name, alike, reason: open[0]!.reason },
        needed: needed.includes(null) ? null : Math.max(...(needed as number[])),
      };
    }
    alike.push(step.name);
    group = [best, ...tests.flatMap((one) => (one.verdict === 'better' ? [] : [one.contender]))];
  }
  if (group.length === 1) {
    return won(group[0]!, contenders.length === 1 ? 'only' : (alike.at(-1) ?? 'only'), alike);
  }
  const keys = group.map(({ key }) => key);
  return { kind: 'tie', keys, by: alike.at(-1)!, alike, reason: 'ALL_EQUAL', needed: null };
}

function won({ key }: Contender, by: Choice['by'], alike: readonly StepName[]): Choice {
  return { kind: 'won', keys: [key], by, alike, reason: null, needed: null };
}

/** The value of each run: the i-th run behind each link makes one. */
export function valuesOf({ cells }: Contender, { evaluate }: Step): number[] {
  const runs = Math.min(...cells.map((cell) => cell.runs.length));
  return Array.from({ length: runs }, (_, i) => evaluate(cells.map((cell) => cell.runs[i]!)));
}

interface Test {
  readonly contender: Contender;
  readonly verdict: 'better' | 'worse' | 'equivalent' | 'inconclusive';
  readonly reason: CompareReason | null;
  readonly needed: number | null;
}

/**
 * The best by its median against each other. Which that is, the data said: Holm's correction is
 * over all pairs. Null where nobody has the value.
 */
function rank(
  group: readonly Contender[],
  step: Step,
): { readonly best: Contender; readonly tests: readonly Test[] } | null {
  const all = group.map((contender) => ({ contender, values: valuesOf(contender, step) }));
  if (all.some(({ values }) => !values.every(Number.isFinite))) return null;
  const ranked = all
    .map((one) => ({ ...one, value: median(one.values) }))
    .sort((a, b) => a.value - b.value);
  const [best, ...others] = ranked;
  const shape = { better: 'lower', grain: step.grain } as const;
  const pairs = others.map(({ contender, values }): Measured => {
    if (endsAlike(step, best!.contender, contender))
      return measure(shape, values, best!.values, DEFAULT_MARGIN);
    return unlike(CRITERIA[0]! as Parameters<typeof unlike>[0], values, best!.values);
  });
  const tests = (ranked.length * (ranked.length - 1)) / 2;
  const tested = pairs.filter(({ p }) => p !== null);
  const adjusted = holm(
    tested.map(({ p }) => p as number),
    tests,
  );
  return {
    best: best!.contender,
    tests: pairs.map((pair, i) => {
      const p = pair.p === null ? null : adjusted[tested.indexOf(pair)]!;
      const found = decide(pair, p, tests);
      const verdict = isCertain(found) ? 'better' : found.verdict;
      return { contender: others[i]!.contender, ...found, verdict };
    }),
  };
}

/**
 * Certainly better, though perhaps by less than the margin: to choose, it is enough to know that
 * one loses nothing.
 */
function isCertain({ verdict, shift_ci: interval, p_adjusted: p }: Finding): boolean {
  return (
    verdict === 'inconclusive' && interval !== null && interval.high < 0 && p !== null && p < ALPHA
  );
}

/** Latencies that count to the arrival are not set against those that count to the receipt. */
function endsAlike({ name }: Step, a: Contender, b: Contender): boolean {
  if (name !== 'p99') return true;
  return new Set([a, b].flatMap(({ cells }) => cells.map(({ latencyAt }) => latencyAt))).size === 1;
}
