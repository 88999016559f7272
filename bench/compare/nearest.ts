/** Which of many cells is most like another one. */
import type { CellIdentity } from './comparison.js';

type Field = keyof CellIdentity;

/** A choice of fields, and the first of the cells that has certain values in them. */
interface Index {
  readonly fields: readonly Field[];
  readonly first: ReadonlyMap<string, number>;
}

/**
 * Finds the cell with the fewest fields that differ, of several the first. Each choice of fields
 * that may be equal is an index of its own, made when it is first needed: the cost grows with the
 * cells, not their square.
 */
export class NearestCells {
  readonly #cells: readonly CellIdentity[];
  /** `#indexes[n]`: all choices that leave out n fields. */
  readonly #indexes: (readonly Index[])[] = [];
  readonly #fields: readonly Field[];

  constructor(cells: readonly CellIdentity[], fields: readonly Field[]) {
    this.#cells = cells;
    this.#fields = fields;
  }

  /** Null when there are no cells. */
  find(cell: CellIdentity): CellIdentity | null {
    for (
      let differing = 0;
      this.#cells.length > 0 && differing <= this.#fields.length;
      differing++
    ) {
      const found = this.#leavingOut(differing)
        .map(({ fields, first }) => first.get(keyOf(cell, fields)))
        .filter((place) => place !== undefined);
      if (found.length > 0) return this.#cells[Math.min(...found)]!;
    }
    return null;
  }

  #leavingOut(count: number): readonly Index[] {
    this.#indexes[count] ??= choices(this.#fields, this.#fields.length - count).map((fields) => {
      const first = new Map<string, number>();
      for (const [i, cell] of this.#cells.entries()) {
        const key = keyOf(cell, fields);
        if (!first.has(key)) first.set(key, i);
      }
      return { fields, first };
    });
    return this.#indexes[count];
  }
}

function keyOf(cell: CellIdentity, fields: readonly Field[]): string {
  return JSON.stringify(fields.map((field) => cell[field]));
}

/** All ways to choose `count` of the fields. */
function choices(fields: readonly Field[], count: number): Field[][] {
  if (count === 0) return [[]];
  return fields.flatMap((field, i) =>
    choices(fields.slice(i + 1), count - 1).map((others) => [field, ...others]),
  );
}
