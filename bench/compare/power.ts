/**
 * How many runs it takes. Estimates, not promises: the next runs may scatter more than those so
 * far.
 */
import { normalUpperQuantile, smallestP, smallestSignedP } from '../../src/stats/index.js';
import { LIMITS } from '../config.js';

/**
 * The fewest runs on each side with which complete separation gives both an interval of the shift
 * and, corrected for `tests` tests, a p below `alpha`.
 */
export function fewestRuns(tests: number, alpha: number): number {
  let runs = 2;
  // An interval of 1 − α exists when even the most extreme order is rarer than α: smallestP ≤ α.
  while (smallestP(runs, runs) > alpha || tests * smallestP(runs, runs) >= alpha) runs += 1;
  return runs;
}

/** The same of blocks, in each of which both sides are measured, all in favour of one side. */
export function fewestBlocks(tests: number, alpha: number): number {
  let blocks = 2;
  while (smallestSignedP(blocks) > alpha || tests * smallestSignedP(blocks) >= alpha) blocks += 1;
  return blocks;
}

/**
 * One side's worth of runs of two samples: their harmonic mean, which is what the length of an
 * interval depends on.
 */
export function effectiveRuns(n: number, m: number): number {
  return (2 * n * m) / (n + m);
}

/**
 * Runs on each side that would likely shorten the interval until it lies wholly inside or wholly
 * beyond ± `margin`, if the shift stays where it is: the length goes with 1 / √runs.
 * @returns null when that is more than 1,000: the shift lies too near the margin
 */
export function runsForInterval(
  shift: number,
  interval: { readonly low: number; readonly high: number },
  margin: number,
  runs: number,
): number | null {
  const size = Math.abs(shift);
  const [below, above] = [shift - interval.low, interval.high - shift];
  const ratio =
    size > margin
      ? (shift > 0 ? below : above) / (size - margin)
      : Math.max(above / (margin - shift), below / (margin + shift));
  return atMost(runs * ratio ** 2);
}

/**
 * Runs on each side that would likely bring a p below `alpha` when it is corrected by `factor`: the
 * test statistic goes with √runs.
 */
export function runsForSignificance(
  p: number,
  factor: number,
  alpha: number,
  runs: number,
): number | null {
  const now = normalUpperQuantile(p / 2);
  const needed = normalUpperQuantile(alpha / factor / 2);
  return atMost(runs * (needed / now) ** 2);
}

function atMost(runs: number): number | null {
  return Number.isFinite(runs) && runs <= LIMITS.repeat ? Math.ceil(runs) : null;
}
