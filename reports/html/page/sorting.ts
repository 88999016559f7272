/** A table whose rows are sorted by a press on the head of a column. */
import { compareKeys, type Direction } from '../view/order.js';
import { make } from './elements.js';

export interface Sorting {
  readonly column: number;
  readonly direction: Direction;
}

/**
 * Each head becomes a button; rows that are equal keep their order. `first`: how it is sorted now,
 * of a table that takes the place of another. `onSort` hears of every change.
 */
export function makeSortable(
  table: HTMLTableElement,
  first: Sorting | null = null,
  onSort: (sorting: Sorting) => void = () => {},
): void {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const body = table.tBodies[0];
  if (body === undefined) return;
  const sort = (sorting: Sorting): void => {
    const { column, direction } = sorting;
    for (const [i, head] of heads.entries()) {
      if (i === column) head.setAttribute('aria-sort', direction);
      else head.removeAttribute('aria-sort');
    }
    const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, column) }));
    rows.sort((a, b) => compareKeys(a.key, b.key, direction));
    body.append(...rows.map(({ row }) => row));
  };
  for (const [column, head] of heads.entries()) {
    const title = head.textContent ?? '';
    if (title === '') continue;
    const button = make('button', { type: 'button', className: 'sort' }, title);
    button.addEventListener('click', () => {
      const isAscending = head.getAttribute('aria-sort') === 'ascending';
      const sorting = { column, direction: isAscending ? 'descending' : 'ascending' } as const;
      sort(sorting);
      onSort(sorting);
    });
    head.replaceChildren(button);
  }
  if (first !== null && first.column < heads.length) sort(first);
}

function keyOf(row: HTMLTableRowElement, column: number): string {
  const cell = row.cells[column];
  return cell === undefined ? '' : (cell.dataset.v ?? cell.textContent ?? '');
}
