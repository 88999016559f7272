/**
 * A comparison on a terminal: one table per compared run, what stands against it, and how to read
 * it. Pure.
 */
import type {
  Candidate,
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
} from '../../reports/text/compare-format.js';
import { visibleLine } from '../../reports/visible-text.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { MAX_WIDTH, wrap } from './text.js';

const COLORS = {
  better: 'green',
  worse: 'red',
  equivalent: null,
  inconclusive: 'yellow',
} as const satisfies Record<CompareVerdict, string | null>;

/** Ends in a newline. `width`: columns of the terminal. */
export function renderComparison(comparison: Comparison, width: number, style: Style): string {
  const columns = Math.min(width, MAX_WIDTH);
  const runs = [comparison.reference, ...comparison.candidates.map(({ side }) => side)].flatMap(
    ({ sessions }) => sessions,
  );
  const legend = runs.map(
    ({ label, name, started_at, version }) =>
      `${style('bold', label)}  ${visibleLine(`${name}  ${started_at}, lab ${version}`)}`,
  );
  const blocks = [
    legend.join('\n'),
    ...comparison.candidates.flatMap((candidate) =>
      candidateBlocks(comparison, candidate, width, style),
    ),
    style('dim', wrap(methodText(comparison), columns)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function candidateBlocks(
  comparison: Comparison,
  candidate: Candidate,
  width: number,
  style: Style,
): string[] {
  const columns = Math.min(width, MAX_WIDTH);
  const groups = comparedCells(comparison, candidate).map(({ title, cell }) => ({
    title,
    rows: cell.metrics,
  }));
  const warnings = candidate.warnings.flatMap(({ message, hint }) => [
    style('yellow', wrap(`⚠ ${message}`, columns, '  ')),
    `  ${wrap(`→ ${hint}`, columns - 2, '    ')}`,
  ]);
  const notes = comparisonNotes(comparison, candidate).map((note) =>
    wrap(note.startsWith('⚠') ? note : `· ${note}`, columns, '  '),
  );
  const { label } = comparison.reference;
  return [
    renderGrid(columnsFor(comparison, candidate), groups, width, style, '--json'),
    style('bold', `${candidate.side.label} against ${label}: ${totalsText(candidate.totals)}`),
    [...warnings, ...notes].join('\n'),
  ];
}

function columnsFor(
  { reference, alpha, sample }: Comparison,
  { side }: Candidate,
): Column<MetricComparison>[] {
  return [
    {
      title: 'verdict',
      align: 'left',
      cell: ({ verdict }) => verdict,
      format: ({ verdict }) => COLORS[verdict],
    },
    { title: 'metric', align: 'left', cell: metricTitle },
    {
      title: reference.label,
      align: 'right',
      cell: (one) => formatMetric(one, one.reference.median),
    },
    { title: side.label, align: 'right', cell: (one) => formatMetric(one, one.candidate.median) },
    { title: 'shift', align: 'right', cell: formatShift },
    { title: '95 % interval', align: 'right', cell: formatShiftInterval, spare: 1 },
    { title: 'p', align: 'right', cell: ({ p_adjusted }) => formatP(p_adjusted, alpha), spare: 3 },
    { title: `${sample}s`, align: 'right', cell: formatNeeded, spare: 2 },
  ];
}
