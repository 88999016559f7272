/** The columns of the table of a run. Pure. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { isTarget } from '../../../bench/result/server.js';
import {
  formatBytesWithin,
  formatCount,
  formatMicros,
  formatPercent,
  formatRange,
  formatRatio,
  MISSING,
} from '../../../reports/format.js';
import {
  type CellRuns,
  estimate,
  largestOf,
  medianOf,
  pooledLoss,
  runsVerdict,
} from '../../../reports/model/cell-runs.js';
import { isRepeated, pairName } from '../../../reports/model/cells.js';
import { oneWayText } from '../../../reports/model/one-way.js';
import { lossCause } from '../../../reports/text/loss-cause.js';
import { isRelative } from '../../../reports/text/target-notes.js';
import type { Column } from '../grid.js';
import { COLORS } from './colors.js';

/**
 * From this many runs on, a cell is one row with its median and interval; below, each run has a
 * row.
 */
const FEWEST_FOR_ONE_ROW = 3;

/** Are there enough runs of some cell for a row that stands for all of them? */
export function isJoined({ cells }: LabResult): boolean {
  return cells.some(({ run }) => run >= FEWEST_FOR_ONE_ROW);
}

export function runColumns(result: LabResult, joined: boolean): Column<CellRuns>[] {
  const relative = isRelative(result);
  const above = relative ? '\n− min' : '';
  const percentile =
    (key: 'p50' | 'p99') =>
    (cell: CellResult): number | null =>
      relative ? cell.pdv_us[key] : cell.latency_us[key];
  const p99 = (one: CellRuns): string => {
    const known = estimate(one, percentile('p99'), result.seed);
    if (known === null) return MISSING;
    const text = formatMicros(known.median);
    return relative ? text : oneWayText(text, known.median, one);
  };
  const interval: Column<CellRuns> = {
    title: `p99 95 %\ninterval`,
    align: 'right',
    cell: (one) => {
      const known = estimate(one, percentile('p99'), result.seed)?.interval ?? null;
      return known === null ? MISSING : formatRange(known, formatMicros);
    },
    spare: SPARE.interval,
  };
  return [
    {
      title: 'verdict',
      align: 'left',
      cell: runsVerdict,
      format: ({ status }) => COLORS[status],
    },
    {
      title: 'cell',
      align: 'left',
      cell: ({ pair, typical }) => (joined ? pair : cellName(typical, result)),
      shrinkTo: 8,
    },
    {
      title: joined ? 'delivered\n/s' : 'delivered/s',
      align: 'right',
      cell: (one) => formatCount(medianOf(one, ({ goodput }) => goodput.messages_per_s)),
      name: 'delivered/s',
      spare: SPARE.delivered,
    },
    ...lossColumns(result),
    {
      title: `p50${above}`,
      align: 'right',
      cell: (one) => {
        const median = medianOf(one, percentile('p50'));
        return relative ? formatMicros(median) : oneWayText(formatMicros(median), median, one);
      },
      spare: SPARE.p50,
    },
    { title: `p99${above}`, align: 'right', cell: p99 },
    ...(joined ? [interval] : []),
    ...(relative ? [] : ONE_CLOCK),
    ...instrument(result),
    ...(result.cells.every(isTarget) ? [] : OURS),
    ...memoryPerClient(result),
  ];
}

/**
 * What a narrow terminal leaves out, the highest first: the p99 never, then what is lost, what it
 * costs, the other latencies, and last what only sets them beside something.
 */
const SPARE = {
  loss: 1,
  cause: 2,
  cpu: 3,
  p50: 4,
  interval: 5,
  delivered: 6,
  perSend: 7,
  memory: 8,
  instrument: 9,
  max: 10,
  ratio: 11,
} as const;

/** A loss, and beside it where it went to. */
function lossColumns({ cells }: LabResult): Column<CellRuns>[] {
  const loss: Column<CellRuns> = {
    title: 'loss',
    align: 'right',
    cell: (one) => formatPercent(pooledLoss(one)),
    format: (one) => ((pooledLoss(one) ?? 0) > 0 ? 'yellow' : null),
    spare: SPARE.loss,
  };
  const cause: Column<CellRuns> = {
    title: 'lost to',
    align: 'left',
    cell: ({ counted }) => lossCause(counted),
    spare: SPARE.cause,
  };
  return cells.some(({ lost }) => (lost ?? 0) > 0) ? [loss, cause] : [loss];
}

/** Of a server of the lab's own. */
const OURS: readonly Column<CellRuns>[] = [
  {
    title: 'server\nCPU/msg',
    align: 'right',
    cell: (one) => formatMicros(medianOf(one, (cell) => cell.cpu_us_per_delivery.server)),
    spare: SPARE.cpu,
  },
  {
    title: 'msgs\n/send',
    align: 'right',
    cell: (one) => formatCount(medianOf(one, (cell) => cell.wire.messages_per_send)),
    name: 'messages a send',
    spare: SPARE.perSend,
  },
];

/** Where the clocks of server and clients are one. */
const ONE_CLOCK: readonly Column<CellRuns>[] = [
  {
    title: 'max',
    align: 'right',
    cell: (one) => formatMicros(largestOf(one, (cell) => cell.latency_us.max)),
    spare: SPARE.max,
  },
  {
    title: 'p50 ÷\n½ RTT',
    align: 'right',
    cell: (one) => formatRatio(medianOf(one, (cell) => cell.ping_ratio.p50)),
    name: 'RTT ratio',
    spare: SPARE.ratio,
  },
];

/** What the lab's own clients add to an arrival: known only where the kernel stamped it. */
function instrument({ cells }: LabResult): Column<CellRuns>[] {
  if (cells.every(({ instrument_us }) => instrument_us === null)) return [];
  return [
    {
      title: 'instru-\nment p99',
      align: 'right',
      cell: (one) => formatMicros(medianOf(one, (cell) => cell.instrument_us?.p99 ?? null)),
      name: 'instrument p99',
      spare: SPARE.instrument,
    },
  ];
}

/** What an idle client costs: measured only where there are many. */
function memoryPerClient({ cells }: LabResult): Column<CellRuns>[] {
  if (cells.every(({ rss_bytes: { server_per_client: bytes } }) => bytes === null)) return [];
  return [
    {
      title: 'memory\n/client',
      name: 'memory a client',
      align: 'right',
      cell: (one) =>
        formatBytesWithin(
          medianOf(one, (cell) => cell.rss_bytes.server_per_client),
          medianOf(one, (cell) => cell.rss_bytes.server_per_client_error),
        ),
      spare: SPARE.memory,
    },
  ];
}

export function cellName(cell: CellResult, result: LabResult): string {
  return isRepeated(result) ? `${pairName(cell)} #${cell.run}` : pairName(cell);
}
