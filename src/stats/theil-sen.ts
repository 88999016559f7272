/**
 * The slope of Theil and Sen: the median of the slopes between all pairs of points. Up to 29 % of
 * the points may be anything without moving it far. P. K. Sen, Estimates of the Regression
 * Coefficient Based on Kendall's Tau, JASA 63 (1968).
 */
import { median } from './sample.js';

/** Null where no two points have different x. In units of y per unit of x. */
export function theilSenSlope(
  points: readonly { readonly x: number; readonly y: number }[],
): number | null {
  const slopes = points.flatMap((a, i) =>
    points.slice(i + 1).flatMap((b) => (b.x === a.x ? [] : [(b.y - a.y) / (b.x - a.x)])),
  );
  return slopes.length === 0 ? null : median(slopes);
}
