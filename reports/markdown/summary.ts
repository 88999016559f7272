/** The summary, laid out: the sentence, its evidence, and how far to trust it. */
import type { LabResult } from '../../bench/result/result.js';
import { formatRatio, MISSING } from '../format.js';
import type { Outcome, WorkloadSummary } from '../model/ranking.js';
import { contenderName, leadRatio, outcomeWords } from '../text/leaders.js';
import { summarize } from '../text/summary.js';
import { bullets, type Column, escapeMarkdown, section, table } from './text.js';

export function summarySection(result: LabResult): string {
  const { headline, compared, trust, changes } = summarize(result);
  const list = (title: string, items: readonly string[]): string =>
    items.length === 0 ? '' : `**${title}**\n\n${bullets(items.map(escapeMarkdown))}`;
  return section(
    'In short',
    escapeMarkdown(headline),
    evidence(compared),
    list('How far to trust this', trust),
    list('What would change the answer', changes),
  );
}

function evidence(compared: readonly WorkloadSummary[]): string {
  const [only] = compared;
  if (only === undefined) return '';
  return compared.length === 1 ? evidenceOfOne(only) : evidenceOfMany(compared);
}

function evidenceOfOne({ outcomes }: WorkloadSummary): string {
  const columns: Column<Outcome>[] = [
    { title: 'Question', kind: 'text', cell: ({ metric }) => capitalized(metric.best) },
    { title: 'Answer', kind: 'text', cell: answerWords },
    { title: 'Best figure', kind: 'number', cell: bestFigure },
    { title: 'Next clearly behind', kind: 'text', cell: nextName },
    { title: 'Its figure', kind: 'number', cell: nextFigure },
    { title: 'Times the best', kind: 'number', cell: (outcome) => formatRatio(leadRatio(outcome)) },
  ];
  return table(columns, outcomes);
}

/** Bold where somebody leads clearly. */
function answerWords(outcome: Outcome): string {
  const words = escapeMarkdown(outcomeWords(outcome));
  return outcome.others.length > 0 ? `**${words}**` : words;
}

function bestFigure({ metric, leaders }: Outcome): string {
  return leaders[0] === undefined ? MISSING : metric.format(leaders[0].value);
}

function nextName({ others }: Outcome): string {
  return others[0] === undefined ? MISSING : escapeMarkdown(contenderName(others[0].contender));
}

function nextFigure({ metric, others }: Outcome): string {
  return others[0] === undefined ? MISSING : metric.format(others[0].value);
}

function evidenceOfMany(compared: readonly WorkloadSummary[]): string {
  const columns: Column<WorkloadSummary>[] = [
    { title: 'Workload', kind: 'text', cell: ({ workload }) => workload.name },
    ...compared[0]!.outcomes.map(({ metric }, i) => ({
      title: capitalized(metric.best),
      kind: 'text' as const,
      cell: ({ outcomes }: WorkloadSummary) => answer(outcomes[i]!),
    })),
  ];
  const footnote =
    'In brackets: the best figure, and how the next pair clearly behind compares: 1.30× is 1.30 times the best figure.';
  return `${table(columns, compared)}\n\n${footnote}`;
}

function answer(outcome: Outcome): string {
  const words = answerWords(outcome);
  if (outcome.leaders.length === 0) return words;
  const ratio = leadRatio(outcome);
  const next =
    outcome.others.length === 0
      ? ''
      : `, next ${ratio === null ? nextFigure(outcome) : formatRatio(ratio)}`;
  return `${words} (${bestFigure(outcome)}${next})`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
