/** A comparison of results as one HTML file, a pure function of it. */
import type { Candidate, ComparedRun, Comparison } from '../../../bench/compare/comparison.js';
import { listWords } from '../../model/cells.js';
import {
  comparisonNotes,
  formatShift,
  methodText,
  metricTitle,
  totalsText,
} from '../../text/compare-format.js';
import { dataLink, embedJson } from '../data-link.js';
import { pageDocument } from '../document.js';
import { REPORT_SCRIPT, REPORT_SCRIPT_HASH } from '../page-assets.js';
import { inlineChart } from '../run/pictures.js';
import { escapeHtml, sentenceHtml } from '../view/escape.js';
import { tableHtml } from '../view/table.js';
import { forestChart } from './forest.js';
import { type ComparedMetric, comparedMetrics, metricsTable } from './metrics-table.js';

export function renderHtmlComparison(comparison: Comparison): string {
  const { reference, candidates, totals } = comparison;
  const metrics = comparedMetrics(comparison);
  const table = metricsTable(comparison, metrics);
  const forest = forestChart(metrics);
  const labels = candidates.map(({ side }) => side.label);
  return pageDocument({
    title: `${listWords(labels)} against ${reference.label}: ${totalsText(totals)}`,
    facts: [comparison.schema, `${comparison.tests} tests`],
    top: [
      answer(comparison, metrics),
      forest === undefined ? '' : inlineChart({ file: 'forest.svg', svg: forest }),
    ].join('\n'),
    sections: [
      {
        id: 'figures',
        title: 'Figures',
        html: `<div class="scroll" tabindex="0" role="region" aria-label="Figures">${tableHtml(table)}</div>`,
      },
      {
        id: 'notes',
        title: 'Before you believe it',
        html: candidates.map((candidate) => notesHtml(comparison, candidate)).join('\n'),
      },
      { id: 'reproduce', title: 'Reproduce, and take the data', html: sources(comparison) },
    ],
    script: { text: REPORT_SCRIPT, hash: REPORT_SCRIPT_HASH },
    model: { table, charts: [] },
  });
}

/** What moved; by which rule; and the first thing that speaks against it. */
function answer(comparison: Comparison, metrics: readonly ComparedMetric[]): string {
  const named = (['worse', 'better'] as const).flatMap((verdict) => {
    const found = metrics.filter(({ metric }) => metric.verdict === verdict);
    if (found.length === 0) return [];
    const first = found
      .slice(0, 3)
      .map(({ metric, cell }) => `${metricTitle(metric)} of ${cell} (${formatShift(metric)})`);
    const more = found.length > 3 ? `, and ${found.length - 3} more` : '';
    return [`${verdict === 'worse' ? 'Worse' : 'Better'}: ${first.join(', ')}${more}`];
  });
  const doubts = comparison.candidates.flatMap((candidate) => notesOf(comparison, candidate));
  const lines = [
    ['ANSWER', `${totalsText(comparison.totals)}. ${named.map((text) => `${text}.`).join(' ')}`],
    ['BECAUSE', methodText(comparison)],
    ['UNLESS', doubts[0] ?? 'Nothing was found that speaks against it.'],
  ] as const;
  return [
    '<section class="answer" aria-label="Answer"><dl>',
    ...lines.map(([name, text]) => `<dt>${name}</dt><dd>${sentenceHtml(text)}</dd>`),
    '</dl></section>',
  ].join('\n');
}

function notesOf(comparison: Comparison, candidate: Candidate): string[] {
  return [
    ...candidate.warnings.map(({ message, hint }) => `⚠ ${message}. What to do: ${hint}`),
    ...comparisonNotes(comparison, candidate),
  ];
}

function notesHtml(comparison: Comparison, candidate: Candidate): string {
  const notes = notesOf(comparison, candidate).map((note) => `<li>${sentenceHtml(note)}</li>`);
  const { side, totals } = candidate;
  const title = `${side.label} against ${comparison.reference.label}: ${totalsText(totals)}`;
  return `<h3>${escapeHtml(title)}</h3>\n<ul>${notes.join('')}</ul>`;
}

function sources(comparison: Comparison): string {
  const { reference, candidates } = comparison;
  const runs = [reference, ...candidates.map(({ side }) => side)].flatMap(
    ({ sessions }) => sessions,
  );
  return [
    ...runs.map(sourceHtml),
    dataLink('The comparison is in this page', 'comparison.json', embedJson(comparison)),
  ].join('\n');
}

function sourceHtml({ label, name, started_at, version, git, command }: ComparedRun): string {
  const commit = git === null ? '' : `, git ${git}`;
  const facts = `${label}: ${name}, ${started_at}, lab ${version}${commit}`;
  return `<p>${escapeHtml(facts)}</p>\n<pre tabindex="0">${escapeHtml(command)}</pre>`;
}
