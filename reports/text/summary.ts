/**
 * The summary in plain words: who is better at what, on what evidence, how far to trust it, what
 * would change it. Plain text without markup, so that a terminal can print it too;
 * `markdown/summary.ts` lays it out.
 */

import type { LabResult } from '../../bench/result/result.js';
import { changedTargets } from '../../bench/result/server.js';
import { mayRank } from '../../bench/result/usable.js';
import { formatRatio } from '../format.js';
import { listWords, plural, workloadsOf } from '../model/cells.js';
import {
  candidatesOf,
  type Ranking,
  rankWorkloads,
  type WorkloadCandidates,
  type WorkloadSummary,
} from '../model/ranking.js';
import { rerunCommand } from '../model/rerun.js';
import { carriedSentences } from './carried.js';
import { nothingToCompare } from './nothing-ranked.js';
import {
  answerWords,
  candidateName,
  figureOf,
  isAllDelivered,
  isSingleRun,
  isUnlike,
  isWon,
  namesOf,
  ratioBehind,
  reasonWords,
  spread,
  tieWords,
} from './ranking-words.js';
import { trustNotes, whatWouldChange } from './summary-notes.js';

interface Summary {
  readonly headline: string;
  /** Workloads with at least two candidates. */
  readonly compared: readonly WorkloadSummary[];
  readonly trust: readonly string[];
  readonly changes: readonly string[];
  /** Of a sweep, what each pair carried and where it broke; empty without one. */
  readonly carried: readonly string[];
  /** The command with as many runs as can tell a clear difference; null when there are as many. */
  readonly rankingCommand: string | null;
}

/**
 * What the result says, from the result alone. Names as best only what `lab compare` would call
 * better than each of the others, and never an INVALID cell.
 */
export function summarize(result: LabResult): Summary {
  const all = workloadsOf(result).map((workload) => candidatesOf(workload));
  // Of different servers nothing is ranked.
  const ranked = changedTargets(result).length === 0 ? all : [];
  const { compared, tests, runsToDetect } = rankWorkloads(ranked, result.cells);
  const lacksRuns = fewestRunsIn(compared) < runsToDetect && compared.some(isOpen);
  const rankingCommand = lacksRuns ? rerunCommand(result, runsToDetect) : null;
  return {
    headline: headlineOf(result, all, compared),
    carried: carriedSentences(result),
    compared,
    trust: trustNotes(result, all, compared, tests),
    changes: compared.length === 0 ? [] : whatWouldChange(result, compared, rankingCommand),
    rankingCommand,
  };
}

function fewestRunsIn(compared: readonly WorkloadSummary[]): number {
  return Math.min(
    ...compared.flatMap(({ candidates }) => candidates.map(({ runs }) => runs.length)),
  );
}

/** Some difference cannot be told. */
function isOpen({ rankings }: WorkloadSummary): boolean {
  return rankings.some(({ ties }) => ties.some(({ verdict }) => verdict === 'inconclusive'));
}

function headlineOf(
  result: LabResult,
  all: readonly WorkloadCandidates[],
  compared: readonly WorkloadSummary[],
): string {
  const [only] = compared;
  if (only === undefined) return nothingToCompare(result, all);
  const isSingle = compared.every(({ rankings }) => rankings.every(isUndecidable));
  const said = compared.length > 1 ? tally(compared, isSingle) : sentences(only, isSingle);
  return `${said} ${caveat(result, isSingle)}`;
}

/** Nothing but figures: one run each, or fewer than two to set against each other. */
function isUndecidable(ranking: Ranking): boolean {
  return isSingleRun(ranking) || ranking.ties.length + ranking.behind.length === 0;
}

/** `With 100 clients …: a had …; next is b …. No difference is shown in ….` */
function sentences({ workload, rankings }: WorkloadSummary, isSingle: boolean): string {
  if (isSingle) {
    return `With ${workload.name}, one run each: ${listWords(rankings.map(figuresClause))}.`;
  }
  const tied = rankings.filter(
    (one) => one.ties.length > 0 && one.behind.length === 0 && !isAllDelivered(one),
  );
  const [open, equal] = [
    tied.filter((one) => reasonWords(one) !== ''),
    tied.filter((one) => reasonWords(one) === ''),
  ];
  const said = rankings.filter((one) => !tied.includes(one)).map(clause);
  if (equal.length > 0) said.push(`all are equivalent in ${listWords(equal.map(withFigures))}`);
  if (open.length > 0) said.push(`no difference is shown in ${listWords(open.map(withFigures))}`);
  const [first, ...others] = said;
  return [`With ${workload.name}, ${first}.`, ...others.map((text) => `${capital(text)}.`)].join(
    ' ',
  );
}

/** Names of transports are written as they are typed. */
function capital(text: string): string {
  return /^(all|no|only) /.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text;
}

/** `p99 latency (1.00 to 1.04 ms, too few runs)`. */
function withFigures(ranking: Ranking): string {
  const why = reasonWords(ranking);
  return `${ranking.metric.words.noun} (${spread(ranking)}${why === '' ? '' : `, ${why}`})`;
}

function figuresClause(ranking: Ranking): string {
  if (isAllDelivered(ranking)) return 'every message delivered';
  const { noun } = ranking.metric.words;
  if (isUnlike(ranking))
    return `${noun} to the arrival in some and to the receipt in others, which are not compared`;
  return ranking.best === null ? `no ${noun}` : `${noun} ${spread(ranking)}`;
}

/** The shortest honest word on the strength of the evidence; `trustNotes` has the rest. */
function caveat({ cells }: LabResult, isSingle: boolean): string {
  const evidence = isSingle ? 'One run ranks nothing.' : 'Figures are medians over the runs.';
  const leftOut = cells.filter((cell) => !mayRank(cell)).length;
  return leftOut === 0
    ? evidence
    : `${evidence} ${leftOut} of ${plural(cells.length, 'cell')} ${leftOut === 1 ? 'does' : 'do'} not count: not VALID, or cut short.`;
}

/** Of a ranking that somebody won or lost, of a delivery without loss, or of nobody. */
function clause(ranking: Ranking): string {
  const { metric, best, behind } = ranking;
  const { noun, superlative, comparative } = metric.words;
  if (best === null) return `${noun} cannot be ranked`;
  if (isAllDelivered(ranking)) return 'all delivered every message';
  const name = candidateName(best.candidate);
  const figure = figureOf(metric, best.value);
  const [next] = behind;
  if (next === undefined) return `only ${name} can be ranked on ${noun} (${figure})`;
  const nextFigure = figureOf(metric, next.value);
  if (isWon(ranking)) {
    const rival = candidateName(next.candidate);
    if (metric.name === 'missing' && best.value === 0)
      return `${name} alone delivered every message; next is ${rival} with ${nextFigure}`;
    const ratio = ratioBehind(ranking);
    const times = ratio === null ? '' : ` (${formatRatio(ratio)})`;
    return `${name} ${superlative}, ${figure}; next is ${rival} with ${nextFigure}${times}`;
  }
  const figures = `${figure} against ${nextFigure}${behind.length > 1 ? ' for the next' : ''}`;
  return `${name} ${comparative} ${namesOf(behind)}, ${figures}; it is ${tieWords(ranking)}`;
}

/** Over several workloads: how often who was best. The table below it has the figures. */
function tally(compared: readonly WorkloadSummary[], isSingle: boolean): string {
  if (isSingle) return `Over ${compared.length} workloads, one run of each cell: figures below.`;
  const clauses = compared[0]!.rankings.map(({ metric }, i) => {
    const answers = new Map<string, number>();
    for (const { rankings } of compared) {
      const answer = answerWords(rankings[i]!);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    const [only] = answers;
    const said =
      answers.size === 1
        ? `${only![0]} in all ${compared.length}`
        : [...answers].map(([answer, n]) => `${answer} in ${n}`).join(', ');
    return `${metric.words.best}: ${said}`;
  });
  return `Over ${compared.length} workloads: ${clauses.join('; ')}.`;
}
