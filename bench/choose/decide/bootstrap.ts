/**
 * How sure a choice is: the runs of each stack are drawn again and again, and each time it is seen
 * who is best. Pure and seeded.
 */
import { Random, seedState } from '../../../src/random.js';
import type { Figures } from '../evidence/figures.js';
import { CRITERION_NAMES } from '../question/criteria.js';
import { type Option, pickAll, type Rule } from './pick.js';
import { meetsAll } from './values.js';

export const RESAMPLES = 10_000;

/** A stack by its runs behind each link. */
export interface Sampled {
  readonly key: string;
  readonly cells: readonly (readonly Figures[])[];
}

export interface Certainty {
  /** By key: share of the draws in which it is picked, equals in equal parts. They add up to 1 with those where none is. */
  readonly best: ReadonlyMap<string, number>;
  /** Mean of (value of the chosen ÷ value of the best) − 1 over the draws in which it meets all. */
  readonly expectedRegret: number;
  /** The same over the draws in which another one is best; 0 when there is none. */
  readonly regretWhenWrong: number;
  /** Share of the draws in which the chosen one misses an objective. */
  readonly breaks: number;
}

/** Medians of one cell, in each draw. */
type Draws = readonly Figures[];

/** Keeps the draws of each cell, so that one of them can be drawn anew with more runs. */
export class Bootstrap {
  readonly #sampled: readonly Sampled[];
  readonly #rule: Rule;
  readonly #seed: number;
  readonly #resamples: number;
  readonly #draws: readonly (readonly Draws[])[];

  /** @param resamples 10,000 unless a test wants fewer */
  constructor(sampled: readonly Sampled[], rule: Rule, seed: number, resamples = RESAMPLES) {
    this.#sampled = sampled;
    this.#rule = rule;
    this.#seed = seed;
    this.#resamples = resamples;
    this.#draws = sampled.map(({ cells }, i) => cells.map((_, link) => this.#draw(i, link, 1)));
  }

  certainty(chosen: string): Certainty {
    return this.#certainty(chosen, this.#draws);
  }

  /** What it would be with `times` as many runs of one cell that scatter as those so far. */
  withMore(chosen: string, key: string, link: number, times: number): Certainty {
    const at = this.#sampled.findIndex((one) => one.key === key);
    const draws = this.#draws.map((cells, i) =>
      i === at ? cells.map((own, l) => (l === link ? this.#draw(i, l, times) : own)) : cells,
    );
    return this.#certainty(chosen, draws);
  }

  /** Each cell has a stream of its own, so that none depends on which others there are. */
  #draw(stack: number, link: number, times: number): Draws {
    const runs = this.#sampled[stack]!.cells[link]!;
    const random = new Random(seedState(this.#seed, 1 + stack * 1_000 + link));
    const size = runs.length * times;
    const used = runs[0]!.map((_, i) => this.#uses(i));
    const drawn = new Uint32Array(size);
    const column = new Float64Array(size);
    return Array.from({ length: this.#resamples }, () => {
      for (let i = 0; i < size; i++) drawn[i] = random.nextInt(runs.length);
      return used.map((isUsed, figure) => {
        if (!isUsed) return Number.NaN;
        for (let i = 0; i < size; i++) column[i] = runs[drawn[i]!]![figure]!;
        return medianIn(column);
      });
    });
  }

  /** Of the criteria the one that decides, or all where they are weighed. */
  #uses(figure: number): boolean {
    const { name } = this.#rule.last;
    return (
      figure >= CRITERION_NAMES.length || name === 'weights' || CRITERION_NAMES[figure] === name
    );
  }

  #certainty(chosen: string, draws: readonly (readonly Draws[])[]): Certainty {
    const wins = new Map(this.#sampled.map(({ key }) => [key, 0]));
    let [regret, wrong, broken, met] = [0, 0, 0, 0];
    for (let n = 0; n < this.#resamples; n++) {
      const options = this.#sampled.map(
        ({ key }, i): Option => ({ key, byLink: draws[i]!.map((cell) => cell[n]!) }),
      );
      const best = pickAll(options, this.#rule);
      for (const { key } of best) wins.set(key, wins.get(key)! + 1 / best.length);
      const own = options.find(({ key }) => key === chosen)!;
      if (!meetsAll(this.#rule.objectives, own.byLink)) broken += 1;
      else {
        met += 1;
        if (best.length > 0 && best.every(({ key }) => key !== chosen)) {
          wrong += 1;
          regret += this.#worse(own, best[0]!);
        }
      }
    }
    const share = (count: number): number => count / this.#resamples;
    return {
      best: new Map([...wins].map(([key, count]) => [key, share(count)])),
      expectedRegret: met === 0 ? 0 : regret / met,
      regretWhenWrong: wrong === 0 ? 0 : regret / wrong,
      breaks: share(broken),
    };
  }

  /** By how much, as a share; by the value that decides. */
  #worse(own: Option, best: Option): number {
    const { evaluate } = this.#rule.last;
    const [value, least] = [evaluate(own.byLink), evaluate(best.byLink)];
    if (!Number.isFinite(value) || !Number.isFinite(least) || least <= 0) return 0;
    return Math.max(0, value / least - 1);
  }
}

/** NaN when one of them is; sorts them. The same as `middle`, some millions of times. */
function medianIn(values: Float64Array): number {
  values.sort();
  const at = values.length >> 1;
  // NaN is sorted to the end.
  if (Number.isNaN(values.at(-1)!)) return Number.NaN;
  return values.length % 2 === 1 ? values[at]! : (values[at - 1]! + values[at]!) / 2;
}
