import { seedState } from '../../src/random.js';

/** Before the stream of the seed that a run takes for its link; the others are far below. */
const LINK_STREAM = 2_000_000;

/**
 * What the link of a cell loses follows from this. All cells of one round have the same, so that
 * they lose the same packets by number. Each round has another, since repeats that lose the same
 * again would not show how much of a figure is chance; the first has that of the run itself, as
 * `lab link` with the same seed.
 */
export function linkSeed(seed: number, run: number): number {
  if (run === 1) return seed;
  const [low, high] = seedState(seed, LINK_STREAM + run);
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
