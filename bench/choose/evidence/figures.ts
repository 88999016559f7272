/** The figures of a run that a choice is made by, and their medians over runs. Pure. */
import { median } from '../../../src/stats/index.js';
import { metricOf } from '../../metric-catalogue.js';
import type { CellResult } from '../../result/result.js';
import { lostFrom } from '../../result/survivors.js';
import type { Threshold } from '../../verdict/threshold.js';
import { CRITERIA } from '../question/criteria.js';
import { type Amounts, amountsOf, deliveriesPerClient } from './amounts.js';
import { atCapacity, type Capacity } from './capacity.js';

/**
 * One value for each: the criteria in their order, the objectives in theirs, then the three
 * amounts. NaN = not measured; Infinity = more messages are missing than the percentile leaves out,
 * so that of all of them does not exist.
 */
export type Figures = readonly number[];

/** Where the parts of `Figures` begin. */
export interface Layout {
  readonly objectives: number;
  readonly amounts: number;
  readonly length: number;
}

export function layoutOf(objectives: readonly Threshold[]): Layout {
  const begin = CRITERIA.length;
  const amounts = begin + objectives.length;
  return { objectives: begin, amounts, length: amounts + 3 };
}

/** How amounts are scaled to servers of a known capacity; null = as measured. */
export interface Scale {
  readonly capacity: Capacity;
  readonly headroom: number;
}

export function figuresOf(
  cell: CellResult,
  objectives: readonly Threshold[],
  scale: Scale | null,
): Figures {
  const amounts = scaled(cell, amountsOf(cell), scale);
  return [
    ...CRITERIA.map(({ value }) => value(cell) ?? Number.NaN),
    ...objectives.map((one) => objectiveValue(one, cell)),
    ...(amounts === null
      ? [Number.NaN, Number.NaN, Number.NaN]
      : [amounts.cpuHours, amounts.egressGb, amounts.ramGbHours]),
  ];
}

function scaled(cell: CellResult, amounts: Amounts | null, scale: Scale | null): Amounts | null {
  if (amounts === null || scale === null) return amounts;
  return atCapacity(amounts, deliveriesPerClient(cell)!, scale.capacity, scale.headroom);
}

function objectiveValue({ metric }: Threshold, cell: CellResult): number {
  const { value, survival, better } = metricOf(metric);
  const figure = value(cell);
  if (figure !== null) return figure;
  const isLost = survival !== undefined && lostFrom(...survival, cell) !== null;
  return isLost && better === 'lower' ? Number.POSITIVE_INFINITY : Number.NaN;
}

/** Figure by figure; NaN where a run lacks it. */
export function medians(runs: readonly Figures[]): number[] {
  const [first = []] = runs;
  return first.map((_, i) => middle(runs.map((figures) => figures[i]!)));
}

/** The median, of values that may be infinite; NaN when one of them is. */
export function middle(values: readonly number[]): number {
  if (values.length === 0 || values.some(Number.isNaN)) return Number.NaN;
  if (values.every(Number.isFinite)) return median(values);
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[at]! : (sorted[at - 1]! + sorted[at]!) / 2;
}
