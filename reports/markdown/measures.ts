/**
 * The figures beside latency and loss, a row for each cell: what nothing measured is named, not
 * drawn as a column of dashes.
 */
import type { CellResult, Distribution, LabResult } from '../../bench/result/result.js';
import {
  formatCount,
  formatInteger,
  formatMicros,
  formatPercent,
  formatRatio,
  MISSING,
} from '../format.js';
import {
  type CellRuns,
  cellRunsOf,
  largestOf,
  markedRunsName,
  medianOf,
  sumOf,
} from '../model/cell-runs.js';
import { isRepeated, workloadsOf } from '../model/cells.js';
import { bullets, type Column, escapeMarkdown, section, table } from './text.js';

/** A figure in words; null where it was not measured. */
interface Measure {
  readonly title: string;
  readonly text: (one: CellRuns) => string | null;
}

export function measuresSections(result: LabResult): string[] {
  if (result.cells.length === 0) return [];
  const rows = workloadsOf(result).flatMap((workload) => cellRunsOf(result, workload));
  const tableOf = (measures: readonly Measure[]): string => measureTable(result, rows, measures);
  return [
    section(
      'To the last client, and how fresh',
      `Last client: from the moment a message was due until the last client had it, over the messages that reached every client. Skew: last − first. Staleness: how old the newest value is that a client holds of a key, looked at again and again; what was lost or is stuck makes it grow. Service: latency without the generator's own lateness.${overRuns(result)}`,
      tableOf(FRESHNESS),
    ),
    section(
      'To the kernel of the client, and to its code',
      'Arrival: from the moment a message was due until the kernel of the client had it. Receipt: until the code of the lab’s own client had it. Instrument: receipt − arrival, which the lab adds and a client with one socket does not: pair by pair, receipt = arrival + instrument. Unstamped: deliveries without a stamp of the kernel, whose arrival is their receipt.',
      tableOf(ENDS),
    ),
    section(
      'Steadiness and order',
      'Jitter: RFC 3550, over the clients. IPDV: difference in service time of consecutive messages of a client. PDV: service time above the smallest of the cell. Reordered: RFC 4737, duplicates set aside; extent: messages that came since the first that overtook it; n-reordered: the 1, 2, 3 messages right before it were all later ones. Verified: contents compared with what was published, a sample.',
      tableOf(STEADINESS),
    ),
    section(
      'Where the time goes',
      'Means. Schedule: due → the generator gets to it. Queue: waiting for the batch, and for its turn in the send loop; over TCP it cannot be told from kernel and network and is in it. Kernel and network: send call → the kernel of the client has it. Instrument: until the client has read it; where nothing was stamped that is in kernel and network. Decode comes after that and is in no latency. First and last: clients by tenth of the order in which they joined.',
      tableOf(STAGES),
    ),
    section(
      'Beside a bare socket, and what the kernel counted',
      'Bare socket: what a loop without core and codec delivers to as many clients with as many bytes per write; the share says how much of that was delivered here. It is the room that is left only when the offered load was meant to fill it. The kernel’s counters are of the whole host, whoever caused them; what a sender counts is left out where that is another host.',
      tableOf(LIMITS),
      ceilingReasons(result),
    ),
  ];
}

function overRuns(result: LabResult): string {
  return isRepeated(result)
    ? ' Here and below: medians over the runs that count; counts are sums over them, extents the largest.'
    : '';
}

function measureTable(
  result: LabResult,
  rows: readonly CellRuns[],
  measures: readonly Measure[],
): string {
  const known = measures.filter(({ text }) => rows.some((one) => text(one) !== null));
  const absent = measures
    .filter((measure) => !known.includes(measure))
    .map(({ title }) => title.toLowerCase());
  const columns: Column<CellRuns>[] = [
    { title: 'Cell', kind: 'label', cell: (one) => escapeMarkdown(markedRunsName(one, result)) },
    ...known.map(({ title, text }) => ({
      title,
      kind: 'number' as const,
      cell: (one: CellRuns) => text(one) ?? MISSING,
    })),
  ];
  const note = absent.length === 0 ? '' : `Not measured in this result: ${absent.join(', ')}.`;
  return [known.length === 0 ? '' : table(columns, rows), note]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** Percentiles of a distribution, `7.25 ms / 22.4 ms`; null where there is none or it is empty. */
function percentiles(
  title: string,
  of: (cell: CellResult) => Distribution | null,
  keys: readonly ('p50' | 'p90' | 'p99' | 'p999' | 'max')[],
): Measure {
  const names = keys.map((key) => (key === 'p999' ? 'p99.9' : key));
  return {
    title: `${title} ${names.join(' / ')}`,
    text: (one) => {
      if (one.counted.every((cell) => (of(cell)?.count ?? 0) === 0)) return null;
      return keys
        .map((key) =>
          formatMicros(
            (key === 'max' ? largestOf : medianOf)(one, (cell) => of(cell)?.[key] ?? null),
          ),
        )
        .join(' / ');
    },
  };
}

function measure(
  title: string,
  value: (one: CellRuns) => number | null,
  format: (value: number) => string,
): Measure {
  return {
    title,
    text: (one) => {
      const known = value(one);
      return known === null ? null : format(known);
    },
  };
}

function mean(title: string, of: (cell: CellResult) => number | null): Measure {
  return measure(title, (one) => medianOf(one, of), formatMicros);
}

function counted(title: string, of: (cell: CellResult) => number | null): Measure {
  return measure(title, (one) => sumOf(one, of), formatInteger);
}

const FRESHNESS: readonly Measure[] = [
  percentiles('Last client', (cell) => cell.completion_us, ['p50', 'p90', 'p99', 'max']),
  percentiles('Skew', (cell) => cell.skew_us, ['p50', 'p99']),
  measure('Reached every client', reachedAll, formatPercent),
  percentiles('Staleness', (cell) => cell.staleness_us, ['p50', 'p99', 'max']),
  mean('Older than ideal', (cell) => cell.staleness_excess_us?.mean ?? null),
  percentiles('Service', (cell) => cell.service_us, ['p50', 'p99']),
];

function reachedAll(one: CellRuns): number | null {
  const complete = sumOf(one, (cell) => cell.complete);
  const published = sumOf(one, (cell) => cell.published);
  return complete === null || published === null || published === 0 ? null : complete / published;
}

/** An earlier lab kept no extents: the noughts of its results are not findings. */
function hasOrder({ counted }: CellRuns): boolean {
  return counted.some((cell) => cell.reordering.ratio !== null);
}

const ENDS: readonly Measure[] = [
  percentiles('Arrival', (cell) => cell.arrival_us, ['p50', 'p99', 'max']),
  percentiles('Receipt', (cell) => cell.receipt_us, ['p50', 'p99', 'max']),
  percentiles('Instrument', (cell) => cell.instrument_us, ['p50', 'p99', 'max']),
  counted('Unstamped', (cell) => cell.unstamped),
  counted('Undated', (cell) => cell.undated),
];

const STEADINESS: readonly Measure[] = [
  {
    title: 'Jitter p50 / p99',
    text: (one) => {
      const [p50, p99] = [
        medianOf(one, (cell) => cell.jitter_us?.p50 ?? null),
        medianOf(one, (cell) => cell.jitter_us?.p99 ?? null),
      ];
      return p50 === null ? null : `${formatMicros(p50)} / ${formatMicros(p99)}`;
    },
  },
  percentiles('IPDV', (cell) => cell.ipdv_us, ['p50', 'p99']),
  {
    title: 'PDV p50 / p99 / p99.9',
    text: (one) => {
      const values = (['p50', 'p99', 'p999'] as const).map((key) =>
        medianOf(one, (cell) => cell.pdv_us[key]),
      );
      return values.every((value) => value === null) ? null : values.map(formatMicros).join(' / ');
    },
  },
  measure('Reordered', (one) => medianOf(one, (cell) => cell.reordering.ratio), formatPercent),
  {
    title: 'Extent max / mean',
    text: (one) => {
      if (!hasOrder(one)) return null;
      const [largest, average] = [
        largestOf(one, (cell) => cell.reordering.extent_max),
        largestOf(one, (cell) => cell.reordering.extent_mean),
      ];
      return `${formatInteger(largest)} / ${average === null ? MISSING : formatCount(average)}`;
    },
  },
  {
    title: 'n-reordered 1 / 2 / 3',
    text: (one) =>
      hasOrder(one)
        ? (['n1', 'n2', 'n3'] as const)
            .map((key) => formatInteger(sumOf(one, (cell) => cell.reordering.n_reordered[key])))
            .join(' / ')
        : null,
  },
  counted('Duplicates', (cell) => cell.duplicates),
  counted('Verified', (cell) => cell.verified),
];

const STAGES: readonly Measure[] = [
  ...(['schedule', 'encode', 'queue', 'network', 'instrument', 'decode'] as const).map((name) =>
    mean(
      name === 'network' ? 'Kernel and network' : name.charAt(0).toUpperCase() + name.slice(1),
      (cell) => cell.stages_us[name],
    ),
  ),
  mean('Mean latency', (cell) => cell.latency_us.mean),
  mean('First tenth', (cell) => cell.position_us?.[0] ?? null),
  mean('Last tenth', (cell) => cell.position_us?.at(-1) ?? null),
  measure('Last ÷ first', lastToFirst, formatRatio),
];

/** Of the medians that stand beside it. */
function lastToFirst(one: CellRuns): number | null {
  const first = medianOf(one, (cell) => cell.position_us?.[0] ?? null);
  const last = medianOf(one, (cell) => cell.position_us?.at(-1) ?? null);
  return first === null || last === null || first <= 0 ? null : last / first;
}

const LIMITS: readonly Measure[] = [
  measure(
    'Bare socket',
    (one) => medianOf(one, (cell) => cell.ceiling.messages_per_s),
    (value) => `${formatCount(value)}/s`,
  ),
  measure('Delivered of that', (one) => medianOf(one, (cell) => cell.ceiling.ratio), formatPercent),
  counted('Host UDP RcvbufErrors', (cell) => cell.kernel.udp_rcvbuf_errors),
  counted('Host UDP SndbufErrors', (cell) => cell.kernel.udp_sndbuf_errors),
  counted('Host UDP InErrors', (cell) => cell.kernel.udp_in_errors),
  counted('Host TCP retransmissions', (cell) => cell.kernel.tcp_retransmitted_segments),
];

/** Why there is no bare socket to set a cell beside, each reason once. */
function ceilingReasons({ cells }: LabResult): string {
  const reasons = new Set(
    cells.map(({ ceiling }) => ceiling.reason).filter((reason) => reason !== null),
  );
  return reasons.size === 0
    ? ''
    : bullets([...reasons].map((reason) => `Bare socket: ${escapeMarkdown(reason)}`));
}
