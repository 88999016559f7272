/** How much of what the lab's own clients saw is of their making. Pure. */
import type { CellResult } from '../../bench/result/result.js';

/** Of the deliveries; with fewer stamped the two means are of different deliveries. */
const FEWEST_STAMPED = 0.9;

/**
 * Mean instrument ÷ mean receipt, a share: pair by pair receipt = arrival + instrument, so means
 * may be divided, and percentiles may not. Null where fewer than 90 % of the deliveries were read
 * with a stamp.
 */
export function instrumentShare({ instrument_us, receipt_us }: CellResult): number | null {
  const [instrument, receipt] = [instrument_us?.mean ?? null, receipt_us.mean];
  if (instrument_us === null || instrument === null || receipt === null || receipt <= 0)
    return null;
  return instrument_us.count < receipt_us.count * FEWEST_STAMPED ? null : instrument / receipt;
}
