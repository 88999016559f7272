const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * In a worker: stopping is the coordinator's to decide, and the worker ends when that does. Whoever
 * signals the whole process group (a terminal, `timeout`, an aborted CI job) or every process of a
 * unit (systemd) must not take the workers, and with them what was measured, from under it.
 */
export function leaveStopSignals(): void {
  for (const signal of STOP_SIGNALS) process.on(signal, () => {});
}
