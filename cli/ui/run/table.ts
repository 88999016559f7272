/** A result on a terminal: card, table, why a cell is doubtful, beside what to read it. Pure. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { cardOf } from '../../../reports/card.js';
import { formatCount } from '../../../reports/format.js';
import { lossSweepSentences } from '../../../reports/loss-sweep/of-result.js';
import { cellRunsOf, singleRun } from '../../../reports/model/cell-runs.js';
import { inPlanOrder, pairName, workloadsOf } from '../../../reports/model/cells.js';
import { latencySentences } from '../../../reports/text/latency-notes.js';
import { summarize } from '../../../reports/text/summary.js';
import { renderGrid } from '../grid.js';
import type { Style } from '../style.js';
import { MAX_WIDTH, wrap } from '../text.js';
import { hasCommand, renderCard } from './card.js';
import { isJoined, runColumns } from './columns.js';
import { facts } from './facts.js';
import { badFindings, findings } from './findings.js';
import { repairsTable } from './repairs.js';

/**
 * Card, table, findings and yardstick, ending in a newline. `width`: columns of the terminal.
 * `elsewhere`: where else the columns can be seen that are left out.
 */
export function renderRun(
  measured: LabResult,
  width: number,
  style: Style,
  elsewhere = '--json',
): string {
  const columns = Math.min(width, MAX_WIDTH);
  const joined = isJoined(measured);
  const result = inPlanOrder(measured);
  const groups = workloadsOf(result).map((workload) => ({
    title: workload.name + offered(workload.cells[0]!),
    rows: joined ? cellRunsOf(result, workload) : workload.cells.map(singleRun),
  }));
  const summary = summarize(result);
  const card = cardOf(result);
  // What the card says to run is not said a second time, with another number of runs.
  const command = card.some(({ text }) => hasCommand(text)) ? null : summary.rankingCommand;
  // That nothing is ranked, and why, is on the card.
  const isSaid = summary.compared.length === 0 && new Set(result.cells.map(pairName)).size > 1;
  const blocks = [
    renderCard(card, columns, style),
    badFindings(result, columns, style),
    result.cells.length === 0
      ? ''
      : renderGrid(runColumns(result, joined), groups, width, style, elsewhere),
    joined ? wrap(JOINED_NOTE, columns) : '',
    repairsTable(result, width, style, elsewhere),
    wrap(latencySentences(result).join(' '), columns),
    isSaid ? '' : wrap(summary.headline, columns),
    lossSweepSentences(result)
      .map((text) => wrap(text, columns, '  '))
      .join('\n'),
    summary.carried.map((text) => wrap(text, columns, '  ')).join('\n'),
    findings(result, columns, style),
    facts(result, columns, style, command),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const JOINED_NOTE =
  'A row has the medians of the runs that count (not INVALID, not cut short), the loss of all of them together, and the highest max; the interval is the 95 % bootstrap interval of the median p99. The verdict is the worst of all runs, with its count.';

function offered({ clients, rate_per_s: rate }: CellResult): string {
  return rate === null ? '' : ` → ${formatCount(clients * rate)} deliveries/s offered`;
}
