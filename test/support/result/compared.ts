/** Results compared with each other, as `lab compare` does it. */
import { expect } from 'vitest';
import { compareResults } from '../../../bench/compare/compare.js';
import type { Comparison, MetricComparison } from '../../../bench/compare/comparison.js';
import type { ComparedName } from '../../../bench/metric-catalogue.js';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { makeRepeated, makeRuns, type RunFigures } from './repeated.js';

/** The first later than the second; both of one cell unless given more. */
export function compareRuns(
  before: readonly RunFigures[],
  after: readonly RunFigures[],
  options?: Parameters<typeof compareResults>[1],
): Comparison {
  return compareCells(makeRuns(before), makeRuns(after), options);
}

export function compareCells(
  before: readonly CellResult[],
  after: readonly CellResult[],
  options?: Parameters<typeof compareResults>[1],
): Comparison {
  return compare([makeRepeated(1, before), makeRepeated(2, after)], options);
}

export function compare(
  results: readonly LabResult[],
  options?: Parameters<typeof compareResults>[1],
): Comparison {
  const comparison = compareResults(
    results.map((result, i) => ({ name: `${i}.json`, result })),
    { sameSession: true, ...options },
  );
  // No NaN, no infinity, nothing undefined: it survives JSON as it is.
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
  return comparison;
}

export function metricOf(comparison: Comparison, name: ComparedName, cell = 0): MetricComparison {
  return comparison.candidates[0]!.cells[cell]!.metrics.find(({ metric }) => metric === name)!;
}
