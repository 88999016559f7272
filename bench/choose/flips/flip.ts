/** What would change a choice, and how it is found. */

export type FlipAxis = 'loss' | 'rtt' | 'rate' | 'clients' | 'size' | 'objective' | 'price';

export interface Flip {
  readonly axis: FlipAxis;
  /** The link that is varied, the expression of the objective, or the name of the price; else ''. */
  readonly of: string;
  /** Of all values here. */
  readonly unit: string;
  readonly now: number;
  readonly direction: 'up' | 'down';
  /**
   * `interpolated`: between two measured cells, the figures of both taken to change evenly.
   * `between`: the choice differs at two measured neighbours, and nothing tells where it changes.
   * `exact`: it follows from the figures of the measured cells. `none`: as far as was measured, the
   * choice stays.
   */
  readonly kind: 'interpolated' | 'between' | 'exact' | 'none';
  /** Where it changes; null where nothing tells, and where it does not. */
  readonly at: number | null;
  /** The measured neighbours; of `none` how far was measured. Null of `exact`. */
  readonly low: number | null;
  readonly high: number | null;
  /** Key of what is chosen then; null: nothing meets the objectives, or the choice stays. */
  readonly becomes: string | null;
}

/**
 * How far the value would have to change, as a share of the larger of both: 0.5 = doubled or
 * halved. Null where the choice stays.
 */
export function distanceOf({ kind, at, low, high, now }: Flip): number | null {
  if (kind === 'none') return null;
  // Not before the nearer neighbour, which was measured.
  const nearest = at ?? (Math.abs(low! - now) < Math.abs(high! - now) ? low! : high!);
  const most = Math.max(Math.abs(nearest), Math.abs(now));
  return most === 0 ? 0 : Math.abs(nearest - now) / most;
}
