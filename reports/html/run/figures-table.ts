/** The table of a run: a row for each cell, over its runs, with every figure that people ask for. */
import { type MetricName, metricOf } from '../../../bench/metric-catalogue.js';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { isTarget } from '../../../bench/result/server.js';
import { whyUntold } from '../../../bench/result/survivors.js';
import {
  formatBytes,
  formatCount,
  formatFigure,
  formatMicros,
  formatPercent,
  MISSING,
} from '../../format.js';
import {
  type CellRuns,
  cellRunsOf,
  estimate,
  largestOf,
  medianOf,
  pooledLoss,
  runsVerdict,
} from '../../model/cell-runs.js';
import { isRepeated, loadName, workloadsOf } from '../../model/cells.js';
import { instrumentShare } from '../../model/instrument-share.js';
import { isRelative } from '../../text/target-notes.js';
import type { TableCell, TableColumn, TableModel, VerdictModel } from '../view/model.js';

interface Column extends TableColumn {
  readonly cell: (one: CellRuns) => TableCell;
}

/** The rows of a result in its order, and what each is called on the page. */
export function rowsOf(result: LabResult): { readonly id: string; readonly one: CellRuns }[] {
  return workloadsOf(result)
    .flatMap((workload) => cellRunsOf(result, workload))
    .map((one, i) => ({ id: `c${i}`, one }));
}

export function figuresTable(result: LabResult): TableModel {
  const rows = rowsOf(result);
  // Columns without a single figure say nothing.
  const columns = columnsOf(result).filter(
    ({ kind, cell }) => kind === 'text' || rows.some(({ one }) => cell(one).value !== null),
  );
  const named = columns.filter(({ title, kind }) => kind === 'text' && title !== 'latency to');
  return {
    caption: isRepeated(result)
      ? 'Medians over the runs that count, and below each the 95 % interval of the median.'
      : 'One run of each cell.',
    columns: columns.map(({ title, kind, hint }) => ({ title, kind, hint })),
    rows: rows.map(({ id, one }) => ({
      id,
      name: named.map(({ cell }) => cell(one).text).join(', '),
      verdict: verdictOf(one),
      cells: columns.map(({ cell }) => cell(one)),
    })),
  };
}

export function verdictOf(one: CellRuns): VerdictModel {
  const codes = one.runs.flatMap(({ verdict }) => verdict.reasons.map(({ code }) => code));
  return { status: one.status, text: runsVerdict(one), codes: [...new Set(codes)] };
}

/** In the order in which people ask: the first are seen without scrolling. */
function columnsOf(result: LabResult): Column[] {
  const differ = (nameOf: (cell: CellResult) => string): boolean =>
    new Set(result.cells.map(nameOf)).size > 1;
  const [p50, p99, ...others] = isRelative(result) ? aboveFastest(result) : latencies(result);
  return [
    { title: 'Cell', kind: 'text', hint: '', cell: ({ pair }) => ({ text: pair, value: pair }) },
    ...(differ(loadOnly) ? [LOAD] : []),
    ...(differ(linkName) ? [LINK] : []),
    p99!,
    LOSS,
    metric(result, 'cpu', 'server CPU', 'CPU time of the server for each message delivered'),
    p50!,
    ...others,
    metric(result, 'staleness_p99', 'staleness p99', 'Age of what a client holds'),
    metric(result, 'completion_p99', 'completion p99', 'Until the last client had the message'),
    ...(differ(({ latency_at }) => latency_at) ? [LATENCY_TO] : []),
    ...INSTRUMENT,
    metric(result, 'goodput', 'delivered/s', 'Deliveries per second, to all clients'),
    metric(result, 'ip_bytes', 'IP bytes', 'On the wire for each message delivered'),
    MESSAGES,
    ...(result.cells.every(isTarget) ? [] : [MEMORY]),
  ];
}

/** The load without the link. */
export function loadOnly(cell: CellResult): string {
  return loadName({ ...cell, link: null });
}

export function linkName({ link }: CellResult): string {
  return link ?? 'none';
}

const LOAD: Column = {
  title: 'Load',
  kind: 'text',
  hint: 'Clients × messages per second in total × bytes of a message',
  cell: ({ typical }) => ({ text: loadOnly(typical), value: loadOnly(typical) }),
};

const LINK: Column = {
  title: 'Link',
  kind: 'text',
  hint: 'Emulated between clients and server',
  cell: ({ typical }) => ({ text: linkName(typical), value: linkName(typical) }),
};

const LOSS: Column = {
  title: 'loss',
  kind: 'number',
  hint: 'Lost ÷ expected, over all runs that count',
  cell: (one) => plain(pooledLoss(one), formatPercent),
};

const MESSAGES: Column = {
  title: 'messages a send',
  kind: 'number',
  hint: 'Messages in a write or datagram',
  cell: (one) =>
    plain(
      medianOf(one, (cell) => cell.wire.messages_per_send),
      formatCount,
    ),
};

function latencies(result: LabResult): Column[] {
  return [
    metric(result, 'p50', 'p50', 'Half of the deliveries took no longer'),
    metric(result, 'p99', 'p99', '99 of 100 deliveries took no longer'),
    metric(result, 'p999', 'p99.9', '999 of 1,000 deliveries took no longer'),
    {
      title: 'max',
      kind: 'number',
      hint: 'The slowest delivery of all runs: one sample, so do not compare cells by it',
      cell: (one) =>
        plain(
          largestOf(one, (cell) => cell.latency_us.max),
          formatMicros,
        ),
    },
  ];
}

/** The clocks differ: only what a delivery took above the fastest one is known. */
function aboveFastest(result: LabResult): Column[] {
  return (['p50', 'p99', 'p999'] as const).map((quantile) => ({
    title: `${quantile === 'p999' ? 'p99.9' : quantile} − min`,
    kind: 'number',
    hint: 'Above the fastest delivery: the clocks differ by an unknown amount',
    cell: (one) => estimated(one, (cell) => cell.pdv_us[quantile], formatMicros, result.seed),
  }));
}

const MEMORY: Column = {
  title: 'memory/client',
  kind: 'number',
  hint: 'Of the server, for a client that has joined and to which nothing was sent',
  cell: (one) =>
    plain(
      medianOf(one, (cell) => cell.rss_bytes.server_per_client),
      formatBytes,
    ),
};

/** Where all end at the same, a sentence above the table says at what. */
const LATENCY_TO: Column = {
  title: 'latency to',
  kind: 'text',
  hint: 'arrival: the kernel of the client had it. receipt: the lab’s own client had read it',
  cell: ({ typical }) => ({ text: typical.latency_at, value: typical.latency_at }),
};

/** The bias: what the lab's own clients add, which is in receipts and not in arrivals. */
const INSTRUMENT: readonly Column[] = [
  {
    title: 'instrument p99',
    kind: 'number',
    hint: 'How long a message waited for the lab’s own client: not in a latency to the arrival',
    cell: (one) =>
      plain(
        medianOf(one, (cell) => cell.instrument_us?.p99 ?? null),
        formatMicros,
      ),
  },
  {
    title: 'instrument share',
    kind: 'number',
    hint: 'Bias: mean instrument ÷ mean receipt. Not known where the kernel stamped too little',
    cell: (one) => plain(medianOf(one, instrumentShare), formatPercent),
  },
];

/** A metric of the catalogue. A percentile of survivors only is shown as what it is. */
function metric(result: LabResult, name: MetricName, title: string, hint: string): Column {
  const { unit, value, survival } = metricOf(name);
  return {
    title,
    kind: 'number',
    hint,
    cell: (one) => {
      const known = estimated(one, value, (figure) => formatFigure(unit, figure), result.seed);
      if (known.value !== null || survival === undefined) return known;
      const why = one.counted
        .map((cell) => whyUntold(survival[0], survival[1], cell, formatPercent))
        .find((text) => text !== null);
      return why === undefined || why === null ? known : { ...known, doubt: `${why}: no figure` };
    },
  };
}

function estimated(
  one: CellRuns,
  of: (cell: CellResult) => number | null,
  format: (value: number) => string,
  seed: number,
): TableCell {
  const known = estimate(one, of, seed);
  if (known === null) return { text: MISSING, value: null };
  const { median: value, interval } = known;
  const text = format(value);
  return interval === null ? { text, value } : { text, detail: rangeText(interval, format), value };
}

/** `20.8 to 24.0 ms`, `980 µs to 1.02 ms`; a unit without a space before it is part of a number. */
function rangeText(
  { low, high }: { readonly low: number; readonly high: number },
  format: (value: number) => string,
): string {
  const [from, to] = [format(low), format(high)];
  const unit = / \D+$/.exec(to)?.[0] ?? '';
  return `${from.endsWith(unit) ? from.slice(0, from.length - unit.length) : from} to ${to}`;
}

function plain(value: number | null, format: (value: number | null) => string): TableCell {
  return { text: format(value), value };
}
