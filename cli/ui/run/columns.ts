/** The columns of the table of a run. Pure. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { isTarget } from '../../../bench/result/server.js';
import {
  formatBytesWithin,
  formatCount,
  formatInterval,
  formatMicros,
  formatPercent,
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
    const text = formatInterval(known.median, known.interval, formatMicros);
    return relative ? text : oneWayText(text, known.median, one);
  };
  const ofOurs: Column<CellRuns>[] = [
    {
      title: 'server\nCPU/msg',
      align: 'right',
      cell: (one) => formatMicros(medianOf(one, (cell) => cell.cpu_us_per_delivery.server)),
      spare: 3,
    },
  ];
  const ofOneClock: Column<CellRuns>[] = [
    {
      title: 'max',
      align: 'right',
      cell: (one) => formatMicros(largestOf(one, (cell) => cell.latency_us.max)),
      spare: 2,
    },
    {
      title: 'p50 ×\nRTT/2',
      align: 'right',
      cell: (one) => formatRatio(medianOf(one, (cell) => cell.ping_ratio.p50)),
      spare: 1,
    },
  ];
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
    },
    {
      title: 'loss',
      align: 'right',
      cell: (one) => formatPercent(pooledLoss(one)),
      format: (one) => ((pooledLoss(one) ?? 0) > 0 ? 'yellow' : null),
    },
    {
      title: `p50${above}`,
      align: 'right',
      cell: (one) => {
        const median = medianOf(one, percentile('p50'));
        return relative ? formatMicros(median) : oneWayText(formatMicros(median), median, one);
      },
    },
    { title: `${joined ? 'p99 [95 %]' : 'p99'}${above}`, align: 'right', cell: p99 },
    ...(relative ? [] : ofOneClock),
    ...instrument(result),
    ...(result.cells.every(isTarget) ? [] : ofOurs),
    ...memoryPerClient(result),
  ];
}

/** What the lab's own clients add to an arrival: known only where the kernel stamped it. */
function instrument({ cells }: LabResult): Column<CellRuns>[] {
  if (cells.every(({ instrument_us }) => instrument_us === null)) return [];
  return [
    {
      title: 'instru-\nment p99',
      align: 'right',
      cell: (one) => formatMicros(medianOf(one, (cell) => cell.instrument_us?.p99 ?? null)),
      spare: 3,
    },
  ];
}

/** What an idle client costs: measured only where there are many. */
function memoryPerClient({ cells }: LabResult): Column<CellRuns>[] {
  if (cells.every(({ rss_bytes: { server_per_client: bytes } }) => bytes === null)) return [];
  return [
    {
      title: 'memory\n/client',
      align: 'right',
      cell: (one) =>
        formatBytesWithin(
          medianOf(one, (cell) => cell.rss_bytes.server_per_client),
          medianOf(one, (cell) => cell.rss_bytes.server_per_client_error),
        ),
      spare: 4,
    },
  ];
}

export function cellName(cell: CellResult, result: LabResult): string {
  return isRepeated(result) ? `${pairName(cell)} #${cell.run}` : pairName(cell);
}
