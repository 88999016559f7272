/** A table of the page's model: sorted, filtered, and filled anew without losing either. */
import type { TableModel } from '../view/model.js';
import { matches } from '../view/order.js';
import { tableHtml } from '../view/table.js';
import { make } from './elements.js';
import { makeSortable, type Sorting } from './sorting.js';

export interface ShownTable {
  /** Shows another state of the same table. */
  update(model: TableModel): void;
}

/**
 * Takes over the table in `room`, which may have none yet, and puts a field before the room that
 * leaves only the rows with the words in it.
 */
export function showTable(room: HTMLElement): ShownTable {
  let sorting: Sorting | null = null;
  const field = make('input', { type: 'search', placeholder: 'tcp valid' });
  const count = make('output');
  count.setAttribute('aria-live', 'polite');
  const filter = (): void => {
    const rows = [...(room.querySelector('tbody')?.rows ?? [])];
    for (const row of rows) row.hidden = !matches(row.textContent ?? '', field.value);
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = field.value === '' ? '' : `${shown} of ${rows.length} rows`;
  };
  const bind = (): void => {
    const table = room.querySelector('table');
    if (table === null) return;
    makeSortable(table, sorting, (next) => {
      sorting = next;
    });
    filter();
  };
  field.addEventListener('input', filter);
  room.before(
    make('p', { className: 'tools' }, make('label', {}, 'Only rows with ', field), count),
  );
  bind();
  return {
    update(model) {
      const buttons = (): Element[] => [...room.querySelectorAll('.sort')];
      const focused =
        document.activeElement === null ? -1 : buttons().indexOf(document.activeElement);
      // Every text in it is escaped.
      room.innerHTML = tableHtml(model);
      bind();
      (buttons()[focused] as HTMLElement | undefined)?.focus();
    },
  };
}
