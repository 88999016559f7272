/** Columns that say the same of every cell are a sentence, and not a column. */
import { MISSING } from '../../format.js';
import { type Column, table } from '../text.js';

/**
 * A table of the columns in which its rows differ, and a sentence of the others. The first column
 * names the row and stays while there is another.
 */
export function differingTable<Row>(
  [name, ...columns]: readonly [Column<Row>, ...Column<Row>[]],
  rows: readonly Row[],
): string {
  if (rows.length < 2) return table([name, ...columns], rows);
  const shared = columns.filter(({ cell }) => new Set(rows.map(cell)).size === 1);
  const known = shared.filter(({ cell }) => cell(rows[0]!) !== MISSING);
  const unknown = shared.filter((column) => !known.includes(column));
  const differing = columns.filter((column) => !shared.includes(column));
  const same = known.map(({ title, cell }) => `${lowered(title)} ${cell(rows[0]!)}`);
  return [
    differing.length === 0 ? '' : table([name, ...differing], rows),
    same.length === 0 ? '' : `The same in every cell: ${same.join('; ')}.`,
    unknown.length === 0
      ? ''
      : `Not known of any cell: ${unknown.map(({ title }) => lowered(title)).join(', ')}.`,
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** The first letter of a title in a sentence; names in capitals stay. */
function lowered(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
