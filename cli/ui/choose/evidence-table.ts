/** The evidence behind a choice as a table. */
import type { ChoiceDocument } from '../../../bench/choose/document.js';
import { type EvidenceRow, evidenceRows } from '../../../reports/choose/rows.js';
import { type Column, renderGrid } from '../grid.js';
import type { Style } from '../style.js';

const right = (
  title: string,
  cell: (row: EvidenceRow) => string,
  spare?: number,
): Column<EvidenceRow> => ({
  title,
  align: 'right',
  cell,
  ...(spare === undefined ? {} : { spare }),
});

const LINK: Column<EvidenceRow> = {
  title: 'link',
  align: 'left',
  cell: ({ link }) => link,
  shrinkTo: 10,
};

const COLUMNS: readonly Column<EvidenceRow>[] = [
  {
    title: 'stack',
    align: 'left',
    cell: ({ stack }) => stack,
    format: ({ isChosen }) => (isChosen ? 'bold' : null),
    shrinkTo: 22,
  },
  LINK,
  { title: 'standing', align: 'left', cell: ({ standing }) => standing, spare: 2, shrinkTo: 12 },
  right('p99', ({ p99 }) => p99),
  right('staleness\np99', ({ staleness }) => staleness),
  right('loss', ({ loss }) => loss),
  right('CPU\n/msg', ({ cpu }) => cpu, 1),
  right('IP bytes\n/msg', ({ bytes }) => bytes, 3),
  right('memory\n/client', ({ memory }) => memory, 5),
  right('cost', ({ cost }) => cost),
  right('P(best)', ({ best }) => best),
  right('runs', ({ runs }) => runs, 4),
];

export function evidenceTable(document: ChoiceDocument, width: number, style: Style): string {
  const rows = evidenceRows(document);
  // One link stands above the table.
  const columns =
    document.question.links.length > 1 ? COLUMNS : COLUMNS.filter((one) => one !== LINK);
  return renderGrid(columns, [{ title: null, rows }], width, style);
}
