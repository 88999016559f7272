/** What a run has measured so far: the result, should it never come to its end. */

import type { RunEvent } from '../../bench/events.js';
import type { RunEnd } from '../../bench/result/cells-file.js';
import type { LabResult } from '../../bench/result/result.js';
import { endOf, RunFold } from '../../bench/result/run-fold.js';
import type { Earlier } from '../../bench/run/resume.js';

export interface PartOfRun {
  readonly result: LabResult;
  readonly end: RunEnd;
}

export class RunProgress {
  readonly #earlier: Earlier | undefined;
  #fold: RunFold | undefined;
  /** By `performance.now()`, which no step of the wall clock bends. */
  #began = performance.now();
  #isEmpty = true;

  /** @param earlier of a run that is resumed */
  constructor(earlier?: Earlier) {
    this.#earlier = earlier;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'start') this.#began = performance.now();
    else if (event.type === 'ready') {
      this.#fold = new RunFold(event.head);
    } else if (event.type === 'resume' && this.#earlier !== undefined) {
      this.#fold = this.#earlier.fold.copy();
      this.#fold.resume(event.session, this.#earlier.end);
    } else if (event.type === 'cell-end') {
      this.#fold?.add(event.result);
      this.#isEmpty = false;
    }
  }

  /** No cell is over yet, of the session that is on. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** The cells that are over, and why there are no more; undefined while this adds none. */
  part(ended: NonNullable<LabResult['ended']>): PartOfRun | undefined {
    const fold = this.#fold;
    if (fold === undefined || this.#isEmpty) return undefined;
    const elapsed = fold.secondsBefore + (performance.now() - this.#began) / 1_000;
    const end = endOf(fold.head, fold.cells, elapsed, ended);
    return { result: fold.result(end), end };
  }
}
