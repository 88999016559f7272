/** The comparison table: every cell, its mark first. What is the same in all cells is said once, above it. */
import type { CellResult, LabResult } from '../bench/result.js';
import { nameWithVerdict, plural } from './cells.js';
import {
  formatBytes,
  formatCount,
  formatCpuMicros,
  formatInteger,
  formatMicros,
  formatPercent,
  formatSeconds,
  MISSING,
  trimmed,
} from './format.js';
import { type Column, escapeMarkdown, section, table } from './markdown-text.js';

export function comparisonSection(result: LabResult): string {
  const { cells } = result;
  if (cells.length === 0) return section('Comparison', 'No cell was measured.');
  const varied = LOAD_PARTS.filter(({ text }) => new Set(cells.map(text)).size > 1);
  const shared = LOAD_PARTS.filter((part) => !varied.includes(part)).map(({ text }) => text(cells[0]!));
  const offers = new Set(cells.map(offered));
  const asked =
    offers.size === 1 && cells[0]!.rate_per_s !== null
      ? [`${offered(cells[0]!)} offered to the clients together`]
      : [];
  const same = [...shared, ...asked];
  const intro = same.length === 0 ? '' : `Every cell: ${same.join(', ')}.`;
  return section('Comparison', intro, table(columnsFor(result, varied), cells), ...footnotes(result));
}

interface LoadPart {
  readonly title: string;
  readonly text: (cell: CellResult) => string;
}

/** What makes a workload. The parts that differ between cells are columns, the others are said once. */
const LOAD_PARTS: readonly LoadPart[] = [
  { title: 'Clients', text: ({ clients }) => plural(clients, 'client') },
  {
    title: 'Rate',
    text: ({ rate_per_s: rate }) => (rate === null ? 'recorded pace' : `${trimmed(formatCount(rate))} msg/s`),
  },
  { title: 'Size', text: ({ size_bytes }) => formatBytes(size_bytes) },
  { title: 'Window', text: ({ duration_s }) => formatSeconds(duration_s) },
];

function columnsFor(result: LabResult, varied: readonly LoadPart[]): Column<CellResult>[] {
  const { cells } = result;
  const optional = (when: boolean, ...columns: Column<CellResult>[]): Column<CellResult>[] =>
    when ? columns : [];
  return [
    {
      title: 'Verdict and cell',
      kind: 'label',
      cell: (cell) => escapeMarkdown(nameWithVerdict(cell, result)),
    },
    ...varied.map(({ title, text }) => ({ title, kind: 'number' as const, cell: text })),
    ...optional(new Set(cells.map(offered)).size > 1, { title: 'Offered', kind: 'number', cell: offered }),
    { title: 'Delivered / expected', kind: 'number', cell: deliveredOfExpected },
    { title: 'Goodput', kind: 'number', cell: (cell) => `${formatCount(cell.goodput.messages_per_s)}/s` },
    { title: 'Loss', kind: 'number', cell: (cell) => formatPercent(cell.loss_ratio) },
    ...optional(
      cells.some((cell) => cell.duplicates > 0),
      { title: 'Duplicates', kind: 'number', cell: (cell) => formatInteger(cell.duplicates) },
    ),
    ...optional(
      cells.some((cell) => cell.reordered > 0),
      { title: 'Reordered', kind: 'number', cell: (cell) => formatInteger(cell.reordered) },
    ),
    ...optional(
      cells.some((cell) => cell.corrupt > 0),
      { title: 'Corrupt', kind: 'number', cell: (cell) => formatInteger(cell.corrupt) },
    ),
    ...optional(
      cells.some((cell) => cell.latency_us.count !== cell.delivered),
      { title: 'N', kind: 'number', cell: (cell) => formatInteger(cell.latency_us.count) },
    ),
    ...(['p50', 'p90', 'p99', 'p999', 'max'] as const).map((key) => ({
      title: key === 'p999' ? 'p99.9' : key,
      kind: 'number' as const,
      cell: (cell: CellResult) => formatMicros(cell.latency_us[key]),
    })),
    { title: 'Server CPU', kind: 'number', cell: (cell) => formatCpuMicros(cell.cpu_us_per_delivery.server) },
    { title: 'Bytes', kind: 'number', cell: (cell) => formatBytes(cell.wire.bytes_per_delivery) },
  ];
}

/** Deliveries per second the load asks for: rate × clients. */
function offered(cell: CellResult): string {
  return cell.rate_per_s === null ? MISSING : `${trimmed(formatCount(cell.rate_per_s * cell.clients))}/s`;
}

function deliveredOfExpected(cell: CellResult): string {
  return `${formatInteger(cell.delivered)} / ${formatInteger(cell.expected)}`;
}

function footnotes({ cells }: LabResult): string[] {
  const notes = [
    'Latency: from the moment a message was due to its receipt, so waiting at a late sender counts. p50 to max over all delivered (message, client) pairs. Server CPU and bytes are per delivered message; bytes are what was handed to the sockets, kernel headers not included.',
  ];
  const latencies = cells.map((cell) => cell.latency_us);
  if (latencies.some(({ p50, p90, p99, p999 }) => [p50, p90, p99, p999].includes(null))) {
    notes.push(
      `${MISSING} too few samples: a percentile is printed only when at least 10 samples lie beyond it (N·(1−X) ≥ 10).`,
    );
  }
  const [negative, overflow] = [
    sum(latencies.map((one) => one.negative)),
    sum(latencies.map((one) => one.overflow)),
  ];
  if (negative > 0) {
    notes.push(
      `${formatInteger(negative)} latencies were negative: clocks or stamps disagree. They are in no percentile.`,
    );
  }
  if (overflow > 0) {
    notes.push(
      `${formatInteger(overflow)} latencies were above the histogram's range. They are in no percentile.`,
    );
  }
  return notes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
