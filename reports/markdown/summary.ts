/** The summary, laid out: the sentence, its evidence, and how far to trust it. */
import type { LabResult } from '../../bench/result/result.js';
import { formatRatio, MISSING } from '../format.js';
import { lossSweepHeadlines } from '../loss-sweep/of-result.js';
import type { Ranking, WorkloadSummary } from '../model/ranking.js';
import {
  answerWords,
  candidateName,
  figureOf,
  isWon,
  openWords,
  ratioBehind,
  spread,
} from '../text/ranking-words.js';
import { summarize } from '../text/summary.js';
import { bullets, type Column, escapeMarkdown, section, table } from './text.js';

export function summarySection(result: LabResult): string {
  const { headline, carried, compared, trust, changes } = summarize(result);
  const list = (title: string, items: readonly string[]): string =>
    items.length === 0 ? '' : `**${title}**\n\n${bullets(items.map(escapeMarkdown))}`;
  return section(
    'How it was ranked',
    ...lossSweepHeadlines(result).map((text) => `**Against loss.** ${escapeMarkdown(text)}`),
    escapeMarkdown(headline),
    evidence(compared),
    list('What each carried', carried),
    list('How far to trust this', trust),
    list('What would change the answer', changes),
  );
}

function evidence(compared: readonly WorkloadSummary[]): string {
  const [only] = compared;
  if (only === undefined) return '';
  return compared.length === 1 ? evidenceOfOne(only) : evidenceOfMany(compared);
}

function evidenceOfOne({ rankings }: WorkloadSummary): string {
  const columns: Column<Ranking>[] = [
    { title: 'Question', kind: 'text', cell: ({ metric }) => capitalized(metric.words.best) },
    { title: 'Answer', kind: 'text', cell: answer },
    { title: 'Figures', kind: 'number', cell: (ranking) => spread(ranking) ?? MISSING },
    { title: 'Next behind', kind: 'text', cell: nextName },
    { title: 'Its figure', kind: 'number', cell: nextFigure },
    { title: 'Times the best', kind: 'number', cell: (one) => formatRatio(ratioBehind(one)) },
    { title: 'Open because', kind: 'text', cell: (one) => openWords(one) || MISSING },
  ];
  return table(columns, rankings);
}

/** Bold where somebody is better than each of the others. */
function answer(ranking: Ranking): string {
  const words = escapeMarkdown(answerWords(ranking));
  return isWon(ranking) ? `**${words}**` : words;
}

function nextName({ behind: [next] }: Ranking): string {
  return next === undefined ? MISSING : escapeMarkdown(candidateName(next.candidate));
}

function nextFigure({ metric, behind: [next] }: Ranking): string {
  return next === undefined ? MISSING : figureOf(metric, next.value);
}

function evidenceOfMany(compared: readonly WorkloadSummary[]): string {
  const columns: Column<WorkloadSummary>[] = [
    { title: 'Workload', kind: 'text', cell: ({ workload }) => workload.name },
    ...compared[0]!.rankings.map(({ metric }, i) => ({
      title: capitalized(metric.words.best),
      kind: 'text' as const,
      cell: ({ rankings }: WorkloadSummary) => answerWithFigures(rankings[i]!),
    })),
  ];
  const footnote =
    'In brackets: the figures from the best to the last, and how the next pair behind the best compares: 1.30× is 1.30 times the best figure.';
  return `${table(columns, compared)}\n\n${footnote}`;
}

function answerWithFigures(ranking: Ranking): string {
  const words = answer(ranking);
  const figures = spread(ranking);
  if (figures === null) return words;
  const ratio = ratioBehind(ranking);
  const distance = ratio === null ? nextFigure(ranking) : formatRatio(ratio);
  const next = ranking.behind.length === 0 ? '' : `, next ${distance}`;
  return `${words} (${figures}${next})`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
