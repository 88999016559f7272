/** The words for a threshold and a cell that it was held against, for every kind of report. Pure. */
import { findMetric } from '../../bench/metric-catalogue.js';
import type { CellResult, ThresholdResult } from '../../bench/result/result.js';
import { whyUntold } from '../../bench/result/survivors.js';
import {
  formatBytes,
  formatCount,
  formatInteger,
  formatMicros,
  formatPercent,
  formatRatio,
  MISSING,
} from '../format.js';

const FORMATS: Readonly<Record<string, (value: number | null) => string>> = {
  us: formatMicros,
  ratio: formatPercent,
  messages: formatInteger,
  'messages/s': formatCount,
  bytes: formatBytes,
};

/** What holding in INVALID cells is worth; empty when none of the results is of one. */
export function reservation(
  results: readonly ThresholdResult[],
  cells: readonly CellResult[],
): string {
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
export function reasons(rows: readonly ThresholdResult[], cells: readonly CellResult[]): string[] {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  return rows.flatMap((row) => {
    const cell = byId.get(row.cell);
    const why = cell === undefined ? null : whyNoFigure(row, cell);
    return why === null ? [] : [`${row.expression} in ${row.cell}: ${why}`];
  });
}

/**
 * Why the figure of a cell cannot be held against a limit; null where there is one, or too little
 * was measured.
 */
export function whyNoFigure(
  { expression, value }: ThresholdResult,
  cell: CellResult,
  format: (share: number) => string = formatPercent,
): string | null {
  const metric = findMetric(/^\w*/.exec(expression)?.[0] ?? '');
  if (value !== null || metric === undefined) return null;
  if (metric.stamped === true && cell.latency_at === 'receipt')
    return 'the kernel stamped nothing that its clients read';
  const { survival } = metric;
  return survival === undefined ? null : whyUntold(...survival, cell, format);
}

/** `+2.20 ms (1.44×)`: the value less the limit, and how many times the limit it is. */
export function distance(result: ThresholdResult): string {
  const { value, limit } = result;
  if (value === null) return 'cannot be told';
  const by = signed((size) => amount(result, size), value - limit);
  return limit === 0 ? by : `${by} (${formatRatio(value / limit)})`;
}

/** With a sign in front of whatever the format makes of the size. */
function signed(format: (size: number) => string, value: number): string {
  return `${value < 0 ? '−' : '+'}${format(Math.abs(value))}`;
}

export function amount({ unit }: ThresholdResult, value: number | null): string {
  return value === null ? MISSING : (FORMATS[unit] ?? String)(value);
}
