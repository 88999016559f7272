/** Sorting and filtering of the rows of a table, on what the cells hold. Pure. */

export type Direction = 'ascending' | 'descending';

/**
 * Orders two keys of a column: numbers by size, texts by their characters, each key that is missing
 * last in either direction.
 */
export function compareKeys(a: string, b: string, direction: Direction): number {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1;
  const [x, y] = [Number(a), Number(b)];
  const order = Number.isNaN(x) || Number.isNaN(y) ? (a < b ? -1 : a > b ? 1 : 0) : x - y;
  return direction === 'ascending' ? order : -order;
}

/** Whether a row has every word of the query somewhere, in any case. */
export function matches(rowText: string, query: string): boolean {
  const text = rowText.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
