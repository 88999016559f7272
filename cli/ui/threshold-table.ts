/** Which thresholds broke, where, and by how much. Pure. */
import type { CellResult, ThresholdResult } from '../../bench/result/result.js';
import { plural } from '../../reports/model/cells.js';
import { amount, distance, reasons, reservation } from '../../reports/model/threshold-words.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { MAX_WIDTH, wrap } from './text.js';

/** More rows than this are in the result only. */
const MAX_ROWS = 40;

const COLUMNS: readonly Column<ThresholdResult>[] = [
  {
    title: 'broken',
    align: 'left',
    cell: ({ expression }) => expression,
    format: () => 'red',
    shrinkTo: 12,
  },
  { title: 'cell', align: 'left', cell: ({ cell }) => cell, shrinkTo: 8 },
  { title: 'value', align: 'right', cell: (result) => amount(result, result.value) },
  { title: 'limit', align: 'right', cell: (result) => amount(result, result.limit) },
  { title: 'off by', align: 'right', cell: distance },
];

/**
 * One line when all hold, a table when some do not, empty without thresholds; else ending in a
 * newline. `cells`: those that the thresholds were held against.
 */
export function renderThresholds(
  results: readonly ThresholdResult[],
  cells: readonly CellResult[],
  width: number,
  style: Style,
): string {
  if (results.length === 0) return '';
  const broken = results.filter(({ passed }) => !passed);
  if (broken.length === 0) {
    const what = results.length === 1 ? 'the threshold holds' : `all ${results.length} checks hold`;
    const but = reservation(results, cells);
    if (but === '') return `${style('green', '✔')} thresholds: ${what}\n`;
    return `${style('yellow', '⚠')} thresholds: ${what}, ${but}\n`;
  }
  const columns = Math.min(width, MAX_WIDTH);
  const rows = broken.slice(0, MAX_ROWS);
  const left = broken.length - rows.length;
  const count = `${broken.length} of ${plural(results.length, 'check')} broken`;
  return [
    `${style('red', '✘')} thresholds: ${count}`,
    '',
    renderGrid(COLUMNS, [{ title: null, rows }], columns, style),
    ...(left > 0 ? [`… and ${left} more, all of them in the result`] : []),
    ...reasons(rows, cells).map((text) => wrap(text, columns)),
    '',
  ].join('\n');
}
