/** The exact null distribution of a sum of signed ranks. */

/** Above this many values the normal approximation is used. */
export const SIGNED_RANK_MAX_VALUES = 100;

/**
 * P(S ≤ s) for s = 0 … the sum of the ranks, where each rank is added or not, with a chance of one
 * half each. Shares of one are added only, so that the relative error stays around 1e-14. Takes
 * ranks.length × their sum steps.
 * @param ranks whole numbers above 0; equal ones are allowed
 */
export function signedRankDistribution(ranks: readonly number[]): Float64Array {
  const shares = new Float64Array(ranks.reduce((sum, rank) => sum + rank, 0) + 1);
  shares[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let s = reached; s >= 0; s--)
      shares[s] = (shares[s]! + (s >= rank ? shares[s - rank]! : 0)) / 2;
  }
  for (let s = 1; s < shares.length; s++) shares[s]! += shares[s - 1]!;
  return shares;
}
