/**
 * The rows that a choice is made by: of one workload every pair, of a sweep over loads each pair at
 * the highest load that it held, of one over losses each at the highest loss. Pure.
 */
import type { LabResult } from '../../bench/result/result.js';
import { type Carried, carriedOf } from './carried.js';
import { type CellRuns, cellRunsOf } from './cell-runs.js';
import { loadName, workloadsOf } from './cells.js';

export interface DecisiveRow {
  readonly one: CellRuns;
  /** Of a sweep over loads, what the pair held and where it broke. */
  readonly carried: Carried | null;
}

export interface Decisive {
  readonly rows: readonly DecisiveRow[];
  /** The load of all rows; null where they differ in it. */
  readonly load: string | null;
}

export function decisiveOf(result: LabResult): Decisive {
  const carried = carriedOf(result);
  const rates = new Set(result.cells.map(({ clients, rate_per_s: rate }) => clients * (rate ?? 0)));
  const isSweep = carried.length > 0 && rates.size > 1;
  const rows = isSweep
    ? carried.flatMap((one) => heldRows(result, one))
    : workloadsOf(result).flatMap((workload) =>
        cellRunsOf(result, workload).map((one) => ({ one, carried: null })),
      );
  const loads = new Set(rows.map(({ one }) => loadName(one.typical)));
  const [load] = loads;
  return { rows, load: loads.size === 1 ? load! : null };
}

/** A pair that held nothing is shown where it broke. */
function heldRows(result: LabResult, carried: Carried): DecisiveRow[] {
  const { runs, name } = (carried.highest ?? carried.broke)!;
  return cellRunsOf(result, { key: name, name, cells: runs }).map((one) => ({ one, carried }));
}
