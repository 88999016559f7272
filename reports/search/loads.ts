/** The trials of a combination by load, as a goal sees them: a row each. Pure. */
import type { MetricUnit } from '../../bench/metric-catalogue.js';
import type {
  SearchAnswer,
  SearchCombination,
  SearchDocument,
  SearchTrial,
} from '../../bench/search/document.js';
import { median } from '../../src/stats/sample.js';
import { formatFigure } from '../format.js';

export interface LoadRow {
  readonly load: number;
  /** A mark a trial, in their order: `✔✘–`. */
  readonly short: string;
  readonly full: string;
  /** Medians over the trials that are not void; over all where every one is. */
  readonly figures: ReadonlyMap<string, number | null>;
  readonly deliveries: number | null;
  /** Which bound it is: `lower`, `upper`; else null. */
  readonly bound: 'lower' | 'upper' | null;
}

const MARKS = { pass: '✔', fail: '✘', void: '–' } as const;

export function loadRows(
  { trials, answers }: SearchCombination,
  goal: number,
  { final_s }: Pick<SearchDocument, 'final_s'>,
): LoadRow[] {
  const loads = [...new Set(trials.map(({ load }) => load))].sort((a, b) => a - b);
  return loads.map((load) => {
    const there = trials.filter((one) => one.load === load);
    return rowOf(load, there, goal, answers[goal]!, final_s);
  });
}

function rowOf(
  load: number,
  trials: readonly SearchTrial[],
  goal: number,
  { lower, upper }: SearchAnswer,
  fullS: number,
): LoadRow {
  const marks = (isFull: boolean): string =>
    trials
      .filter(({ duration_s }) => duration_s >= fullS === isFull)
      .map(({ judgements }) => MARKS[judgements[goal]!.outcome])
      .join('');
  const told = trials.filter(({ judgements }) => judgements[goal]!.outcome !== 'void');
  const counted = told.length === 0 ? trials : told;
  const middle = (of: (trial: SearchTrial) => number | null): number | null => {
    const values = counted.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  const named = trials[0]!.figures.map(({ metric }) => metric);
  return {
    load,
    short: marks(false),
    full: marks(true),
    figures: new Map(
      [...USUAL, ...named].map((name) => [name, middle((one) => figureOf(one, name))]),
    ),
    deliveries: middle(({ deliveries_per_s }) => deliveries_per_s),
    bound: load === lower ? 'lower' : load === upper ? 'upper' : null,
  };
}

/** Shown of every trial, whatever a goal names. */
const USUAL = ['p99', 'loss'] as const;

function figureOf(trial: SearchTrial, name: string): number | null {
  const named = trial.figures.find(({ metric }) => metric === name);
  if (named !== undefined) return named.value;
  return name === 'loss' ? trial.loss_ratio : trial.p99_us;
}

export interface LoadFigure {
  readonly title: string;
  readonly text: (row: LoadRow) => string;
}

/** The figures of a table by load: what the goals name, then what is usual. */
export function loadFigures({ goals }: Pick<SearchDocument, 'goals'>): LoadFigure[] {
  const units = new Map<string, MetricUnit>(
    goals.flatMap(({ objectives }) => objectives).map(({ metric, unit }) => [metric, unit]),
  );
  if (!units.has('p99')) units.set('p99', 'us');
  if (!units.has('loss')) units.set('loss', 'share');
  return [...units].map(([title, unit]) => ({
    title,
    text: ({ figures }) => formatFigure(unit, figures.get(title) ?? null),
  }));
}
