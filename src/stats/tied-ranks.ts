/**
 * How many choices of `chosen` of these values have ranks that sum to at most s, for s = 0 … to the
 * largest, which all have: the null distribution of the Wilcoxon rank sum, given the ties. Ranks are
 * whole numbers, so with ties twice the ranks. Counts the ways value by value (the shift
 * algorithm: B. Streitberg and J. Röhmel, *Exact distributions for permutation and rank tests*,
 * 1986), in O(values × chosen × sum) steps. The counts are exact up to 56 values.
 */
export function orderCounts(ranks: readonly number[], chosen: number): Float64Array {
  const most = ranks
    .toSorted((a, b) => b - a)
    .slice(0, chosen)
    .reduce((sum, rank) => sum + rank, 0);
  // ways[k][s]: so many choices of k of the values so far have the sum s.
  const ways = Array.from({ length: chosen + 1 }, () => new Float64Array(most + 1));
  ways[0]![0] = 1;
  for (const rank of ranks) {
    for (let k = chosen; k > 0; k--) {
      const [fewer, these] = [ways[k - 1]!, ways[k]!];
      for (let sum = most; sum >= rank; sum--) these[sum]! += fewer[sum - rank]!;
    }
  }
  const tails = ways[chosen]!;
  for (let sum = 1; sum <= most; sum++) tails[sum]! += tails[sum - 1]!;
  return tails;
}
