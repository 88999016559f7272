/** What repair of UDP did, on a terminal. Pure. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { formatInteger, formatMicros, formatPercent } from '../../../reports/format.js';
import { markedName } from '../../../reports/model/cells.js';
import { type Column, renderGrid } from '../grid.js';
import type { Style } from '../style.js';

type Repairs = NonNullable<CellResult['repairs']>;

interface Row {
  readonly name: string;
  readonly repairs: Repairs;
}

function counted(title: string, of: (repairs: Repairs) => string, spare?: number): Column<Row> {
  const cell = ({ repairs }: Row): string => of(repairs);
  return { title, align: 'right', cell, ...(spare === undefined ? {} : { spare }) };
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'repair', align: 'left', cell: ({ name }) => name, shrinkTo: 20 },
  counted('repaired', ({ repaired }) => formatInteger(repaired)),
  counted('p50', ({ repair_us }) => formatMicros(repair_us.p50)),
  counted('p99', ({ repair_us }) => formatMicros(repair_us.p99)),
  counted('late', ({ late }) => formatInteger(late)),
  counted('superseded', ({ superseded }) => formatInteger(superseded), 1),
  counted('spurious', ({ spurious }) => formatInteger(spurious), 2),
  counted('used', ({ redundancy }) => formatInteger(redundancy?.used ?? null), 2),
  counted('futile', ({ futile }) => formatInteger(futile), 3),
  counted('overhead', ({ overhead }) => formatPercent(overhead)),
];

/** Empty where there is none. */
export function repairsTable(result: LabResult, width: number, style: Style): string {
  const rows = result.cells.flatMap((cell): Row[] =>
    cell.repairs === null ? [] : [{ name: markedName(cell, result), repairs: cell.repairs }],
  );
  return rows.length === 0 ? '' : renderGrid(COLUMNS, [{ title: null, rows }], width, style);
}
