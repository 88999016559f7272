/** What can be ended at any moment, and leaves nothing behind. */
export interface Killable<T> {
  run(): Promise<T>;
  /** `run` rejects soon. */
  kill(): void;
  cleanUp(): Promise<void>;
}

/** Runs it, kills it when `signal` says so, and cleans up whatever happened. */
export async function runKillable<T>(killable: Killable<T>, signal: AbortSignal): Promise<T> {
  const kill = (): void => killable.kill();
  signal.addEventListener('abort', kill);
  try {
    return await killable.run();
  } finally {
    signal.removeEventListener('abort', kill);
    await killable.cleanUp();
  }
}
