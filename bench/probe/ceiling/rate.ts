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
    (sum, { received, elapsedMs }) => sum + received / perSend / (elapsedMs / 1000),
    0,
  );
}
