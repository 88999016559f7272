/** Arithmetic of the ceiling baseline. Pure. */
import type { Ceiling } from '../probe/ceiling/ceiling.js';
import type { CellResult } from '../result/result.js';

/** What one process received in its window, by its own clock. */
export interface WindowCount {
  readonly received: number;
  readonly elapsedMs: number;
}

/**
 * The sum of the processes' rates: each divides by the time that *its* window took, as a busy event
 * loop ends it late. `perSend`: how much of what is counted one send brings.
 */
export function sendsPerSecond(counts: readonly WindowCount[], perSend: number): number {
  return counts.reduce(
    (sum, { received, elapsedMs }) => sum + received / perSend / (elapsedMs / 1_000),
    0,
  );
}

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
