/** Ctrl-C: once to stop and report, twice to quit. */
import { EXIT_CODES } from './exit-codes.js';
import { Exit } from './output.js';

/** How long a kill may take to clean up before the process leaves anyway. */
const KILL_LIMIT_MS = 3_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The part of `process` that is needed. */
export interface SignalHost {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
}

export interface Interrupts {
  /** After the first signal: wind down and report. */
  readonly stop: AbortSignal;
  /** After the second, aborted with an `Exit`: end everything at once. */
  readonly kill: AbortSignal;
  /** Lets signals have their usual effect again. */
  dispose(): void;
}

/** Turns signals into `stop` and then `kill`. `announce` is called once, at the first. */
export function watchInterrupts(announce: (text: string) => void, host: SignalHost = process): Interrupts {
  const stop = new AbortController();
  const kill = new AbortController();
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      announce('stopping: draining and reporting what there is (Ctrl-C again to quit)');
      stop.abort(new Exit(EXIT_CODES.interrupted));
    } else if (!kill.signal.aborted) {
      kill.abort(new Exit(EXIT_CODES.interrupted));
      setTimeout(() => host.exit(EXIT_CODES.interrupted), KILL_LIMIT_MS).unref();
    } else {
      host.exit(EXIT_CODES.interrupted);
    }
  };
  for (const signal of SIGNALS) host.on(signal, onSignal);
  return {
    stop: stop.signal,
    kill: kill.signal,
    dispose: () => {
      for (const signal of SIGNALS) host.off(signal, onSignal);
    },
  };
}
