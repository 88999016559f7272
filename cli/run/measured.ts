/** What a run has measured so far: the result, should it never come to its end. */

import type { RunEvent } from '../../bench/events.js';
import { endOf, foldRun, type RunEnd, type RunHead } from '../../bench/result/cells-file.js';
import type { CellResult, LabResult } from '../../bench/result/result.js';

export interface PartOfRun {
  readonly result: LabResult;
  readonly end: RunEnd;
}

export class RunProgress {
  #head: RunHead | undefined;
  readonly #cells: CellResult[] = [];

  onEvent(event: RunEvent): void {
    if (event.type === 'ready') this.#head = event.head;
    else if (event.type === 'cell-end') this.#cells.push(event.result);
  }

  /** No cell is over yet. */
  get isEmpty(): boolean {
    return this.#cells.length === 0;
  }

  /** The cells that are over, and why there are no more; undefined while there are none. */
  part(ended: NonNullable<LabResult['ended']>): PartOfRun | undefined {
    if (this.#head === undefined || this.#cells.length === 0) return undefined;
    const elapsed = Math.max(0, Date.now() - Date.parse(this.#head.startedAt)) / 1_000;
    const end = endOf(this.#head, this.#cells, elapsed, ended);
    return { result: foldRun(this.#head, this.#cells, end), end };
  }
}
