/** What one process received in a window: its own, or over UDP that of the sender. */
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

/** The sum over processes of what they received of the same window. */
export function inOneWindow(counts: readonly WindowCount[]): WindowCount {
  const [{ elapsedMs } = { elapsedMs: 0 }] = counts;
  return { received: counts.reduce((sum, { received }) => sum + received, 0), elapsedMs };
}
