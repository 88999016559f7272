/**
 * The report of a run: Markdown and the charts it shows, from the result alone, the same bytes each
 * time.
 */
import type { LabResult } from '../../bench/result/result.js';
import { formatSeconds } from '../format.js';
import { inPlanOrder, plural } from '../model/cells.js';
import { sessionRemark, sessionSentences } from '../text/session-notes.js';
import { targetSentences } from '../text/target-notes.js';
import { drawCharts } from './charts.js';
import { comparisonSection, runsSection } from './comparison.js';
import { commandBlock, environmentSection, reproductionSection } from './details/environment.js';
import { ledgerSection } from './details/ledger.js';
import { loadSection } from './details/load.js';
import { measuresSections } from './details/measures.js';
import { pingSection } from './details/ping.js';
import { verdictsSection } from './details/verdicts.js';
import { linksSection } from './network/links.js';
import { lossSweepSections } from './network/loss-sweep.js';
import { repairsSection } from './network/repairs.js';
import { pageSection } from './page.js';
import { summarySection } from './summary.js';
import { details, escapeMarkdown } from './text.js';
import { thresholdsSection } from './thresholds.js';

interface Report {
  readonly markdown: string;
  /** SVG charts by file name; the Markdown expects them in its own directory. */
  readonly files: Map<string, string>;
}

/** Renders a valid result. Pure: no clock, no locale, no environment. */
export function renderReport(measured: LabResult): Report {
  const result = inPlanOrder(measured);
  const charts = drawCharts(result);
  const blocks = [
    title(result),
    injectionBanner(result),
    targetBanner(result),
    sessionBanner(result),
    banner(result),
    thresholdsSection(result),
    machineBanner(result),
    pageSection(result, charts.lead),
    details(
      'Evidence',
      'the ranking, how far to trust it, and what would change it',
      summarySection(result),
      ...lossSweepSections(result),
    ),
    details(
      'Figures',
      'latency, freshness, order and stages of every pair',
      comparisonSection(result),
      ...measuresSections(result),
      pingSection(result),
    ),
    details('Charts', 'everything that can be drawn', charts.markdown),
    details(
      'Verdicts and losses',
      'what is doubtful and what to do, and where every message went',
      verdictsSection(result),
      ledgerSection(result),
      repairsSection(result),
      linksSection(result),
    ),
    details('Every run', 'the figures before any median', runsSection(result)),
    details(
      'Machine and command',
      'where it was measured, what was busy, and every setting',
      loadSection(result),
      environmentSection(result),
      reproductionSection(result),
    ),
    commandBlock(result),
  ];
  return {
    markdown: `${blocks.filter((block) => block !== '').join('\n\n')}\n`,
    files: new Map(charts.files),
  };
}

function title({ startedAt, duration_s, cells, tool }: LabResult): string {
  const facts = [
    `Started ${escapeMarkdown(startedAt)}`,
    `${plural(cells.length, 'cell')} in ${formatSeconds(Math.round(duration_s))}`,
    escapeMarkdown(`${tool.name} ${tool.version}`),
  ];
  return `# Transport and codec comparison\n\n${facts.join(' · ')}`;
}

/** First of all: whoever reads on must know that these figures are not the machine's own. */
function injectionBanner({ config }: LabResult): string {
  const { inject } = config.effective;
  if (inject === null) return '';
  return `> [!WARNING]\n> **Faults were injected: ${escapeMarkdown(inject)}.** The figures show the fault as well as what was measured; they are a test of the lab, not of a transport.`;
}

/** Nor are these: half of what a report of the lab says is missing, and for a reason. */
function targetBanner(result: LabResult): string {
  const [first, ...others] = targetSentences(result).map(escapeMarkdown);
  return first === undefined ? '' : `> [!NOTE]\n> **${first}** ${others.join(' ')}`;
}

/** Figures of two times of day in one table are for the reader to know of. */
function sessionBanner(result: LabResult): string {
  const [first, ...others] = sessionSentences(result).map(escapeMarkdown);
  if (first === undefined) return '';
  return `> [!NOTE]\n> **${[first, ...others].join(' ')}** ${sessionRemark(result)}`;
}

/** What the doctor found to spoil every figure, before anybody reads one. */
function machineBanner({ environment }: LabResult): string {
  const bad = environment.doctor.filter(({ status }) => status === 'bad');
  if (bad.length === 0) return '';
  const lines = bad.map(({ check, value, advice }) => {
    const what = `**${escapeMarkdown(check)}**: ${escapeMarkdown(value)}`;
    return `> - ${what}${advice === null ? '.' : ` → ${escapeMarkdown(advice)}`}`;
  });
  return `> [!WARNING]\n> **The machine spoils the figures below**, says \`lab doctor\`:\n>\n${lines.join('\n')}`;
}

function banner(result: LabResult): string {
  const cut = result.cells.filter((cell) => cell.incomplete).length;
  if (!result.incomplete && cut === 0) return '';
  const why = result.ended?.message ?? 'this run was interrupted or a cell failed';
  const what =
    cut === 0
      ? 'Cells of the plan may be missing from this report.'
      : `${plural(cut, 'cell')} marked "cut short" ${cut === 1 ? 'has' : 'have'} figures for only a part of the window, and further cells of the plan may be missing.`;
  const resume =
    result.ended === undefined ? '' : 'measure the rest of it (`lab run --resume FOLDER`), or ';
  return `> [!WARNING]\n> **INCOMPLETE: ${escapeMarkdown(why)}.** ${what} Do not decide on it; ${resume}run the command at the end again.`;
}
