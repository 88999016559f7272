/** The relevant bounds of a goal among the loads that were measured. Pure. */
import { classify, type LoadClass } from './classify.js';
import type { Target, TrialPoint } from './goal.js';

export interface Bounds {
  /** Largest load that is a lower bound below the upper one; null = none. */
  readonly lower: number | null;
  /** Smallest load that is an upper bound; null = none. */
  readonly upper: number | null;
}

/** Void trials in a row after which a load is beyond the instrument: the first, and two more. */
export const MOST_VOIDS = 3;

export type ByLoad = ReadonlyMap<number, readonly TrialPoint[]>;

export function byLoad(trials: readonly TrialPoint[]): ByLoad {
  const loads = new Map<number, TrialPoint[]>();
  for (const trial of trials) {
    const there = loads.get(trial.load);
    if (there === undefined) loads.set(trial.load, [trial]);
    else there.push(trial);
  }
  return new Map([...loads].sort(([a], [b]) => a - b));
}

export function classesOf(loads: ByLoad, target: Target): ReadonlyMap<number, LoadClass> {
  return new Map([...loads].map(([load, trials]) => [load, classify(trials, target).result]));
}

/** Where a load holds above one that does not, the smaller one counts. */
export function boundsOf(classes: ReadonlyMap<number, LoadClass>): Bounds {
  const of = (wanted: LoadClass): number[] =>
    [...classes].filter(([, one]) => one === wanted).map(([load]) => load);
  const uppers = of('upper');
  const upper = uppers.length === 0 ? null : Math.min(...uppers);
  const lowers = of('lower').filter((load) => upper === null || load < upper);
  return { lower: lowers.length === 0 ? null : Math.max(...lowers), upper };
}

/** Its last trials were all void: the instrument cannot tell. */
export function isBlocked(trials: readonly TrialPoint[]): boolean {
  const last = trials.filter(({ isUntold, phase }) => !(isUntold && phase === 'initial'));
  return (
    last.length >= MOST_VOIDS && last.slice(-MOST_VOIDS).every((one) => one.outcome === 'void')
  );
}

/** Loads above the upper bound at which a trial passed all the same. */
export function inversionsOf(loads: ByLoad, { upper }: Bounds): number[] {
  if (upper === null) return [];
  return [...loads]
    .filter(([load, trials]) => load > upper && trials.some(({ outcome }) => outcome === 'pass'))
    .map(([load]) => load);
}
