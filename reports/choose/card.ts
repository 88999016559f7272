/** The answer in a few short lines, each with its word in front. Pure. */
import type { ChoiceDocument, ChoiceStack } from '../../bench/choose/document.js';
import { formatInteger, formatMicros, formatPercent, trimmed } from '../format.js';
import { listWords, plural } from '../model/cells.js';
import { flipSentence, heldRanges, nearestFlips } from './flip-words.js';
import { chance, lessWords, money, stackName, stackNames, stepName } from './words.js';

const LABELS = [
  'CHOOSE',
  'BECAUSE',
  'UNLESS',
  'COST',
  'CANNOT CHOOSE',
  'RUN',
  'MEANWHILE',
  'DOUBTFUL',
] as const;

export interface CardLine {
  readonly label: (typeof LABELS)[number];
  readonly text: string;
}

const FLIPS_TOLD = 2;

export function card(document: ChoiceDocument): CardLine[] {
  return document.answer.kind === 'choice' ? choiceCard(document) : openCard(document);
}

function choiceCard(document: ChoiceDocument): CardLine[] {
  const { answer, stacks } = document;
  const chosen = stacks[answer.stacks[0]!]!;
  return [
    { label: 'CHOOSE', text: `${stackName(chosen)}${certaintyWords(document)}` },
    { label: 'BECAUSE', text: becauseWords(document, chosen) },
    { label: 'UNLESS', text: unlessWords(document) },
    ...costLine(document, chosen),
    ...doubtLine(document),
  ];
}

/** `, best in 94 % of 10,000 resamplings; if wrong, 3 % dearer`. */
function certaintyWords({ answer, question }: ChoiceDocument): string {
  const { p_best: best, regret_when_wrong: regret, p_breaks: breaks } = answer;
  if (best === null) return '';
  const dearer = answer.by === 'cost' || answer.by === 'only' ? 'dearer' : 'worse';
  const wrong =
    best < 1 && regret !== null && regret > 0
      ? `; if wrong, ${trimmed(formatPercent(regret))} ${dearer}`
      : '';
  const broken = breaks !== null && breaks > 0 ? `; misses an objective in ${chance(breaks)}` : '';
  return `: best in ${chance(best)} of ${formatInteger(question.resamples)} resamplings of the runs${wrong}${broken}`;
}

function becauseWords(document: ChoiceDocument, chosen: ChoiceStack): string {
  const { answer, question, stacks } = document;
  const { objectives } = question;
  const meets = objectives.length === 0 ? '' : `it meets ${listWords(objectives)} and `;
  const others = stacks.filter((stack) => stack !== chosen && stack.standing === 'pass');
  if (answer.by === 'only') {
    return objectives.length === 0
      ? `it is the only one of ${plural(stacks.length, 'stack')} that may be chosen`
      : `it alone is proved to meet ${listWords(objectives)}${othersWords(stacks)}`;
  }
  if (answer.by === 'weights') {
    const next = nextBy(others, ({ score }) => score);
    return `${meets}has the lowest weighted score, ${chosen.score!.toFixed(2)}${next === null ? '' : ` before ${stackName(next)} with ${next.score!.toFixed(2)}`}`;
  }
  const alike = answer.alike.filter((step) => step !== answer.by);
  if (answer.by === 'cost' && alike.length === 0) {
    const next = nextBy(others, ({ cost }) => cost?.per_client_hour ?? null);
    const less =
      next === null
        ? 'least'
        : `${lessWords(chosen.cost!.per_client_hour, next.cost!.per_client_hour)} than ${stackName(next)}, the next`;
    return `${meets}costs ${less}`;
  }
  const same = listWords(alike.map(stepName));
  return `${meets}has the lowest ${stepName(answer.by!)} of those that are alike in ${same} (within ${trimmed(formatPercent(question.margin))})`;
}

/** `: 2 others miss them, 1 is undecided`. */
function othersWords(stacks: readonly ChoiceStack[]): string {
  const told = (
    [
      ['fail', 'miss', 'misses'],
      ['undecided', 'are undecided', 'is undecided'],
      ['ruled-out', 'are ruled out', 'is ruled out'],
    ] as const
  ).flatMap(([standing, many, one]) => {
    const count = stacks.filter((stack) => stack.standing === standing).length;
    return count === 0 ? [] : [`${plural(count, 'other')} ${count === 1 ? one : many}`];
  });
  return told.length === 0 ? '' : `; ${listWords(told)}`;
}

function nextBy(
  stacks: readonly ChoiceStack[],
  of: (stack: ChoiceStack) => number | null,
): ChoiceStack | null {
  const known = stacks.filter((stack) => of(stack) !== null);
  return known.sort((a, b) => of(a)! - of(b)!)[0] ?? null;
}

function unlessWords(document: ChoiceDocument): string {
  const flips = nearestFlips(document).slice(0, FLIPS_TOLD);
  if (flips.length > 0) return flips.map((flip) => flipSentence(document, flip)).join(', or ');
  const held = heldRanges(document);
  return held.length === 0
    ? 'nothing: no other stack is near, at any limit or price'
    : `nothing that was measured: ${listWords(held)}`;
}

function costLine(document: ChoiceDocument, { cost }: ChoiceStack): CardLine[] {
  if (cost === null)
    return [{ label: 'COST', text: 'not known: the runs lack CPU, bytes or memory' }];
  const { headroom, prices_assumed: assumed } = document.question;
  const at =
    cost.at === 'capacity'
      ? `at ${trimmed(formatPercent(headroom))} of the capacity found`
      : 'for what this load uses (no capacity known: lab search)';
  const prices =
    assumed.length === 0
      ? ''
      : `; ${assumed.length === 3 ? 'prices' : `prices of ${listWords(assumed)}`} assumed`;
  const text = `${money(cost.per_1000_clients_month)} per 1,000 clients a month, ${money(cost.per_client_hour)} per client-hour, ${at}${prices}`;
  return [{ label: 'COST', text }];
}

function openCard(document: ChoiceDocument): CardLine[] {
  return [
    { label: 'CANNOT CHOOSE', text: whyOpen(document) },
    ...(document.next === null ? [] : [{ label: 'RUN', text: document.next.command } as const]),
    ...meanwhile(document),
    ...tieCost(document),
    ...doubtLine(document),
  ];
}

function whyOpen(document: ChoiceDocument): string {
  const { answer, question } = document;
  const names = stackNames(document, answer.stacks);
  const goals = listWords(question.objectives);
  if (answer.kind === 'none') {
    return question.objectives.length === 0
      ? 'no stack has a run that counts and a known cost'
      : `nothing meets ${goals}${ofFeed(document) ?? nearestMiss(document)}`;
  }
  if (answer.kind === 'undecided') {
    const needed = answer.runs_needed;
    return `whether ${listWords(names)} ${names.length === 1 ? 'meets' : 'meet'} ${goals} is not told by these runs${needed === null ? '' : `: it takes about ${needed} of each cell`}`;
  }
  if (answer.reason === 'ALL_EQUAL')
    return `${listWords(names)} are the same in ${listWords(answer.alike.map(stepName))}: take either`;
  const needed = answer.runs_needed;
  const runs =
    needed === null ? '1,000 runs would hardly tell' : `about ${needed} runs of each would tell`;
  return `${listWords(names)} tie in ${stepName(answer.by!)}: ${runs}`;
}

/** Where values are too old before any transport has them. */
function ofFeed({ stacks }: ChoiceDocument): string | null {
  const missed = stacks.flatMap((stack) =>
    stack.objectives.filter(({ verdict }) => verdict === 'fail'),
  );
  const [first] = missed;
  const isOfFeed = missed.every(({ of_feed: own, limit }) => own !== null && own >= limit);
  if (first === undefined || !isOfFeed) return null;
  return `: in this feed a value is ${formatMicros(first.of_feed)} old (p99) before any transport, as its key is published too seldom`;
}

/** `; nearest: tcp/msgpack, p99<50ms at 1.6 times the limit`. */
function nearestMiss({ stacks }: ChoiceDocument): string {
  const misses = stacks.flatMap((stack) => {
    const factors = stack.objectives
      .filter(({ verdict }) => verdict === 'fail')
      .map(({ value, limit, expression }) => ({
        stack,
        expression,
        factor: value === null || limit === 0 ? Number.POSITIVE_INFINITY : value / limit,
      }));
    // The one that is missed by most decides.
    return factors.sort((a, b) => off(b.factor) - off(a.factor)).slice(0, 1);
  });
  const [first] = misses.sort((a, b) => off(a.factor) - off(b.factor));
  if (first === undefined || !Number.isFinite(first.factor)) return '';
  return `; nearest is ${stackName(first.stack)} with ${first.factor.toPrecision(3)} times the limit of ${first.expression}`;
}

function off(factor: number): number {
  return Math.abs(Math.log(factor));
}

/** What it costs to take one of a tie all the same. */
function meanwhile(document: ChoiceDocument): CardLine[] {
  const { answer, stacks } = document;
  const { p_best: best, expected_regret: regret, proved } = answer;
  if (proved !== null && best !== null) {
    const text = `${stackName(stacks[proved]!)} is proved to meet ${listWords(document.question.objectives)}, and best in ${chance(best)} of the resamplings`;
    return [{ label: 'MEANWHILE', text }];
  }
  if (answer.kind !== 'tie' || answer.reason === 'ALL_EQUAL' || best === null || regret === null)
    return [];
  const text = `${stackName(stacks[answer.stacks[0]!]!)} is best in ${chance(best)} of the resamplings; to take it loses ${trimmed(formatPercent(regret))} on average`;
  return [{ label: 'MEANWHILE', text }];
}

function tieCost({ answer, stacks }: ChoiceDocument): CardLine[] {
  if (answer.kind !== 'tie') return [];
  const costs = answer.stacks.flatMap((i) => {
    const { cost } = stacks[i]!;
    return cost === null ? [] : [`${stackName(stacks[i]!)} ${money(cost.per_1000_clients_month)}`];
  });
  if (costs.length === 0) return [];
  return [{ label: 'COST', text: `${listWords(costs)} per 1,000 clients a month` }];
}

/** Why the figures are doubtful: codes of the verdicts, the most frequent first. */
function doubtLine({ answer, stacks }: ChoiceDocument): CardLine[] {
  if (!answer.doubtful) return [];
  const cells = stacks.flatMap((stack) => stack.cells).filter(({ doubtful }) => doubtful);
  const counts = new Map<string, number>();
  for (const code of cells.flatMap(({ causes }) => causes))
    counts.set(code, (counts.get(code) ?? 0) + 1);
  const codes = [...counts].sort((a, b) => b[1] - a[1]).map(([code]) => code);
  const told = codes.slice(0, 3).join(', ');
  const text = `most runs of ${plural(cells.length, 'cell')} are SUSPECT${told === '' ? '' : ` (${told})`}: measure again on a quiet machine`;
  return [{ label: 'DOUBTFUL', text }];
}
