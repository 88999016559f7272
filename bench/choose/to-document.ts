/** The answer as the document that leaves the lab. Pure. */
import { medianInterval } from '../../src/stats/index.js';
import { CONFIDENCE, DEFAULT_MARGIN } from '../compare/decide.js';
import type { Input } from '../compare/sides.js';
import { metricOf } from '../metric-catalogue.js';
import { lostFrom } from '../result/survivors.js';
import type { Answer, AnswerContext } from './answer.js';
import { RESAMPLES } from './decide/bootstrap.js';
import { valuesOf } from './decide/choice.js';
import type { ContenderCell } from './decide/contender.js';
import { costValue } from './decide/values.js';
import {
  CHOICE_SCHEMA,
  type ChoiceDocument,
  type ChoiceFigures,
  type ChoiceFlip,
  type ChoiceObjective,
  type ChoiceStack,
} from './document.js';
import { costOf, HOURS_PER_MONTH, totalOf } from './evidence/amounts.js';
import { layoutOf, middle } from './evidence/figures.js';
import type { MeasuredCell, Stack } from './evidence/stacks.js';
import { stalenessOfFeed } from './evidence/staleness.js';
import { distanceOf, type Flip } from './flips/flip.js';
import type { ChooseOptions, Judged } from './judged.js';
import { CRITERION_NAMES } from './question/criteria.js';
import { PRICE_NAMES } from './question/prices.js';

export function documentOf(
  inputs: readonly Input[],
  context: AnswerContext,
  answer: Answer,
  { version, commandOf }: ChooseOptions,
): ChoiceDocument {
  const { judged, selection } = context;
  const places = new Map(judged.map(({ candidate }, i) => [candidate.key, i]));
  const placeOf = (key: string): number => places.get(key)!;
  const { next } = answer;
  return {
    schema: CHOICE_SCHEMA,
    tool: { name: 'streampulse-lab', version },
    question: questionOf(context),
    sources: inputs.map(({ name, result: { startedAt, command } }) => ({
      name,
      started_at: startedAt,
      command,
    })),
    answer: verdictOf(context, answer, placeOf),
    stacks: judged.map((one) => stackOf(one, context, answer, placeOf)),
    flips: answer.flips.map((flip) => flipOf(flip, placeOf)),
    next:
      next === null
        ? null
        : {
            stacks: next.keys.map(placeOf),
            links: next.links.map((link) => selection.links[link]!),
            runs: next.runs,
            regret_now: next.now,
            regret_then: next.after,
            command: commandOf({
              ...selection.load,
              stacks: next.keys.map((key): Stack => judged[placeOf(key)]!.candidate.stack),
              links: next.links.map((link) => selection.links[link]!),
              runs: next.runs,
            }),
          },
  };
}

function questionOf({ question, prices, selection }: AnswerContext): ChoiceDocument['question'] {
  const { load, links } = selection;
  const { browsers, multicast, reliable, headroom, weights, seed } = question;
  return {
    clients: load.clients,
    rate_per_s: load.ratePerSecond,
    size_bytes: load.sizeBytes,
    duration_s: load.durationSeconds,
    links: [...links],
    objectives: question.objectives.map(({ expression }) => expression),
    ...{ browsers, multicast, reliable, prices, headroom },
    prices_assumed: PRICE_NAMES.filter((name) => question.prices[name] === undefined),
    weights: weights === null ? null : { ...weights },
    ...{ margin: DEFAULT_MARGIN, confidence: CONFIDENCE, seed, resamples: RESAMPLES },
  };
}

function verdictOf(
  { judged }: AnswerContext,
  { choice, certainty, likelier, next }: Answer,
  placeOf: (key: string) => number,
): ChoiceDocument['answer'] {
  const contenders = judged.filter(({ contender }) => contender !== null);
  const open = contenders.filter(({ contender }) => contender!.standing === 'undecided');
  const kind = kindOf(choice, likelier.length > 0, open.length > 0);
  const undecided = choice === null ? open.map(({ candidate }) => candidate.key) : likelier;
  const keys = kind === 'undecided' ? undecided : (choice?.keys ?? []);
  const first = choice?.keys[0];
  const needed = next !== null && kind === 'undecided' ? runsInAll(next.runs, keys, judged) : null;
  return {
    kind,
    stacks: keys.map(placeOf),
    proved: kind === 'undecided' && first !== undefined ? placeOf(first) : null,
    by: kind === 'undecided' ? null : (choice?.by ?? null),
    alike: [...(choice?.alike ?? [])],
    reason: choice?.reason ?? null,
    runs_needed: choice?.needed ?? needed,
    doubtful: contenders.some(({ candidate }) => candidate.cells.some((cell) => cell?.doubtful)),
    p_best: first === undefined ? null : (certainty?.best.get(first) ?? null),
    expected_regret: certainty?.expectedRegret ?? null,
    regret_when_wrong: certainty?.regretWhenWrong ?? null,
    p_breaks: certainty?.breaks ?? null,
  };
}

function kindOf(
  choice: Answer['choice'],
  isBeaten: boolean,
  isOpen: boolean,
): ChoiceDocument['answer']['kind'] {
  if (choice === null) return isOpen ? 'undecided' : 'none';
  if (choice.kind === 'tie') return 'tie';
  return isBeaten ? 'undecided' : 'choice';
}

function runsInAll(more: number, keys: readonly string[], judged: readonly Judged[]): number {
  const cells = judged.flatMap(({ candidate, contender }) =>
    keys.includes(candidate.key) ? (contender?.cells ?? []) : [],
  );
  return more + Math.min(...cells.map(({ runs }) => runs.length));
}

function stackOf(
  { candidate, ruledOut, contender, goal }: Judged,
  context: AnswerContext,
  { steps, dominators, certainty }: Answer,
  placeOf: (key: string) => number,
): ChoiceStack {
  const { key, stack, cells } = candidate;
  const links = context.selection.links;
  const dominated = dominators.get(key);
  const missing = links.filter((_, i) => (cells[i]?.runs.length ?? 0) === 0);
  const standing =
    ruledOut !== null ? 'ruled-out' : contender === null ? 'not-measured' : contender.standing;
  const reason =
    ruledOut?.reason ??
    (contender === null ? `it has no run that counts behind ${missing.join(', ')}` : null);
  const [first] = steps;
  return {
    ...stack,
    standing,
    code: ruledOut?.code ?? (contender === null ? 'NOT_MEASURED' : null),
    reason,
    runs: contender === null ? 0 : Math.min(...contender.cells.map(({ runs }) => runs.length)),
    objectives: (contender?.cells ?? []).flatMap((cell, i) =>
      objectivesOf(cell, cells[i]!, context),
    ),
    cells: cells.flatMap((cell, i) => (cell === null ? [] : [figuresOf(cell, links[i]!, context)])),
    pareto: dominated === undefined ? null : dominated.length === 0,
    dominated_by: (dominated ?? []).map(placeOf),
    cost: contender === null ? null : costFigures(contender, context, goal),
    score:
      contender === null || first?.name !== 'weights'
        ? null
        : known(first.evaluate(contender.cells.map(({ typical }) => typical))),
    p_best: certainty?.best.get(key) ?? null,
  };
}

function objectivesOf(
  { objectives }: ContenderCell,
  { link, runs }: MeasuredCell,
  { question }: AnswerContext,
): ChoiceObjective[] {
  return objectives.map(({ expression, verdict, reason, value, low, high, needed }, i) => {
    const { metric, limit } = question.objectives[i]!;
    return {
      ...{ expression, link, unit: metricOf(metric).unit, limit },
      ...{ value: known(value), low: known(low), high: known(high) },
      lost: value === Number.POSITIVE_INFINITY,
      of_feed: known(middle(runs.map((run) => stalenessOfFeed(metric, run) ?? Number.NaN))),
      ...{ verdict, reason, runs_needed: needed },
    };
  });
}

function figuresOf(cell: MeasuredCell, link: string, { typical }: AnswerContext): ChoiceFigures {
  const figures = typical(cell);
  const of = (name: (typeof CRITERION_NAMES)[number]): number | null =>
    known(figures?.[CRITERION_NAMES.indexOf(name)] ?? Number.NaN);
  return {
    link,
    runs: cell.runs.length,
    left_out: cell.leftOut,
    doubtful: cell.doubtful,
    causes: [...cell.causes],
    latency_at: cell.runs[0]?.latency_at ?? null,
    p99_lost: cell.runs.some((run) => lostFrom('latency', 'p99', run) !== null),
    p99_us: of('p99'),
    staleness_p99_us: of('staleness_p99'),
    loss: of('loss'),
    cpu_us: of('cpu'),
    ip_bytes: of('ip_bytes'),
    memory_bytes: of('memory'),
  };
}

/** Null where a run lacks what it takes. */
function costFigures(
  contender: NonNullable<Judged['contender']>,
  { question, prices }: AnswerContext,
  goal: string | null,
): ChoiceStack['cost'] {
  const { amounts } = layoutOf(question.objectives);
  const parts = contender.cells.map(({ typical }) => {
    const [cpuHours, egressGb, ramGbHours] = typical.slice(amounts) as [number, number, number];
    return costOf({ cpuHours, egressGb, ramGbHours }, prices);
  });
  const mean = (of: 'cpu' | 'egress' | 'ram'): number =>
    parts.reduce((sum, one) => sum + one[of], 0) / parts.length;
  const cost = { cpu: mean('cpu'), egress: mean('egress'), ram: mean('ram') };
  const total = totalOf(cost);
  if (!Number.isFinite(total)) return null;
  const interval = medianInterval(
    valuesOf(contender, {
      name: 'cost',
      grain: 0,
      evaluate: costValue(question.objectives, prices),
    }),
  );
  return {
    per_client_hour: total,
    low: interval === null ? null : known(interval.low),
    high: interval === null ? null : known(interval.high),
    ...cost,
    per_1000_clients_month: total * 1_000 * HOURS_PER_MONTH,
    at: goal === null ? 'measured' : 'capacity',
    capacity_goal: goal,
  };
}

function flipOf(flip: Flip, placeOf: (key: string) => number): ChoiceFlip {
  const becomes = flip.becomes === null ? null : placeOf(flip.becomes);
  return { ...flip, becomes, distance: distanceOf(flip) };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
