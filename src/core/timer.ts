/** The longest delay that a timer of Node keeps, ms: one above it fires at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

export interface Timer {
  cancel(): void;
}

/**
 * Calls back after `delayMs`, however long that is; infinite = never. Every delay that is no
 * constant of the program goes through here: `setTimeout` takes more than 24.8 days for 1 ms.
 * `unref`: it does not keep the process up.
 */
export function startTimer(
  callback: () => void,
  delayMs: number,
  options?: { readonly unref?: boolean },
): Timer {
  const unref = options?.unref === true;
  if (delayMs > LONGEST_TIMER_MS) return startLongTimer(callback, delayMs, unref);
  const handle = setTimeout(callback, delayMs);
  if (unref) handle.unref();
  return { cancel: () => clearTimeout(handle) };
}

function startLongTimer(callback: () => void, delayMs: number, unref: boolean): Timer {
  let handle: NodeJS.Timeout;
  const wait = (left: number): void => {
    const isLast = left <= LONGEST_TIMER_MS;
    handle = isLast
      ? setTimeout(callback, left)
      : setTimeout(() => wait(left - LONGEST_TIMER_MS), LONGEST_TIMER_MS);
    if (unref) handle.unref();
  };
  wait(delayMs);
  return { cancel: () => clearTimeout(handle) };
}

/** Resolves after `delayMs`. @throws the reason of `signal` when that is aborted before */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = startTimer(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
