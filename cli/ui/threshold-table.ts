/** Which thresholds broke, where, and by how much. Pure. */
import type { CellResult, ThresholdResult } from '../../bench/result/result.js';
import { whyNoFigure } from '../../bench/verdict/threshold.js';
import {
  formatBytes,
  formatCount,
  formatInteger,
  formatMicros,
  formatPercent,
  formatRatio,
  MISSING,
} from '../../reports/format.js';
import { plural } from '../../reports/model/cells.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { MAX_WIDTH, wrap } from './text.js';

/** More rows than this are in the result only. */
const MAX_ROWS = 40;

/** From here on a percentage is no longer read: `51×` instead of `+5000 %`. */
const READ_AS_FACTOR = 10;

const FORMATS: Readonly<Record<string, (value: number | null) => string>> = {
  us: formatMicros,
  ratio: formatPercent,
  messages: formatInteger,
  'messages/s': formatCount,
  bytes: formatBytes,
};

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

/** What holding in INVALID cells is worth; empty when none of the results is of one. */
function reservation(results: readonly ThresholdResult[], cells: readonly CellResult[]): string {
  const invalid = new Set(
    cells.filter(({ verdict }) => verdict.status === 'INVALID').map(({ id }) => id),
  );
  const count = results.filter(({ cell }) => invalid.has(cell)).length;
  if (count === 0) return '';
  const which = count === results.length ? 'but' : `but ${count} of them`;
  return `${which} in INVALID cells, where that proves nothing`;
}

/**
 * Why figures cannot be told, each once:
 * `p99<5ms in udp/…: 52.9 % of its messages never arrived, …`.
 */
function reasons(rows: readonly ThresholdResult[], cells: readonly CellResult[]): string[] {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  return rows.flatMap((row) => {
    const cell = byId.get(row.cell);
    const why = cell === undefined ? null : whyNoFigure(row, cell, formatPercent);
    return why === null ? [] : [`${row.expression} in ${row.cell}: ${why}`];
  });
}

/** `+2.20 ms (+44.0 %)`: the value less the limit, and that as a share of the limit. */
function distance(result: ThresholdResult): string {
  const { value, limit } = result;
  if (value === null) return 'cannot be told';
  const by = signed((size) => amount(result, size), value - limit);
  if (limit === 0) return by;
  const factor = value / limit;
  return `${by} (${factor < READ_AS_FACTOR ? signed(formatPercent, factor - 1) : formatRatio(factor)})`;
}

/** With a sign in front of whatever the format makes of the size. */
function signed(format: (size: number) => string, value: number): string {
  return `${value < 0 ? '−' : '+'}${format(Math.abs(value))}`;
}

function amount({ unit }: ThresholdResult, value: number | null): string {
  return value === null ? MISSING : (FORMATS[unit] ?? String)(value);
}
