/** From results and a question to the answer: `lab choose` as a pure function. */
import { LabError } from '../../src/errors.js';
import type { Input } from '../compare/sides.js';
import type { Threshold } from '../verdict/threshold.js';
import { answerOf } from './answer.js';
import { standingOf } from './decide/contender.js';
import { judgeObjective } from './decide/feasible.js';
import type { ChoiceDocument } from './document.js';
import { type Capacity, capacityOf } from './evidence/capacity.js';
import { checkResults } from './evidence/comparable.js';
import { type Figures, figuresOf, layoutOf, medians } from './evidence/figures.js';
import { type Candidate, type Selection, select } from './evidence/select.js';
import { type MeasuredCell, measuredCells } from './evidence/stacks.js';
import { whyRuledOut } from './facts.js';
import { placesOf } from './flips/places.js';
import type { ChooseOptions, Judged } from './judged.js';
import { completePrices } from './question/prices.js';
import type { Question } from './question/question.js';
import { documentOf } from './to-document.js';

/**
 * @throws LAB_ERR_BAD_VALUE for results that cannot answer this question together, and without a
 * stack to choose from
 */
export function chooseFrom(
  inputs: readonly Input[],
  question: Question,
  options: ChooseOptions,
): ChoiceDocument {
  checkResults(inputs);
  const results = inputs.map(({ result }) => result);
  const cells = measuredCells(results);
  const selection = select(cells, question);
  const capacities = sharedCapacities(selection, options.capacities ?? []);
  const read = (cell: MeasuredCell): Figures[] => readCell(cell, question, capacities);
  const judged = selection.candidates.map(
    (candidate): Judged => judge(candidate, question, read, capacities),
  );
  if (judged.every(({ contender, ruledOut }) => contender === null && ruledOut === null)) {
    throw new LabError('LAB_ERR_BAD_VALUE', 'no stack has a run that counts behind every link', {
      hint: 'the report of each result says why its cells are INVALID and what to do',
    });
  }
  const prices = completePrices(question.prices);
  const context = {
    ...{ question, prices, selection, cells, judged },
    places: placesOf(results),
    typical: (cell: MeasuredCell): Figures | null =>
      capacities.length > 0 && capacityOf(cell, capacities) === undefined
        ? null
        : medians(read(cell)),
  };
  return documentOf(inputs, context, answerOf(context), options);
}

/**
 * Capacities, where those of all stacks are known: what one costs at its capacity is not to be set
 * against what another one uses at the load measured.
 */
function sharedCapacities(
  { candidates }: Selection,
  capacities: readonly Capacity[],
): readonly Capacity[] {
  const cells = candidates.flatMap((one) => one.cells).filter((cell) => cell !== null);
  return cells.every((cell) => capacityOf(cell, capacities) !== undefined) ? capacities : [];
}

function readCell(
  cell: MeasuredCell,
  { objectives, headroom }: Question,
  capacities: readonly Capacity[],
): Figures[] {
  const capacity = capacityOf(cell, capacities);
  const scale = capacity === undefined ? null : { capacity, headroom };
  return cell.runs.map((run) => figuresOf(run, objectives, scale));
}

function judge(
  candidate: Candidate,
  question: Question,
  read: (cell: MeasuredCell) => Figures[],
  capacities: readonly Capacity[],
): Judged {
  const measured = candidate.cells.filter((cell) => cell !== null);
  const ruledOut = whyRuledOut(question, candidate.stack, measured);
  const whole = measured.length === candidate.cells.length;
  const missing = !whole || measured.some(({ runs }) => runs.length === 0);
  const found = measured.map((cell) => capacityOf(cell, capacities)?.goal);
  const goal = found.every((one) => one !== undefined) ? found[0]! : null;
  if (ruledOut !== null || missing) return { candidate, ruledOut, contender: null, goal };
  const { objectives } = question;
  const cells = measured.map((cell) => {
    const runs = read(cell);
    return {
      runs,
      typical: medians(runs),
      latencyAt: cell.runs[0]!.latency_at,
      objectives: findings(objectives, runs),
    };
  });
  const standing = standingOf(cells.flatMap((cell) => cell.objectives));
  return { candidate, ruledOut, contender: { key: candidate.key, cells, standing }, goal };
}

function findings(objectives: readonly Threshold[], runs: readonly Figures[]) {
  const { objectives: begin } = layoutOf(objectives);
  return objectives.map((one, i) =>
    judgeObjective(
      one,
      runs.map((figures) => figures[begin + i]!),
    ),
  );
}
