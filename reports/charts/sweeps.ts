/**
 * Sweeps in a result: cells that differ in the number of clients, in the rate, or in the flush
 * mode, and in nothing else.
 */

import type { LabResult } from '../../bench/result/result.js';
import { localServer } from '../../bench/result/server.js';
import { formatBytes, formatSetting } from '../format.js';
import { type CellRuns, cellRunsOf, medianOf, runsVerdict } from '../model/cell-runs.js';
import { groupBy, loadName, plural, verdictMark, workloadsOf } from '../model/cells.js';
import { type FlushSeries, flushChart } from './flush.js';
import { type ScalingInput, type ScalingSeries, scalingChart } from './scaling.js';
import { MOST_LINES, stylesFor } from './style.js';

/** Two points make a line, but no curve. */
const FEWEST_POINTS = 3;

type Axis = 'clients' | 'rate_per_s';

const AXES: readonly { readonly axis: Axis; readonly name: string; readonly file: string }[] = [
  { axis: 'clients', name: 'clients', file: 'scaling-clients.svg' },
  { axis: 'rate_per_s', name: 'messages/s published', file: 'scaling-rate.svg' },
];

interface Picture {
  readonly file: string;
  readonly alt: string;
  readonly svg: string | undefined;
}

/** A chart for each axis that the result sweeps. */
export function scalingPictures(result: LabResult): Picture[] {
  const rows = workloadsOf(result).flatMap((workload) => cellRunsOf(result, workload));
  return AXES.map(({ axis, name, file }) => {
    const sweeps = sweepsOf(rows, axis);
    const series = seriesOf(sweeps.slice(0, MOST_LINES), axis);
    const more =
      sweeps.length > MOST_LINES
        ? `, the first ${MOST_LINES} of ${plural(sweeps.length, 'sweep')}`
        : '';
    const input: ScalingInput = {
      series,
      axis: name,
      subtitle: `${plural(series.length, 'sweep')}${more}${codecOf(sweeps)}`,
    };
    return {
      file,
      alt: `CPU per delivery and p99 against ${name}`,
      svg: series.length === 0 ? undefined : scalingChart(input),
    };
  });
}

/** Latency against CPU of each flush mode, where a result has several. */
export function flushPicture(result: LabResult): Picture {
  const rows = workloadsOf(result).flatMap((workload) => cellRunsOf(result, workload));
  const keyOf = ({ typical: cell }: CellRuns): string =>
    `${cell.transport}/${cell.codec} ${loadName(cell)}${cell.duration_s}`;
  const groups = [...groupBy(rows, keyOf).values()].filter(
    (group) => new Set(group.map(({ typical }) => localServer(typical)?.flush)).size > 1,
  );
  const names = groups.map(
    ([first]) => `${first!.typical.transport}/${first!.typical.codec}, ${loadName(first!.typical)}`,
  );
  const style = stylesFor(names);
  const series = groups.slice(0, MOST_LINES).map((group, i): FlushSeries => {
    const points = group.flatMap((one) => {
      const cpuMicros = medianOf(one, (cell) => cell.cpu_us_per_delivery.server);
      const p50Micros = medianOf(one, (cell) => cell.latency_us.p50);
      if (cpuMicros === null || p50Micros === null) return [];
      return [
        { mode: localServer(one.typical)?.flush ?? '', cpuMicros, p50Micros, mark: markOf(one) },
      ];
    });
    return { name: names[i]!, style: style(names[i]!, asValid(group[0]!)), points };
  });
  const more =
    groups.length > MOST_LINES
      ? `the first ${MOST_LINES} of ${groups.length} loads`
      : plural(groups.length, 'load');
  return {
    file: 'flush.svg',
    alt: 'Latency against CPU of each flush mode',
    svg: flushChart(series, more),
  };
}

function sweepsOf(rows: readonly CellRuns[], axis: Axis): CellRuns[][] {
  const keyOf = ({ pair, typical: cell }: CellRuns): string =>
    [
      pair,
      axis === 'clients' ? '' : cell.clients,
      axis === 'rate_per_s' ? '' : cell.rate_per_s,
      cell.size_bytes,
      cell.duration_s,
      cell.link,
    ].join(' ');
  return [...groupBy(rows, keyOf).values()].filter(
    (sweep) => new Set(sweep.map(({ typical }) => typical[axis])).size >= FEWEST_POINTS,
  );
}

function seriesOf(sweeps: readonly CellRuns[][], axis: Axis): ScalingSeries[] {
  const names = sweeps.map((sweep) => nameOf(sweep[0]!, axis, sweeps));
  const style = stylesFor(names);
  return sweeps.map((sweep, i) => ({
    name: names[i]!,
    style: style(names[i]!, asValid(sweep[0]!)),
    points: sweep
      .filter(({ typical }) => typical[axis] !== null)
      .map((one) => ({
        x: one.typical[axis] as number,
        cpuMicros: medianOf(one, (cell) => cell.cpu_us_per_delivery.server),
        p99Micros: medianOf(one, (cell) => cell.latency_us.p99),
        mark: markOf(one),
      }))
      .sort((a, b) => a.x - b.x),
  }));
}

/** The marks of the points say which of them count: the line itself is never grey. */
function asValid({ typical }: CellRuns): CellRuns['typical'] {
  return { ...typical, verdict: { status: 'VALID', reasons: [] } };
}

function markOf(one: CellRuns): string {
  if (one.status === 'VALID') return '';
  return one.runs.length > 1 ? runsVerdict(one) : verdictMark(one.status);
}

/** `, line-json` where that is the codec of all, and so in no name. */
function codecOf(sweeps: readonly CellRuns[][]): string {
  const codecs = new Set(sweeps.map(([first]) => first!.typical.codec));
  return codecs.size === 1 ? `, ${[...codecs].join()}` : '';
}

/** The pair, and of the load what tells the sweeps apart. */
function nameOf(one: CellRuns, axis: Axis, sweeps: readonly CellRuns[][]): string {
  const varies = (of: (cell: CellRuns['typical']) => unknown): boolean =>
    new Set(sweeps.map(([first]) => of(first!.typical))).size > 1;
  const { clients, rate_per_s: rate, size_bytes: size, codec, link } = one.typical;
  // There is room for little more than twenty letters.
  const parts = [varies((cell) => cell.codec) ? one.pair : one.pair.replace(`/${codec}`, '')];
  if (axis === 'rate_per_s' && varies((cell) => cell.clients))
    parts.push(plural(clients, 'client'));
  if (axis === 'clients' && varies((cell) => cell.rate_per_s)) {
    parts.push(rate === null ? loadName(one.typical) : `${formatSetting(rate)} msg/s`);
  }
  if (varies((cell) => cell.size_bytes)) parts.push(formatBytes(size));
  if (varies((cell) => cell.link)) parts.push(link ?? 'no link');
  return parts.join(' ');
}
