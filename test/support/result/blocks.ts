/** Cells of an A/B, each figure of each run as a test wants it. */
import type { Pair } from '../../../bench/ab/analyse.js';
import type { CellResult } from '../../../bench/result/result.js';
import { makeRuns, type RunFigures } from './repeated.js';

export const PAIR: Pair = { a: 'cell', b: 'cell', nameA: 'tcp/line-json', nameB: 'tcp/line-json' };

/** Runs 1, 2, … of the one cell of an arm: two a block. */
export function armCells(figures: readonly RunFigures[]): CellResult[] {
  return makeRuns(figures).map((cell) => ({ ...cell, id: `cell#${cell.run}` }));
}

/** Each number twice, once for each run of a block. */
export function twice(values: readonly number[]): number[] {
  return values.flatMap((value) => [value, value]);
}
