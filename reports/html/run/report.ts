/**
 * The report of a run as one HTML file, from the result alone, the same bytes each time. Everything
 * is there without a script; with one, tables sort and filter, charts zoom, and two cells lie over
 * each other.
 */
import type { LabResult } from '../../../bench/result/result.js';
import { formatSeconds } from '../../format.js';
import { drawCharts } from '../../markdown/charts.js';
import { inPlanOrder, plural } from '../../model/cells.js';
import { latencySentences } from '../../text/latency-notes.js';
import { pageDocument } from '../document.js';
import { REPORT_SCRIPT, REPORT_SCRIPT_HASH } from '../page-assets.js';
import { escapeHtml } from '../view/escape.js';
import { tableHtml } from '../view/table.js';
import { answerHtml } from './answer.js';
import { chartModels } from './chart-models.js';
import { figuresTable, linkName, loadOnly, rowsOf } from './figures-table.js';
import { ledgerHtml } from './ledger.js';
import { answerFirst, inlineChart } from './pictures.js';
import { reasonsHtml } from './reasons.js';
import { machineHtml, reproduceHtml } from './reproduce.js';
import { type EmbeddedResult, embedResult } from './result-data.js';
import { thresholdsHtml } from './thresholds.js';
import { warningsHtml } from './warnings.js';

/** What a page may have: it is sent by mail. One of many cells has more. */
const MOST_BYTES = 298_000;

/** Renders a valid result. Pure: no clock, no locale, no environment. */
export function renderHtmlReport(measured: LabResult): string {
  const result = inPlanOrder(measured);
  const rows = rowsOf(result);
  const drawn = new Set(rows.map(({ one }) => one.typical));
  const table = figuresTable(result);
  const pictures = [...drawCharts(result).files].map(([file, svg]) => ({ file, svg }));
  const { first, others } = answerFirst(pictures);
  const model = { table, charts: chartModels(result, table) };
  const page = (embedded: EmbeddedResult | null): string =>
    pageDocument({
      title: titleOf(result),
      facts: [
        `Started ${result.startedAt}`,
        `${plural(result.cells.length, 'cell')} in ${formatSeconds(Math.round(result.duration_s))}`,
        `${result.tool.name} ${result.tool.version}`,
      ],
      top: [
        ...warningsHtml(result),
        answerHtml(result),
        first === undefined ? '' : inlineChart(first),
      ].join('\n'),
      sections: [
        {
          id: 'figures',
          title: 'Figures',
          html: [
            ...latencySentences(result).map((text) => `<p>${escapeHtml(text)}</p>`),
            `<div class="scroll" tabindex="0" role="region" aria-label="Figures">${tableHtml(table)}</div>`,
          ].join('\n'),
        },
        { id: 'explore', title: 'Zoom, and two cells over each other', html: ' ', hidden: true },
        { id: 'thresholds', title: 'Thresholds', html: thresholdsHtml(result) },
        { id: 'charts', title: 'Charts', html: others.map(inlineChart).join('\n') },
        { id: 'ledger', title: 'Where every message went', html: ledgerHtml(rows, table.rows) },
        { id: 'reasons', title: 'Verdicts and their reasons', html: reasonsHtml(result) },
        { id: 'machine', title: 'Machine', html: machineHtml(result) },
        {
          id: 'reproduce',
          title: 'Reproduce, and take the data',
          html: reproduceHtml(result, embedded),
        },
      ],
      script: { text: REPORT_SCRIPT, hash: REPORT_SCRIPT_HASH },
      model,
    });
  const room = MOST_BYTES - Buffer.byteLength(page(null));
  return page(embedResult(measured, drawn, room));
}

/** `tcp, udp: 100 clients × 1k msg/s × 128 B`. */
function titleOf({ cells }: LabResult): string {
  const transports = [...new Set(cells.map(({ transport }) => transport))].join(', ');
  const loads = new Set(cells.map(loadOnly));
  const links = new Set(cells.map(linkName));
  if (loads.size === 0) return 'Transport and codec comparison: no cell';
  const load = loads.size === 1 ? [...loads][0]! : plural(loads.size, 'load');
  const over = links.size > 1 ? ` over ${links.size} links` : '';
  const behind = links.size === 1 && !links.has('none') ? ` behind ${[...links][0]!}` : '';
  return `${transports}: ${load}${over}${behind}`;
}
