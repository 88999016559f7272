/** Two rows of a table side by side. Pure. */
import { formatRatio, MISSING } from '../../format.js';
import type { TableCell, TableModel, TableRow } from './model.js';

/**
 * A row for each numeric column that either has: A, B, and B ÷ A. A ratio is shown only of two
 * figures that are there, undoubted and above zero; it is no verdict.
 */
export function pairTable({ columns }: TableModel, a: TableRow, b: TableRow): TableModel {
  const rows = columns.flatMap(({ title, kind }, i): TableRow[] => {
    const [left, right] = [a.cells[i]!, b.cells[i]!];
    if (kind !== 'number' || (left.value === null && right.value === null)) return [];
    return [
      {
        id: `pair-${i}`,
        name: title,
        verdict: null,
        cells: [
          { text: title, value: title },
          marked(left, a),
          marked(right, b),
          ratio(left, right),
        ],
      },
    ];
  });
  return {
    caption: `A: ${nameOf(a)}. B: ${nameOf(b)}.`,
    columns: [
      { title: 'Figure', kind: 'text', hint: '' },
      { title: 'A', kind: 'number', hint: nameOf(a) },
      { title: 'B', kind: 'number', hint: nameOf(b) },
      { title: 'B ÷ A', kind: 'number', hint: 'A ratio, and no verdict: chance may explain it' },
    ],
    rows,
  };
}

function nameOf({ verdict, name }: TableRow): string {
  return verdict === null ? name : `${verdict.text} ${name}`;
}

/** These rows are of both cells: each figure keeps the mark of its own. */
function marked(cell: TableCell, { verdict }: TableRow): TableCell {
  if (cell.value === null || verdict === null || verdict.status === 'VALID') return cell;
  return { ...cell, text: `${verdict.status === 'INVALID' ? '✘' : '⚠'} ${cell.text}` };
}

function ratio(a: TableCell, b: TableCell): TableCell {
  const known = [a, b].every(
    ({ value, doubt }) => typeof value === 'number' && value > 0 && doubt === undefined,
  );
  const value = known ? (b.value as number) / (a.value as number) : null;
  return { text: value === null ? MISSING : formatRatio(value), value };
}
