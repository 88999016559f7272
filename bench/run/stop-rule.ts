/**
 * `--repeat auto`: when are there enough runs? Pure. The sample is the run: each round gives every
 * cell one more value, which is known well enough when half of the 95 % bootstrap interval of its
 * median is within the target. What stopping there costs: docs/design/reasons.md.
 */
import { bootstrapMedian } from '../../src/stats/index.js';
import type { Decision } from '../events.js';
import { type CiMetric, COMPARED } from '../metric-catalogue.js';
import type { CellResult } from '../result/result.js';
import { usableRuns } from '../result/usable.js';

/** The figures that `--ci-metric` may name: those that `lab compare` compares. */
export const CI_METRICS = Object.keys(COMPARED).filter((name) => name !== 'loss') as CiMetric[];

/** When to end. */
export interface Goal {
  /** Half-width of the 95 % interval ÷ median that is enough: 0.05. */
  readonly ci: number;
  readonly minRuns: number;
  readonly maxRuns: number;
  /** Of the bootstrap. */
  readonly seed: number;
}

/**
 * @param cells of each cell, the metric in each run so far; null where a run has none that may be
 * used
 */
export function decide(cells: readonly (readonly (number | null)[])[], goal: Goal): Decision {
  const runs = Math.max(0, ...cells.map((values) => values.length));
  const open = cells.filter((values) => {
    const width = relativeHalfWidth(values, goal);
    return width === null || width > goal.ci;
  });
  if (runs >= goal.minRuns && open.length === 0) return 'reached';
  if (runs >= goal.maxRuns) return 'limit';
  const hopeless =
    open.length > 0 && open.every((values) => values.every((value) => value === null));
  return runs >= goal.minRuns && hopeless ? 'limit' : 'go on';
}

/**
 * Half-width of the 95 % interval of the median ÷ the median; null while fewer than `minRuns` runs
 * have a value.
 */
export function relativeHalfWidth(
  values: readonly (number | null)[],
  { minRuns, seed }: Pick<Goal, 'minRuns' | 'seed'>,
): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length < minRuns) return null;
  const { median, low, high } = bootstrapMedian(known, { seed });
  if (high === low) return 0;
  return median === 0 ? null : (high - low) / 2 / Math.abs(median);
}

/**
 * The metric in each run, for each cell of the matrix by its id without the run; a run that is
 * INVALID or cut short has none, nor has one whose latencies do not end where those of most of its
 * cell do.
 */
export function valuesByCell(
  cells: readonly CellResult[],
  metric: CiMetric,
): Map<string, (number | null)[]> {
  const runs = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = cell.id.replace(/#\d+$/, '');
    runs.set(key, [...(runs.get(key) ?? []), cell]);
  }
  const { value } = COMPARED[metric];
  const valuesOf = (all: readonly CellResult[]): (number | null)[] => {
    const usable = new Set(usableRuns(all));
    return all.map((cell) => (usable.has(cell) ? value(cell) : null));
  };
  return new Map([...runs].map(([key, all]) => [key, valuesOf(all)]));
}
