/**
 * The standard normal distribution, to about 13 significant digits in both the middle and the
 * tails.
 */

import { checkShare } from './sample.js';

const SQRT_2PI = Math.sqrt(2 * Math.PI);

/**
 * Where the series (all terms positive, so no cancellation) hands over to the continued fraction.
 */
const TAIL = 3;

/**
 * P(Z > z). Series and continued fraction of M. Abramowitz and I. A. Stegun, *Handbook of
 * Mathematical Functions*, 26.2.11 and 26.2.14.
 */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  const density = Math.exp((-z * z) / 2) / SQRT_2PI;
  return z < TAIL ? 0.5 - density * centralSeries(z) : density / tailFraction(z);
}

/**
 * The z with P(Z > z) = p, for 0 < p < 1; by bisection, as it is needed a few times per table only.
 * @throws LAB_ERR_BAD_VALUE for another p
 */
export function normalUpperQuantile(p: number): number {
  checkShare('p', p);
  // P(Z > 40) is below the smallest positive double.
  let low = -40;
  let high = 40;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (normalUpperTail(middle) > p) low = middle;
    else high = middle;
  }
}

/** z + z³/3 + z⁵/(3·5) + …  */
function centralSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; term > sum * Number.EPSILON; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return sum;
}

/**
 * z + 1/(z + 2/(z + 3/(z + …))), from the far end; at z ≥ 3 that many terms are more than doubles
 * can show.
 */
function tailFraction(z: number): number {
  let value = z;
  for (let k = 120; k >= 1; k--) value = z + k / value;
  return value;
}
