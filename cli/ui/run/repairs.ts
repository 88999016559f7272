/** What repair of UDP did, on a terminal. Pure. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { formatInteger, formatMicros, formatPercent } from '../../../reports/format.js';
import { type CellRuns, cellRunsOf, singleRun } from '../../../reports/model/cell-runs.js';
import { type Workload, workloadsOf } from '../../../reports/model/cells.js';
import { median } from '../../../src/stats/index.js';
import { type Column, renderGrid } from '../grid.js';
import type { Style } from '../style.js';
import { cellName, isJoined } from './columns.js';

type Repairs = NonNullable<CellResult['repairs']>;

interface Row {
  readonly name: string;
  /** Of each run that counts. */
  readonly repairs: readonly Repairs[];
}

type Figure = (repairs: Repairs) => number | null;

/** The sum over the runs; of what one of them does not tell there is none. */
function counted(title: string, of: Figure, spare?: number): Column<Row> {
  return figure(title, of, (all) => all.reduce((sum, one) => sum + one, 0), formatInteger, spare);
}

function medianIn(title: string, of: Figure, format: typeof formatMicros): Column<Row> {
  return figure(title, of, median, format);
}

function figure(
  title: string,
  of: Figure,
  fold: (values: readonly number[]) => number,
  format: typeof formatMicros,
  spare?: number,
): Column<Row> {
  const cell = ({ repairs }: Row): string => {
    const values = repairs.map(of).filter((value) => value !== null);
    return format(values.length < repairs.length ? null : fold(values));
  };
  return { title, align: 'right', cell, ...(spare === undefined ? {} : { spare }) };
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'repair', align: 'left', cell: ({ name }) => name, shrinkTo: 20 },
  counted('repaired', ({ repaired }) => repaired),
  medianIn('p50', ({ repair_us }) => repair_us.p50, formatMicros),
  medianIn('p99', ({ repair_us }) => repair_us.p99, formatMicros),
  counted('late', ({ late }) => late),
  counted('superseded', ({ superseded }) => superseded, 1),
  counted('spurious', ({ spurious }) => spurious, 2),
  counted('used', ({ redundancy }) => redundancy?.used ?? null, 2),
  counted('futile', ({ futile }) => futile, 3),
  medianIn('overhead', ({ overhead }) => overhead, formatPercent),
];

/** Empty where there is none. With several runs of a cell a row has the sums of its counts. */
export function repairsTable(
  result: LabResult,
  width: number,
  style: Style,
  elsewhere: string,
): string {
  const groups = workloadsOf(result)
    .map((workload) => ({ title: workload.name, rows: rowsOf(result, workload) }))
    .filter(({ rows }) => rows.length > 0);
  return groups.length === 0 ? '' : renderGrid(COLUMNS, groups, width, style, elsewhere);
}

function rowsOf(result: LabResult, workload: Workload): Row[] {
  const joined = isJoined(result);
  const all = joined ? cellRunsOf(result, workload) : workload.cells.map(singleRun);
  return all.flatMap((one: CellRuns): Row[] => {
    const repairs = one.counted.flatMap((cell) => (cell.repairs === null ? [] : [cell.repairs]));
    const name = joined ? one.pair : cellName(one.typical, result);
    return repairs.length === 0 ? [] : [{ name, repairs }];
  });
}
