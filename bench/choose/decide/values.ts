/** What contenders are ordered by: cost, a criterion, or a weighted score. Pure. */
import type { Threshold } from '../../verdict/threshold.js';
import { costOf, totalOf } from '../evidence/amounts.js';
import { type Figures, layoutOf } from '../evidence/figures.js';
import { CRITERIA, CRITERION_NAMES, type CriterionName } from '../question/criteria.js';
import { meets } from '../question/objectives.js';
import type { Prices } from '../question/prices.js';
import type { Weighable, Weights } from '../question/question.js';

/** Figures behind each link → one number, the lower the better; NaN = not known. */
export type Evaluate = (byLink: readonly Figures[]) => number;

export type StepName = 'cost' | 'weights' | CriterionName;

/** One step of the decision: what it orders by, where the steps before have found no difference. */
export interface Step {
  readonly name: StepName;
  readonly evaluate: Evaluate;
  /** Differences up to this are below what the value resolves. */
  readonly grain: number;
}

/** Of what clients behind each link have, in equal shares. */
export function meanOf(byLink: readonly Figures[], of: (figures: Figures) => number): number {
  return byLink.reduce((sum, figures) => sum + of(figures), 0) / byLink.length;
}

/** Of a client-hour, in the currency of the prices. */
export function costValue(objectives: readonly Threshold[], prices: Prices): Evaluate {
  const { amounts } = layoutOf(objectives);
  return (byLink) =>
    meanOf(byLink, (figures) => {
      const [cpuHours, egressGb, ramGbHours] = figures.slice(amounts) as [number, number, number];
      return totalOf(costOf({ cpuHours, egressGb, ramGbHours }, prices));
    });
}

export function criterionStep(name: CriterionName): Step {
  const i = CRITERION_NAMES.indexOf(name);
  return {
    name,
    evaluate: (byLink) => meanOf(byLink, (figures) => figures[i]!),
    grain: CRITERIA[i]!.grain,
  };
}

/** Cost, then each criterion where costs are the same. */
export function lexicographic(objectives: readonly Threshold[], prices: Prices): Step[] {
  return [
    { name: 'cost', evaluate: costValue(objectives, prices), grain: 0 },
    ...CRITERION_NAMES.map(criterionStep),
  ];
}

/** Added to both figures of a ratio: what is next to nothing must not weigh infinitely much. */
const FLOORS: Readonly<Record<Weighable, number>> = {
  p99: 10,
  staleness_p99: 10,
  loss: 1e-4,
  cpu: 0,
  ip_bytes: 0,
  memory: 0,
  cost: 0,
};

/**
 * The weighted geometric mean of (figure + floor) ÷ (best + floor), each the mean over links: 1.2 =
 * by a fifth worse than a stack that is best in everything.
 * @param typical medians of all contenders, of which the best ones are taken
 */
export function weightedStep(
  weights: Weights,
  objectives: readonly Threshold[],
  prices: Prices,
  typical: readonly (readonly Figures[])[],
): Step {
  const parts = (Object.keys(weights) as Weighable[]).map((name) => {
    const evaluate = name === 'cost' ? costValue(objectives, prices) : criterionStep(name).evaluate;
    const known = typical.map(evaluate).filter(Number.isFinite);
    return { weight: weights[name]!, evaluate, floor: FLOORS[name], best: Math.min(...known) };
  });
  const sum = parts.reduce((all, { weight }) => all + weight, 0);
  return {
    name: 'weights',
    grain: 0,
    evaluate: (byLink) =>
      Math.exp(
        parts.reduce(
          (all, { weight, evaluate, floor, best }) =>
            all + (weight / sum) * Math.log(ratio(evaluate(byLink) + floor, best + floor)),
          0,
        ),
      ),
  };
}

/** Of two that cost nothing 1. */
function ratio(value: number, best: number): number {
  return value === best ? 1 : value / best;
}

/** Whether figures meet every objective behind every link; what is not known meets none. */
export function meetsAll(objectives: readonly Threshold[], byLink: readonly Figures[]): boolean {
  const { objectives: begin } = layoutOf(objectives);
  return byLink.every((figures) => objectives.every((one, i) => meets(one, figures[begin + i]!)));
}
