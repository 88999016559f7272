/**
 * A comparison as Markdown: for a pull request, or the summary of a CI job. A pure function of it.
 */
import type {
  Candidate,
  ComparedRun,
  CompareVerdict,
  Comparison,
  MetricComparison,
} from '../../bench/compare/comparison.js';
import {
  comparedCells,
  comparisonNotes,
  formatMetric,
  formatNeeded,
  formatP,
  formatShift,
  formatShiftInterval,
  methodText,
  metricTitle,
  totalsText,
} from '../text/compare-format.js';
import { bullets, type Column, codeSpan, escapeMarkdown, section, table } from './text.js';

const MARKS: Readonly<Record<CompareVerdict, string>> = {
  better: '▲ better',
  worse: '▼ **worse**',
  equivalent: '= equivalent',
  inconclusive: '? inconclusive',
};

export function renderComparisonMarkdown(comparison: Comparison): string {
  const { reference, candidates, totals } = comparison;
  const blocks = [
    '# Comparison',
    `**${totalsText(totals)}**`,
    bullets([
      ...reference.sessions.map((run) => runText(run, 'the reference')),
      ...candidates.flatMap(({ side }) =>
        side.sessions.map((run) => runText(run, 'compared with it')),
      ),
    ]),
    ...candidates.map((candidate) => candidateSection(comparison, candidate)),
    section('How to read it', escapeMarkdown(methodText(comparison))),
    section(
      'Reproduce',
      bullets(
        [reference, ...candidates.map(({ side }) => side)]
          .flatMap(({ sessions }) => sessions)
          .map((run) => `${run.label}: ${codeSpan(run.command)}`),
      ),
    ),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function runText({ label, name, started_at, version, git }: ComparedRun, role: string): string {
  const commit = git === null ? '' : `, git ${codeSpan(git)}`;
  return `**${label}** ${codeSpan(name)}, ${role}: ${escapeMarkdown(started_at)}, lab ${escapeMarkdown(version)}${commit}`;
}

function candidateSection(comparison: Comparison, candidate: Candidate): string {
  const { reference } = comparison;
  const { side, warnings, totals } = candidate;
  const notes = [
    ...warnings.map(
      ({ message, hint }) => `⚠ ${escapeMarkdown(message)} → ${escapeMarkdown(hint)}`,
    ),
    ...comparisonNotes(comparison, candidate).map(escapeMarkdown),
  ];
  return section(
    `${side.label} against ${reference.label}: ${totalsText(totals)}`,
    bullets(notes),
    ...comparedCells(comparison, candidate).flatMap(({ title, cell }) => [
      `### ${escapeMarkdown(title)}`,
      table(columnsFor(comparison, candidate), cell.metrics),
    ]),
  );
}

function columnsFor(
  { reference, alpha, sample }: Comparison,
  { side }: Candidate,
): Column<MetricComparison>[] {
  return [
    { title: 'Verdict', kind: 'label', cell: ({ verdict }) => MARKS[verdict] },
    { title: 'Metric', kind: 'label', cell: metricTitle },
    {
      title: reference.label,
      kind: 'number',
      cell: (one) => formatMetric(one, one.reference.median),
    },
    { title: side.label, kind: 'number', cell: (one) => formatMetric(one, one.candidate.median) },
    { title: 'Shift', kind: 'number', cell: formatShift },
    { title: '95 % interval', kind: 'number', cell: formatShiftInterval },
    {
      title: 'p',
      kind: 'number',
      cell: ({ p_adjusted }) => escapeMarkdown(formatP(p_adjusted, alpha)),
    },
    {
      title: sample === 'session' ? 'Sessions' : 'Runs',
      kind: 'number',
      cell: (one) => escapeMarkdown(formatNeeded(one)),
    },
  ];
}
