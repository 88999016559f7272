/**
 * Stopping is the coordinator's to decide: whoever signals the whole process group (a terminal, `timeout`, an aborted CI job) or
 * every process of a unit (systemd) must not take the workers, and with them what was measured, from under it.
 */

/** For every process that the lab starts: a group of its own, which no signal to ours reaches, from its first moment on. */
export const OWN_GROUP = { detached: process.platform !== 'win32' } as const;

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** In a worker: signals sent to it by number have no effect either. It ends when its coordinator does. */
export function leaveStopSignals(): void {
  for (const signal of STOP_SIGNALS) process.on(signal, () => {});
}
