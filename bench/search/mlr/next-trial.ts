/**
 * Which trial is next: a pure function of the trials so far, so that a search which was interrupted
 * goes on from its document. From below by doubling, as a server that was overloaded may stay slow;
 * then the interval is halved on a logarithmic scale. Short trials find the place, full-length ones
 * decide.
 */
import { type Bounds, type ByLoad, boundsOf, byLoad, classesOf, isBlocked } from './bounds.js';
import { finalTarget, initialTarget, type Phase, type Timing, type TrialPoint } from './goal.js';
import { type LoadRange, loadAbove, loadBelow, loadBetween, widthOf } from './loads.js';

/** Short trials find the place this many times as widely as the goal wants it. */
const INITIAL_WIDTHS = 4;

/**
 * `found`: both bounds, within the width or as close as loads are. `unbounded`: the largest load
 * holds. `unmet`: the smallest does not. `instrument`: the search came to a load at which nothing
 * could be told.
 */
export type Ending = 'found' | 'unbounded' | 'unmet' | 'instrument';

export type NextTrial =
  | { readonly kind: 'trial'; readonly load: number; readonly phase: Phase }
  | { readonly kind: 'end'; readonly ending: Ending };

/** @param trials as one goal sees them, in their order */
export function nextTrial(
  trials: readonly TrialPoint[],
  timing: Timing,
  range: LoadRange,
): NextTrial {
  const initial = trials.filter(({ phase }) => phase === 'initial');
  const loads = byLoad(trials);
  const short = byLoad(initial.filter(({ outcome }) => outcome !== 'void'));
  // Full-length trials stand in where no short one told anything, so that what they found is known.
  const seen: ByLoad = new Map([...loads].map(([load, all]) => [load, short.get(load) ?? all]));
  const blocked = [...loads].filter(([, all]) => isBlocked(all)).map(([load]) => load);
  const limit = blocked.length === 0 ? null : Math.min(...blocked);
  const places = new Search(seen, initialTarget(timing), INITIAL_WIDTHS * timing.width, range);
  const place = places.next(limit, null);
  if (place.kind === 'trial') return { ...place, phase: isTooShort(initial) ? 'final' : 'initial' };
  const decided = new Search(loads, finalTarget(timing), timing.width, range);
  return decided.next(limit, places.bounds);
}

/** A short trial could not tell a figure: others will not either. */
function isTooShort(initial: readonly TrialPoint[]): boolean {
  return initial.some(({ isUntold }) => isUntold === true);
}

type Target = Parameters<typeof classesOf>[1];

class Search {
  readonly bounds: Bounds;
  readonly #width: number;
  readonly #range: LoadRange;
  /** Loads that were decided about. */
  readonly #lowers: number;
  readonly #uppers: number;

  constructor(loads: ByLoad, target: Target, width: number, range: LoadRange) {
    const classes = classesOf(loads, target);
    this.bounds = boundsOf(classes);
    this.#width = width;
    this.#range = range;
    const count = (wanted: string): number =>
      [...classes.values()].filter((one) => one === wanted).length;
    this.#lowers = count('lower');
    this.#uppers = count('upper');
  }

  /**
   * @param limit smallest load that the instrument cannot tell
   * @param hint what short trials found; null = these are the short ones
   */
  next(limit: number | null, hint: Bounds | null): NextTrial {
    const load = this.#candidate(hint, limit !== null);
    if (typeof load !== 'number') return { kind: 'end', ending: load };
    const phase = hint === null ? 'initial' : 'final';
    if (limit === null || load < limit) return { kind: 'trial', load, phase };
    return { kind: 'end', ending: 'instrument' };
  }

  #candidate(hint: Bounds | null, isLimited: boolean): number | Ending {
    const { lower, upper } = this.bounds;
    if (lower !== null && upper !== null) return this.#between(lower, upper, hint);
    if (lower !== null) return this.#above(lower, hint, isLimited);
    return this.#below(upper, hint, isLimited);
  }

  #between(lower: number, upper: number, hint: Bounds | null): number | Ending {
    if (widthOf(lower, upper) <= this.#width) return 'found';
    const hinted = hintsOf(hint).find((load) => load > lower && load < upper);
    return hinted ?? loadBetween(lower, upper) ?? 'found';
  }

  #above(lower: number, hint: Bounds | null, isLimited: boolean): number | Ending {
    if (lower >= this.#range.max) return 'unbounded';
    const hinted = hintsOf(hint).find((load) => load > lower);
    if (hinted !== undefined) return hinted;
    if (isLimited) return 'instrument';
    return loadAbove(lower, this.#factor(hint, this.#lowers), this.#range);
  }

  #below(upper: number | null, hint: Bounds | null, isLimited: boolean): number | Ending {
    const hinted = hint?.lower ?? null;
    if (upper === null && hint === null) return this.#range.start;
    if (upper === null) return hinted ?? (isLimited ? 'instrument' : this.#range.min);
    if (upper <= this.#range.min) return 'unmet';
    if (hinted !== null && hinted < upper) return hinted;
    const factor =
      hint === null ? 2 ** (2 ** (this.#uppers - 1)) : this.#factor(hint, this.#uppers);
    return loadBelow(upper, factor, this.#range);
  }

  /** Around what short trials found in small steps at first; without that, by doubling. */
  #factor(hint: Bounds | null, decided: number): number {
    return hint === null ? 2 : Math.min(2, (1 + INITIAL_WIDTHS * this.#width) ** decided);
  }
}

/** Those that short trials took for bounds, the smaller first. */
function hintsOf(hint: Bounds | null): number[] {
  return [hint?.lower ?? null, hint?.upper ?? null].filter((load) => load !== null);
}
