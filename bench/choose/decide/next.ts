/** The experiment that would tell most. Pure. */
import type { Bootstrap, Certainty } from './bootstrap.js';
import type { Choice } from './choice.js';
import type { Contender } from './contender.js';

/** More runs of these stacks behind these links. */
export interface Experiment {
  readonly keys: readonly string[];
  /** Their places among the links of the question. */
  readonly links: readonly number[];
  /** Of each cell, besides those there are. */
  readonly runs: number;
  /** Expected loss before and after, see `riskOf`; null where another reason made it. */
  readonly now: number | null;
  readonly after: number | null;
}

/** Less than this is not worth a run. */
const LEAST_GAIN = 1e-4;
/** So many are added to a cell to see what they would tell. */
const TIMES = 2;

/** Of a choice: the cell of which as many runs again reduce the expected loss most; null: none. */
export function nextForChoice(
  chosen: string,
  contenders: readonly Contender[],
  bootstrap: Bootstrap,
): Experiment | null {
  const now = riskOf(bootstrap.certainty(chosen));
  let best: Experiment | null = null;
  for (const { key, cells } of contenders) {
    for (const [link, { runs }] of cells.entries()) {
      const after = riskOf(bootstrap.withMore(chosen, key, link, TIMES));
      if (now - after < LEAST_GAIN || (best !== null && after >= best.after!)) continue;
      best = { keys: [key], links: [link], runs: runs.length, now, after };
    }
  }
  return best;
}

/**
 * What the choice is expected to lose, as a share of its value: its regret, and all of it where it
 * misses an objective.
 */
function riskOf({ expectedRegret, breaks }: Certainty): number {
  return (1 - breaks) * expectedRegret + breaks;
}

/** Of a tie: more runs of all that are in it; null where no number of them is likely to tell. */
export function nextForTie(choice: Choice, contenders: readonly Contender[]): Experiment | null {
  if (choice.needed === null) return null;
  const tied = contenders.filter(({ key }) => choice.keys.includes(key));
  const have = Math.min(...tied.flatMap(({ cells }) => cells.map(({ runs }) => runs.length)));
  return {
    keys: tied.map(({ key }) => key),
    links: tied[0]!.cells.map((_, link) => link),
    runs: Math.max(1, choice.needed - have),
    ...{ now: null, after: null },
  };
}

/** Where nothing passes yet: the cells whose objectives are open and can be decided by runs. */
export function nextForUndecided(contenders: readonly Contender[]): Experiment | null {
  const open = contenders
    .filter(({ standing }) => standing === 'undecided')
    .map(({ key, cells }) => ({
      key,
      links: cells.flatMap(({ objectives, runs }, link) => {
        const needed = objectives.map((one) => one.needed).filter((one) => one !== null);
        return needed.length === 0 ? [] : [{ link, runs: Math.max(...needed) - runs.length }];
      }),
    }))
    .filter(({ links }) => links.length > 0);
  if (open.length === 0) return null;
  const links = [...new Set(open.flatMap((one) => one.links.map(({ link }) => link)))];
  const runs = Math.max(1, ...open.flatMap((one) => one.links.map((cell) => cell.runs)));
  return {
    keys: open.map(({ key }) => key),
    links: links.sort((a, b) => a - b),
    runs,
    now: null,
    after: null,
  };
}
