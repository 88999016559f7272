/** Arithmetic of the ceiling baseline. Pure. */
import type { Ceiling } from '../probe/ceiling/ceiling.js';
import type { CellResult } from '../result/result.js';

/** The field of a cell; null: nobody asked for the ceiling, nobody knows what was delivered. */
export function ceilingFigures(
  ceiling: Ceiling | null,
  deliveredPerSecond: number | null,
): CellResult['ceiling'] {
  if (ceiling === null) {
    return {
      available: false,
      reason: 'not asked for (--ceiling)',
      messages_per_s: null,
      ratio: null,
    };
  }
  const { available, reason, messages_per_s } = ceiling;
  const ratio =
    messages_per_s === null || deliveredPerSecond === null
      ? null
      : deliveredPerSecond / messages_per_s;
  return { available, reason, messages_per_s, ratio };
}
