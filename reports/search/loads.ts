/** The trials of a combination by load, as a goal sees them: a row each. Pure. */
import type { SearchAnswer, SearchCombination, SearchTrial } from '../../bench/search/document.js';
import { median } from '../../src/stats/sample.js';

export interface LoadRow {
  readonly load: number;
  /** A mark a trial, in their order: `✔✘–`. */
  readonly short: string;
  readonly full: string;
  /** Medians over the trials that are not void; over all where every one is. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly loss: number | null;
  readonly deliveries: number | null;
  /** Which bound it is: `lower`, `upper`; else null. */
  readonly bound: 'lower' | 'upper' | null;
}

const MARKS = { pass: '✔', fail: '✘', void: '–' } as const;

export function loadRows({ trials, answers }: SearchCombination, goal: number): LoadRow[] {
  const loads = [...new Set(trials.map(({ load }) => load))].sort((a, b) => a - b);
  return loads.map((load) =>
    rowOf(
      load,
      trials.filter((one) => one.load === load),
      goal,
      answers[goal]!,
    ),
  );
}

function rowOf(
  load: number,
  trials: readonly SearchTrial[],
  goal: number,
  { lower, upper }: SearchAnswer,
): LoadRow {
  const marks = (wanted: SearchTrial['phase']): string =>
    trials
      .filter(({ phase }) => phase === wanted)
      .map(({ judgements }) => MARKS[judgements[goal]!.outcome])
      .join('');
  const told = trials.filter(({ judgements }) => judgements[goal]!.outcome !== 'void');
  const counted = told.length === 0 ? trials : told;
  const middle = (of: (trial: SearchTrial) => number | null): number | null => {
    const values = counted.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  return {
    load,
    short: marks('initial'),
    full: marks('final'),
    p50: middle(({ p50_us }) => p50_us),
    p99: middle(({ p99_us }) => p99_us),
    loss: middle(({ loss_ratio }) => loss_ratio),
    deliveries: middle(({ deliveries_per_s }) => deliveries_per_s),
    bound: load === lower ? 'lower' : load === upper ? 'upper' : null,
  };
}
