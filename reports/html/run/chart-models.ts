/** What the browser draws of a run: percentiles and seconds, one run for each cell. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { percentilesAt } from '../../charts/percentiles.js';
import { grouped, type Point, withoutShortDrain } from '../../charts/series-points.js';
import type { CellRuns } from '../../model/cell-runs.js';
import { isRepeated, workloadsOf } from '../../model/cells.js';
import { latencyEnd } from '../../text/latency-notes.js';
import type { ChartModel, SeriesModel, TableModel } from '../view/model.js';
import { rowsOf } from './figures-table.js';

/** Steps of the percentile axis: 20 a decade, from the median to p99.999, round ones among them. */
const PLACES: readonly number[] = [
  2,
  ...Array.from({ length: 94 }, (_, i) => Number((10 ** ((i + 7) / 20)).toPrecision(6))),
];

/** Points of a line over seconds: more would be most of a page. */
const MOST_SECONDS = 240;

/** In the order of a page; the last place that has a figure ends an axis. */
export function chartModels(result: LabResult, table: TableModel): ChartModel[] {
  const rows = rowsOf(result);
  const names = new Map(table.rows.map(({ id, name }) => [id, name]));
  const styles = stylesOf(result, rows);
  const series = (
    values: (cell: CellResult) => readonly (number | null)[],
    at: readonly number[],
  ): SeriesModel[] =>
    rows
      .map(({ id, one }) => ({
        id,
        name: runName(names.get(id) ?? one.pair, one, result),
        status: one.typical.verdict.status,
        style: styles.get(one) ?? 0,
        values: values(one.typical).slice(0, at.length).map(rounded),
      }))
      .filter(({ values: all }) => all.some((value) => value !== null));
  const end = latencyEnd(rows.map(({ one }) => one.typical));
  const to = end === null ? '' : ` to the ${end}`;
  const percentiles = series((cell) => percentilesAt(cell.latency_us, PLACES), PLACES);
  const last = Math.max(0, ...percentiles.map(({ values }) => values.findLastIndex(isKnown)));
  const seconds = secondsOf(rows.map(({ one }) => one.typical));
  const perSecond = (of: (point: Point) => number | null): SeriesModel[] =>
    series(
      (cell) => seconds.of(cell).map((point) => (point === null ? null : of(point))),
      seconds.at,
    );
  const { at } = seconds;
  const x = { kind: 'seconds', label: 'seconds of the window', at } as const;
  return [
    {
      title: `Latency${to} by percentile`,
      x: { kind: 'percentile', label: 'percentile', at: PLACES.slice(0, last + 1) },
      y: { kind: 'us', label: 'latency' },
      series: percentiles.map((one) => ({ ...one, values: one.values.slice(0, last + 1) })),
    },
    {
      title: 'p99 of each second',
      x,
      y: { kind: 'us', label: 'p99' },
      series: perSecond(({ p99 }) => p99),
    },
    {
      title: 'Delivered in each second',
      x,
      y: { kind: 'per_s', label: 'deliveries' },
      series: perSecond(({ delivered }) => delivered),
    },
  ];
}

/** One axis of seconds for all cells, in groups where there are many. */
function secondsOf(cells: readonly CellResult[]): {
  readonly at: readonly number[];
  readonly of: (cell: CellResult) => (Point | null)[];
} {
  const series = new Map(cells.map((cell) => [cell, withoutShortDrain(cell)]));
  const length = Math.max(0, ...[...series.values()].map((all) => all.length));
  const group = Math.max(1, Math.ceil(length / MOST_SECONDS));
  const at = Array.from({ length: Math.ceil(length / group) }, (_, i) => i * group);
  return {
    at,
    of: (cell) => {
      const points = grouped(series.get(cell) ?? [], cell.joined, group);
      const known = new Map(points.map((point) => [point.second, point]));
      return at.map((second) => known.get(second) ?? null);
    },
  };
}

function isKnown(value: number | null): boolean {
  return value !== null;
}

/** Four digits are more than a pixel. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}

function runName(name: string, { runs, typical }: CellRuns, result: LabResult): string {
  return isRepeated(result) && runs.length > 1 ? `${name} #${typical.run}` : name;
}

/** A pair has one style throughout; where each workload is of one pair, each workload. */
function stylesOf(
  result: LabResult,
  rows: readonly { readonly one: CellRuns }[],
): Map<CellRuns, number> {
  const pairs = [...new Set(rows.map(({ one }) => one.pair))];
  const alone = workloadsOf(result).length > 1 && pairs.length === 1;
  return new Map(rows.map(({ one }, i) => [one, alone ? i : pairs.indexOf(one.pair)]));
}
