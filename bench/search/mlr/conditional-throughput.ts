/**
 * Conditional throughput (draft-ietf-bmwg-mlrsearch-15): what was forwarded in the full-length
 * trial at the (1 − exceed ratio) quantile, by time, of those at the relevant lower bound. The load
 * that was meant is no throughput: a goal may allow a loss. Pure.
 */

export interface Forwarded {
  readonly durationS: number;
  /** Deliveries ÷ those of the load that was asked for, 0 to 1. */
  readonly forwardingRatio: number;
}

/**
 * The forwarding ratio of that trial; null without any.
 * @param trials full-length, at one load
 */
export function forwardingQuantile(
  trials: readonly Forwarded[],
  exceedRatio: number,
): number | null {
  const best = trials.toSorted((a, b) => b.forwardingRatio - a.forwardingRatio);
  const whole = best.reduce((sum, { durationS }) => sum + durationS, 0);
  let remaining = whole * (1 - exceedRatio);
  let ratio: number | null = null;
  for (const one of best) {
    if (ratio !== null && remaining <= 0) break;
    ratio = one.forwardingRatio;
    remaining -= one.durationS;
  }
  return ratio;
}
