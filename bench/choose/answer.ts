/** Everything that follows from the contenders: the choice, how sure it is, what would flip it. Pure. */
import { DEFAULT_MARGIN } from '../compare/decide.js';
import { Bootstrap, type Certainty } from './decide/bootstrap.js';
import { type Choice, choose } from './decide/choice.js';
import type { Contender } from './decide/contender.js';
import { type Experiment, nextForChoice, nextForTie, nextForUndecided } from './decide/next.js';
import { type Dominators, dominators } from './decide/pareto.js';
import { type Option, pick, type Rule } from './decide/pick.js';
import { criterionStep, lexicographic, type Step, weightedStep } from './decide/values.js';
import type { Figures } from './evidence/figures.js';
import type { Selection } from './evidence/select.js';
import type { MeasuredCell } from './evidence/stacks.js';
import { limitFlips, priceFlips } from './flips/asked.js';
import type { Flip } from './flips/flip.js';
import { measuredFlips } from './flips/grid.js';
import type { Place } from './flips/places.js';
import type { Judged } from './judged.js';
import { CRITERION_NAMES, type CriterionName } from './question/criteria.js';
import type { Prices } from './question/prices.js';
import type { Question } from './question/question.js';

export interface AnswerContext {
  readonly question: Question;
  readonly prices: Prices;
  readonly selection: Selection;
  readonly cells: readonly MeasuredCell[];
  readonly judged: readonly Judged[];
  readonly places: ReadonlyMap<string, Place>;
  readonly typical: (cell: MeasuredCell) => Figures | null;
}

export interface Answer {
  /** Null: nothing meets the objectives, as far as is known. */
  readonly choice: Choice | null;
  /**
   * Keys of those that are likelier the best than the chosen one, and of which more runs would tell
   * whether they meet the objectives: then nothing is chosen yet.
   */
  readonly likelier: readonly string[];
  readonly steps: readonly Step[];
  readonly dominators: Dominators;
  readonly certainty: Certainty | null;
  readonly flips: readonly Flip[];
  readonly next: Experiment | null;
}

export function answerOf(context: AnswerContext): Answer {
  const contenders = context.judged.flatMap(({ contender }) =>
    contender === null ? [] : [contender],
  );
  const steps = stepsOf(context, contenders);
  const passing = contenders.filter(
    (one) => one.standing === 'pass' && Number.isFinite(evaluate(one, steps[0]!)),
  );
  const found = dominators(contenders);
  const base = { steps, dominators: found, certainty: null, flips: [], likelier: [] };
  if (passing.length === 0) return { ...base, choice: null, next: nextForUndecided(contenders) };
  const choice = choose(passing, steps);
  const [chosen] = choice.keys as [string];
  const rule = ruleOf(context, choice, steps);
  const rivals = contenders.filter(({ standing }) => standing !== 'fail');
  const sampled = rivals.map(({ key, cells }) => ({ key, cells: cells.map(({ runs }) => runs) }));
  const bootstrap = new Bootstrap(sampled, rule, context.question.seed);
  if (choice.kind === 'tie') {
    const certainty = bootstrap.certainty(chosen);
    return { ...base, choice, certainty, next: nextForTie(choice, contenders) };
  }
  const certainty = bootstrap.certainty(chosen);
  const likelier = rivals.filter(
    ({ key, standing }) =>
      standing === 'undecided' && certainty.best.get(key)! > certainty.best.get(chosen)!,
  );
  const first = nextForUndecided(likelier);
  if (first !== null) {
    const open = first.keys.filter((key) => likelier.some((one) => one.key === key));
    return { ...base, choice, certainty, likelier: open, next: first };
  }
  return {
    ...base,
    choice,
    certainty,
    flips: flipsOf(context, chosen, contenders, rule),
    next: nextForChoice(chosen, rivals, bootstrap),
  };
}

function evaluate({ cells }: Contender, { evaluate: of }: Step): number {
  return of(cells.map(({ typical }) => typical));
}

/** The steps of the question, at its prices or others. */
function stepsOf(
  { question, prices }: Pick<AnswerContext, 'question' | 'prices'>,
  contenders: readonly Contender[],
): Step[] {
  const { weights, objectives } = question;
  if (weights === null) return lexicographic(objectives, prices);
  const typical = contenders.map(({ cells }) => cells.map((cell) => cell.typical));
  return [weightedStep(weights, objectives, prices, typical)];
}

/** The choice by exact figures that stands for how this one came about. */
function ruleOf(
  { question: { objectives } }: AnswerContext,
  { by }: Choice,
  steps: readonly Step[],
): Rule {
  const [first] = steps as [Step];
  const isLater = (CRITERION_NAMES as readonly string[]).includes(by);
  return {
    objectives,
    first,
    last: isLater ? criterionStep(by as CriterionName) : first,
    within: isLater ? DEFAULT_MARGIN : 0,
  };
}

function flipsOf(
  context: AnswerContext,
  chosen: string,
  contenders: readonly Contender[],
  rule: Rule,
): Flip[] {
  const all = contenders.map(
    ({ key, cells }): Option => ({ key, byLink: cells.map(({ typical }) => typical) }),
  );
  const options = withoutUnproven(all, chosen, rule);
  const grid = { ...context, options };
  const ruleAt = (prices: Prices): Rule => {
    const steps = stepsOf({ ...context, prices }, contenders);
    const first = steps[0]!;
    return { ...rule, first, last: rule.last === rule.first ? first : rule.last };
  };
  const byPrice = rule.first.name === 'cost' || context.question.weights?.cost !== undefined;
  return [
    ...measuredFlips(grid, rule),
    ...limitFlips(options, rule),
    ...(byPrice ? priceFlips(options, context.prices, ruleAt) : []),
  ];
}

/**
 * Without those that would be picked by their medians in place of the chosen one, and are not
 * chosen as their runs do not prove that they meet the objectives.
 */
function withoutUnproven(all: readonly Option[], chosen: string, rule: Rule): readonly Option[] {
  let options = all;
  for (;;) {
    const picked = pick(options, rule);
    if (picked === null || picked.key === chosen) return options;
    options = options.filter(({ key }) => key !== picked.key);
  }
}
