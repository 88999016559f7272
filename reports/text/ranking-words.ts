/** The words for a ranking: who leads and by how much, or why nobody does. */
import type { CompareReason } from '../../bench/compare/comparison.js';
import { endAlike } from '../../bench/compare/rank.js';
import type { Metric } from '../../bench/metric-catalogue.js';
import { formatFigure, formatRange } from '../format.js';
import { listWords } from '../model/cells.js';
import type { Candidate, Ranking } from '../model/ranking.js';

/** `udp/msgpack`, with its warning when one of its runs is SUSPECT, and when some were left out. */
export function candidateName({ name, suspect, runs, leftOut }: Candidate): string {
  const selection = leftOut === 0 ? '' : ` (${runs.length} of ${runs.length + leftOut} runs)`;
  return `${suspect ? '⚠ SUSPECT ' : ''}${name}${selection}`;
}

/** Both names of two, `4 others` of more: a sentence is not a table. */
export function namesOf(ranks: readonly { readonly candidate: Candidate }[]): string {
  return ranks.length > 2
    ? `${ranks.length} others`
    : listWords(ranks.map(({ candidate }) => candidateName(candidate)));
}

export function figureOf({ name, unit }: Metric, value: number): string {
  return formatFigure(unit, value) + (name === 'missing' ? ' missing' : '');
}

/** The figures of all that were ranked, `1.00 to 2.00 ms`; null when nobody was. */
export function spread({ metric, best, ties, behind }: Ranking): string | null {
  if (best === null) return null;
  const values = [best, ...ties, ...behind].map(({ value }) => value);
  const format = (value: number): string => formatFigure(metric.unit, value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const unit = metric.name === 'missing' ? ' missing' : '';
  return (format(low) === format(high) ? format(low) : formatRange({ low, high }, format)) + unit;
}

/**
 * Nobody is ranked, because the figure counts to the arrival in some cells, to receipt in others.
 */
export function isUnlike({ metric, best, unranked }: Ranking): boolean {
  return best === null && metric.endsAt !== undefined && !endAlike(unranked);
}

/** Somebody is better than each of the others. */
export function isWon({ ties, behind }: Ranking): boolean {
  return ties.length === 0 && behind.length > 0;
}

/** One run each: there is nothing to decide by. */
export function isSingleRun({ ties }: Ranking): boolean {
  return ties.some(({ reason }) => reason === 'SINGLE_RUN');
}

/** Nobody missed a message. */
export function isAllDelivered({ metric, best, ties, behind }: Ranking): boolean {
  const all = [...(best === null ? [] : [best]), ...ties, ...behind];
  return metric.name === 'missing' && all.length > 1 && all.every(({ value }) => value === 0);
}

/** How many times the best figure the next one behind has; null where there is no such figure. */
export function ratioBehind({ best, behind }: Ranking): number | null {
  const [next] = behind;
  return best === null || next === undefined || best.value === 0 ? null : next.value / best.value;
}

/** The winner's name, or why there is none. */
export function answerWords(ranking: Ranking): string {
  const { best, ties, behind } = ranking;
  if (best === null) return 'cannot be ranked';
  if (isAllDelivered(ranking)) return 'all delivered everything';
  if (isSingleRun(ranking)) return 'undecided';
  const name = candidateName(best.candidate);
  if (behind.length > 0) return ties.length === 0 ? name : `${name} (${tieWords(ranking)})`;
  if (ties.length === 0) return `only ${name}`;
  return undecided(ranking).length > 0 ? 'no difference shown' : 'equivalent';
}

/** `equivalent to tcp/msgpack; not separated from udp/msgpack: too few runs`. */
export function tieWords(ranking: Ranking): string {
  const equal = ranking.ties.filter(({ verdict }) => verdict === 'equivalent');
  const open = undecided(ranking);
  return [
    ...(equal.length > 0 ? [`equivalent to ${namesOf(equal)}`] : []),
    ...(open.length > 0 ? [`not separated from ${namesOf(open)}: ${reasonWords(ranking)}`] : []),
  ].join('; ');
}

function undecided({ ties }: Ranking): Ranking['ties'] {
  return ties.filter(({ verdict }) => verdict === 'inconclusive');
}

const REASONS: Readonly<Partial<Record<CompareReason, string>>> = {
  SINGLE_RUN: 'one run each',
  TOO_FEW_RUNS: 'too few runs',
  WIDE_INTERVAL: 'wide interval',
  NOT_SIGNIFICANT: 'not significant',
};

/**
 * Why no difference can be told, in a word; empty where it can. What more runs help comes first.
 */
export function reasonWords(ranking: Ranking): string {
  const reasons = [...openByReason(ranking).keys()];
  return reasons.find((reason) => reason === REASONS.TOO_FEW_RUNS) ?? reasons[0] ?? '';
}

/** All reasons, each with what it takes: `too few runs: takes 8; wide interval: takes 30`. */
export function openWords(ranking: Ranking): string {
  return [...openByReason(ranking)]
    .map(([reason, runs]) => `${reason}: takes ${runs ?? 'more than 1000'}`)
    .join('; ');
}

/** The runs that would likely settle all that is open; null when unknown, 0 when nothing is. */
export function runsToSettle(ranking: Ranking): number | null {
  const runs = [...openByReason(ranking).values()];
  return runs.reduce(
    (most, one) => (most === null || one === null ? null : Math.max(most, one)),
    0,
  );
}

/** Each reason with the most runs that it takes; null when that is unknown. */
function openByReason(ranking: Ranking): Map<string, number | null> {
  const found = new Map<string, number | null>();
  for (const { reason, runsNeeded } of undecided(ranking)) {
    const words = (reason && REASONS[reason]) ?? 'the runs disagree';
    const most = found.get(words);
    const isUnknown = most === null || runsNeeded === null;
    found.set(words, isUnknown ? null : Math.max(most ?? 0, runsNeeded));
  }
  return found;
}
