/**
 * The comparison table: every cell, its mark first. What is the same in all cells is said once,
 * above it.
 */

import type { CellResult, LabResult } from '../../bench/result/result.js';
import { isTarget } from '../../bench/result/server.js';
import {
  formatBytes,
  formatCount,
  formatInteger,
  formatInterval,
  formatMicros,
  formatPercent,
  formatSeconds,
  MISSING,
  trimmed,
} from '../format.js';
import {
  type CellRuns,
  cellRunsOf,
  type Estimate,
  estimate,
  largestOf,
  medianOf,
  pooledLoss,
  runsNameWithVerdict,
  singleRun,
  sumOf,
} from '../model/cell-runs.js';
import { isRepeated, plural, rateName, workloadsOf } from '../model/cells.js';
import { oneWayText } from '../model/one-way.js';
import { latencySentences } from '../text/latency-notes.js';
import { intervalNotes, repeatSentence } from '../text/repeat-notes.js';
import { isRelative } from '../text/target-notes.js';
import { type Column, escapeMarkdown, section, table } from './text.js';

export function comparisonSection(result: LabResult): string {
  const { cells } = result;
  if (cells.length === 0) return section('Comparison', 'No cell was measured.');
  const varied = variedParts(result);
  const shared = LOAD_PARTS.filter((part) => !varied.includes(part)).map(({ text }) =>
    text(cells[0]!),
  );
  const offers = new Set(cells.map(offered));
  const asked =
    offers.size === 1 && cells[0]!.rate_per_s !== null
      ? [`${offered(cells[0]!)} offered to the clients together`]
      : [];
  const same = [...shared, ...asked];
  const intro = same.length === 0 ? '' : `Every cell: ${same.join(', ')}.`;
  const rows = workloadsOf(result).flatMap((workload) => cellRunsOf(result, workload));
  return section(
    'Comparison',
    intro,
    escapeMarkdown(repeatSentence(result)),
    table(columnsFor(result, varied), rows),
    ...footnotes(result, rows),
  );
}

/** Every single run, where the comparison has only their medians. */
export function runsSection(result: LabResult): string {
  if (!isRepeated(result)) return '';
  const rows = result.cells.map(singleRun);
  return section('Every run', table(columnsFor(result, variedParts(result)), rows));
}

function variedParts({ cells }: LabResult): LoadPart[] {
  return LOAD_PARTS.filter(({ text }) => new Set(cells.map(text)).size > 1);
}

interface LoadPart {
  readonly title: string;
  readonly text: (cell: CellResult) => string;
}

/**
 * What makes a workload. The parts that differ between cells are columns, the others are said once.
 */
const LOAD_PARTS: readonly LoadPart[] = [
  { title: 'Clients', text: ({ clients }) => plural(clients, 'client') },
  {
    title: 'Rate',
    text: rateName,
  },
  {
    title: 'Size',
    text: ({ size_bytes }) => (size_bytes === null ? 'payload unknown' : formatBytes(size_bytes)),
  },
  { title: 'Window', text: ({ duration_s }) => formatSeconds(duration_s) },
];

function columnsFor(result: LabResult, varied: readonly LoadPart[]): Column<CellRuns>[] {
  const { cells, seed } = result;
  const optional = (when: boolean, ...columns: Column<CellRuns>[]): Column<CellRuns>[] =>
    when ? columns : [];
  const number = (title: string, cell: Column<CellRuns>['cell']): Column<CellRuns> => ({
    title,
    kind: 'number',
    cell,
  });
  const load = (title: string, text: (cell: CellResult) => string): Column<CellRuns> =>
    number(title, ({ typical }) => text(typical));
  const summed = (title: string, of: Figure): Column<CellRuns> =>
    number(title, (one) => formatInteger(sumOf(one, of)));
  const medians = (
    title: string,
    of: Figure,
    format: (value: number) => string,
  ): Column<CellRuns> => number(title, (one) => estimateText(estimate(one, of, seed), format));
  const has = (count: Figure): boolean => cells.some((cell) => (count(cell) ?? 0) > 0);
  const relative = isRelative(result);
  const percentiles = (['p50', 'p90', 'p99', 'p999'] as const).map((key) =>
    // Two of the four have their interval: with all, nobody reads the table.
    key === 'p50' || key === 'p99'
      ? number(key, (one) => {
          const known = estimate(one, (cell) => cell.latency_us[key], seed);
          return oneWayText(estimateText(known, formatMicros), known?.median ?? null, one);
        })
      : number(key === 'p999' ? 'p99.9' : key, (one) => {
          const median = medianOf(one, (cell) => cell.latency_us[key]);
          return oneWayText(formatMicros(median), median, one);
        }),
  );
  return [
    {
      title: 'Verdict and cell',
      kind: 'label',
      cell: (one) => escapeMarkdown(runsNameWithVerdict(one, result)),
    },
    ...varied.map(({ title, text }) => load(title, text)),
    ...optional(new Set(cells.map(offered)).size > 1, load('Offered', offered)),
    number('Delivered / expected', deliveredOfExpected),
    medians(
      'Goodput',
      (cell) => cell.goodput.messages_per_s,
      (value) => `${formatCount(value)}/s`,
    ),
    number('Loss', (one) => formatPercent(pooledLoss(one))),
    ...optional(
      has((cell) => cell.duplicates),
      summed('Duplicates', (cell) => cell.duplicates),
    ),
    ...optional(
      has((cell) => cell.reordered),
      summed('Reordered', (cell) => cell.reordered),
    ),
    ...optional(
      has((cell) => cell.corrupt),
      summed('Corrupt', (cell) => cell.corrupt),
    ),
    ...optional(
      cells.some((cell) => samplesOf(cell) !== cell.delivered) && !isRelative(result),
      summed('N', samplesOf),
    ),
    ...(relative
      ? (['p50', 'p99', 'p999'] as const).map((key) =>
          medians(
            `${key === 'p999' ? 'p99.9' : key} − min`,
            (cell) => cell.pdv_us[key],
            formatMicros,
          ),
        )
      : [
          ...percentiles,
          number('max', (one) => formatMicros(largestOf(one, (cell) => cell.latency_us.max))),
        ]),
    ...optional(
      !cells.every(isTarget),
      medians('Server CPU', (cell) => cell.cpu_us_per_delivery.server, formatMicros),
      number('Bytes to sockets', (one) =>
        formatBytes(medianOf(one, (cell) => cell.wire.bytes_per_delivery)),
      ),
    ),
    ...optional(
      cells.some((cell) => cell.wire.ip_bytes_per_delivery !== null),
      number('IP bytes', ipBytes),
    ),
  ];
}

/** Of several runs: estimated where any of them is. */
function ipBytes(one: CellRuns): string {
  const text = formatBytes(medianOf(one, (cell) => cell.wire.ip_bytes_per_delivery));
  const isEstimated = one.counted.some((cell) => cell.wire.ip_bytes_source === 'estimated');
  return isEstimated ? `≈ ${text}` : text;
}

type Figure = (cell: CellResult) => number | null;

function estimateText(known: Estimate | null, format: (value: number) => string): string {
  return known === null ? MISSING : formatInterval(known.median, known.interval, format);
}

/** Deliveries per second the load asks for: rate × clients. */
function offered(cell: CellResult): string {
  return cell.rate_per_s === null
    ? MISSING
    : `${trimmed(formatCount(cell.rate_per_s * cell.clients))}/s`;
}

/** Latencies in the histogram; null where nobody counted deliveries. */
function samplesOf({ delivered, latency_us: { count } }: CellResult): number | null {
  return delivered === null ? null : count;
}

function deliveredOfExpected(one: CellRuns): string {
  const delivered = sumOf(one, (cell) => cell.delivered);
  const expected = sumOf(one, (cell) => cell.expected);
  return `${formatInteger(delivered)} / ${formatInteger(expected)}`;
}

function footnotes(result: LabResult, rows: readonly CellRuns[]): string[] {
  const { cells } = result;
  const notes = [...intervalNotes(result, rows), ...latencyNotes(result)];
  const latencies = cells.map((cell) => cell.latency_us);
  if (
    !isRelative(result) &&
    latencies.some(({ p50, p90, p99, p999 }) => [p50, p90, p99, p999].includes(null))
  ) {
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

const LATENCY =
  'Latency: from the moment a message was due, so waiting at a late sender counts. p50 to max over all delivered (message, client) pairs. Server CPU and bytes are per delivered message; bytes to sockets have no headers of the kernel.';
const IP_BYTES =
  'IP bytes: both directions, with the headers of IP, TCP and UDP, acknowledgements and reports of clients, per delivered message; ≈ is estimated from what sockets were given, else the kernel counted it.';
const SINCE_PUBLISHING =
  'Latency of a server that was running already: from publishing, by the stamp in the message. p50 to max over all delivered (message, client) pairs.';
const ABOVE_FASTEST =
  'p50 − min and so on: latency from the stamp in the message, above the smallest of the cell (RFC 5481). The clocks differ: how long the fastest delivery itself took is not known, and a clock that drifts is in these figures.';

function latencyNotes(result: LabResult): string[] {
  const ends = latencySentences(result);
  if (isRelative(result)) return [ABOVE_FASTEST, ...ends];
  const { cells } = result;
  return [
    ...(!cells.every(isTarget) ? [LATENCY] : []),
    ...(cells.some(({ wire }) => wire.ip_bytes_per_delivery !== null) ? [IP_BYTES] : []),
    ...(cells.some(isTarget) ? [SINCE_PUBLISHING] : []),
    ...ends,
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
