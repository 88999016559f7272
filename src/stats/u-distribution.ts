/**
 * The exact null distribution of Mann–Whitney's U: n values of one sample and m of another, no two
 * equal, every one of the C(n + m, n) orders equally likely.
 */

/**
 * Above this many values the normal approximation is used: for samples of equal size and p < 0.1 it
 * is then within 0.001.
 */
export const EXACT_MAX_VALUES = 50;

/**
 * P(U ≤ u) for u = 0 … n·m. Counts orders by the recursion of H. B. Mann and D. R. Whitney, *On a
 * test of whether one of two random variables is stochastically larger than the other* (1947): the
 * largest value is either of the first sample, then it exceeds all m of the second, or of the
 * second, then it adds nothing:
 *
 *     count(n, m, u) = count(n − 1, m, u − m) + count(n, m − 1, u)
 *
 * The counts are whole numbers below 2^53 up to 56 values, and only ever added: beyond that the
 * relative error stays around 1e-14. Takes O(n²·m²) steps.
 */
export function uDistribution(n: number, m: number): Float64Array {
  // rows[j] holds count(i, j, ·) for the i reached so far.
  let rows = Array.from({ length: m + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= n; i++) {
    const next = [Float64Array.of(1)];
    for (let j = 1; j <= m; j++) {
      const counts = new Float64Array(i * j + 1);
      counts.set(rows[j]!, j);
      const below = next[j - 1]!;
      for (let u = 0; u < below.length; u++) counts[u]! += below[u]!;
      next.push(counts);
    }
    rows = next;
  }
  const counts = rows[m]!;
  for (let u = 1; u < counts.length; u++) counts[u]! += counts[u - 1]!;
  const total = counts.at(-1)!;
  return counts.map((count) => count / total);
}

/**
 * C(n + m, n): in how many orders two samples of n and m different values can stand. Infinity where
 * no double holds it.
 */
export function orders(n: number, m: number): number {
  let product = 1;
  for (let i = 1; i <= Math.min(n, m) && product < Infinity; i++)
    product *= (Math.max(n, m) + i) / i;
  return product;
}
