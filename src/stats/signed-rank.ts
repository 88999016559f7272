/**
 * The Wilcoxon signed-rank test and its estimate: are the differences of pairs symmetric about 0,
 * and if not, about what?
 */
import { LabError } from '../errors.js';
import type { Interval } from './hodges-lehmann.js';
import { normalUpperQuantile, normalUpperTail } from './normal.js';
import { checkSample, checkShare, checkWhole, medianOfSorted } from './sample.js';
import { SIGNED_RANK_MAX_VALUES, signedRankDistribution } from './signed-rank-distribution.js';

export interface SignedRankResult {
  /** Sum of the ranks of the positive differences; equal sizes share the mean of their ranks. */
  readonly w: number;
  /** Two-sided. */
  readonly p: number;
  /** `exact`: by counting all signs, ties and zeros included. */
  readonly method: 'exact' | 'asymptotic';
}

/** The pairwise means of the differences are all held and sorted. */
const MAX_VALUES = 2_000;

/**
 * Tests that each difference is as likely to be x as −x. Zeros keep their rank and have no sign (J.
 * W. Pratt, *Remarks on zeros and ties in the Wilcoxon signed rank procedures*, 1959). Up to 100
 * differences p is exact, by the distribution over all signs of these very ranks; above, the normal
 * approximation with continuity correction. Without ties and zeros the figures agree with SciPy's
 * `wilcoxon(x)`.
 * @throws LAB_ERR_BAD_VALUE for an empty sample, or a value that is not finite
 */
export function signedRank(differences: readonly number[]): SignedRankResult {
  checkSample('the differences', differences);
  const ranks = doubledRanks(differences);
  let doubled = 0;
  for (const [i, difference] of differences.entries()) if (difference > 0) doubled += ranks[i]!;
  const signed = ranks.filter((_, i) => differences[i] !== 0);
  const total = signed.reduce((sum, rank) => sum + rank, 0);
  const exact = differences.length <= SIGNED_RANK_MAX_VALUES;
  const least = Math.min(doubled, total - doubled);
  const p = exact
    ? Math.min(1, 2 * signedRankDistribution(signed)[least]!)
    : asymptoticP(least, signed);
  return { w: doubled / 2, p, method: exact ? 'exact' : 'asymptotic' };
}

/**
 * The smallest p that n differences, no two of one size and none 0, can have: all of one sign.
 * @throws LAB_ERR_BAD_VALUE
 */
export function smallestSignedP(n: number): number {
  checkWhole('n', n, 1, Number.MAX_SAFE_INTEGER);
  return Math.min(1, 2 ** (1 - n));
}

/**
 * The Hodges–Lehmann estimate that belongs to the test, in the unit of the values: the median of
 * the means of all pairs of differences, each with itself too (Hollander and Wolfe, *Nonparametric
 * Statistical Methods*, §3.2).
 * @throws LAB_ERR_BAD_VALUE for an empty sample, one of more than 2,000, or a value not finite
 */
export function pseudomedian(differences: readonly number[]): number {
  return medianOfSorted(pairMeans(differences));
}

/**
 * Its distribution-free confidence interval (§3.3 there, after Tukey): the k-th smallest to the
 * k-th largest of those means, k as large as P(W ≤ k − 1) ≤ (1 − confidence) / 2 allows.
 * @returns null when there are too few values for any interval of this confidence (5 have none of
 * 95 %)
 * @throws as `pseudomedian`, and for a confidence that is not between 0 and 1
 */
export function pseudomedianInterval(
  differences: readonly number[],
  confidence = 0.95,
): Interval | null {
  checkShare('confidence', confidence);
  const sorted = pairMeans(differences);
  const k = criticalRank(differences.length, (1 - confidence) / 2);
  return k < 1 ? null : { low: sorted[k - 1]!, high: sorted[sorted.length - k]! };
}

/** The largest k with P(W ≤ k − 1) ≤ tail; 0 when there is none. */
function criticalRank(n: number, tail: number): number {
  if (n <= SIGNED_RANK_MAX_VALUES) {
    const ranks = Array.from({ length: n }, (_, i) => i + 1);
    return signedRankDistribution(ranks).findIndex((below) => below > tail * (1 + 1e-9));
  }
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
  return Math.max(0, Math.floor((n * (n + 1)) / 4 - normalUpperQuantile(tail) * deviation));
}

/** Twice the rank of each by its size, so that a shared one is whole too. */
function doubledRanks(differences: readonly number[]): number[] {
  const sizes = differences.map(Math.abs);
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[a]! - sizes[b]!);
  const ranks = new Array<number>(sizes.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && sizes[order[end]!] === sizes[order[start]!]) end++;
    // Ranks start + 1 … end: twice their mean is start + 1 + end.
    for (let i = start; i < end; i++) ranks[order[i]!] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/** Half a rank, in doubled ranks one, towards the mean. */
function asymptoticP(least: number, signed: readonly number[]): number {
  const [mean, variance] = signed.reduce(
    ([sum, squares], rank) => [sum + rank / 2, squares + rank ** 2 / 4],
    [0, 0],
  );
  if (variance === 0) return 1;
  return Math.min(1, 2 * normalUpperTail((mean - least - 1) / Math.sqrt(variance)));
}

function pairMeans(differences: readonly number[]): Float64Array {
  checkSample('the differences', differences);
  const n = differences.length;
  if (n > MAX_VALUES) {
    throw new LabError('LAB_ERR_BAD_VALUE', `${n} differences make too many pairs`, {
      hint: `give at most ${MAX_VALUES}`,
    });
  }
  const means = new Float64Array((n * (n + 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) means[at++] = differences[i]! / 2 + differences[j]! / 2;
  return means.sort();
}
