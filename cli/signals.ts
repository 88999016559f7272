/** Signals that ask a command to end: the first wish is to stop and report, the second to quit. */
import { readFileSync, readlinkSync } from 'node:fs';
import { EXIT_CODES } from './exit-codes.js';
import { Exit } from './output.js';

/** How long a kill may take to clean up before the process leaves anyway. */
const KILL_LIMIT_MS = 3_000;
/**
 * Signals that come this soon after one are the same wish, whatever their kind: `timeout` signals
 * its child and then the group, a terminal that closes hangs up and its shell terminates.
 */
const ONE_WISH_MS = 1_000;

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const HANG_UP = 'SIGHUP';

/** The part of `process` that is needed. */
export interface SignalHost {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
}

export interface Interrupts {
  /** After the first wish: wind down and report. */
  readonly stop: AbortSignal;
  /** After the second, aborted with an `Exit`: end everything at once. */
  readonly kill: AbortSignal;
  /**
   * Lets signals have their usual effect again; after a wish the command is at its end, and the
   * rest of that wish still counts.
   */
  dispose(): void;
}

/**
 * Turns signals into `stop` and then `kill`; a third wish leaves at once. `announce` is called
 * once, at the first.
 */
export function watchInterrupts(
  announce: (text: string) => void,
  host: SignalHost = process,
  now: () => number = () => performance.now(),
): Interrupts {
  const stop = new AbortController();
  const kill = new AbortController();
  let wishedAt = Number.NEGATIVE_INFINITY;
  const onSignal = (): void => {
    // From the first signal of the wish: a key that is held down does quit in the end.
    if (now() - wishedAt < ONE_WISH_MS) return;
    wishedAt = now();
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
  const taken = STOP_SIGNALS.filter((signal) => signal !== HANG_UP || !hangUpIsIgnored());
  for (const signal of taken) host.on(signal, onSignal);
  return {
    stop: stop.signal,
    kill: kill.signal,
    dispose: () => {
      if (stop.signal.aborted) return;
      for (const signal of taken) host.off(signal, onSignal);
    },
  };
}

/** Lets `nohup` have its effect on every command, also on those that listen to no signal. */
export function honourNohup(host: Pick<SignalHost, 'on'> = process): void {
  if (hangUpIsIgnored()) host.on(HANG_UP, () => {});
}

let ignored: boolean | undefined;

function hangUpIsIgnored(): boolean {
  ignored ??= startedByNohup(process.env, standardInput()) || ignoresHangUp(statusOf(process.ppid));
  return ignored;
}

/**
 * Whether a process ignores SIGHUP, by its /proc/…/status: what a shell script under nohup does,
 * and hands down to what it starts.
 */
export function ignoresHangUp(status: string): boolean {
  const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  // Bit n − 1 for signal n, and a hang-up is signal 1.
  return (Number.parseInt(mask.at(-1) as string, 16) & 1) === 1;
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * File behind standard input, and the flags it was opened with; undefined where /proc does not
 * tell.
 */
export interface OpenInput {
  readonly path: string;
  readonly flags: number;
}

/**
 * Whether `nohup` started this process. That is no longer to be seen in the disposition of SIGHUP:
 * Node sets every signal back to its default before any JavaScript runs. What nohup leaves behind
 * is its name in `_`, where the shell (bash, zsh, ksh) puts the program it starts; and GNU's gives
 * a program whose input was a terminal /dev/null open for writing only.
 */
export function startedByNohup(env: NodeJS.ProcessEnv, input: OpenInput | undefined): boolean {
  if (/(^|\/)nohup$/.test(env._ ?? '')) return true;
  return (
    input !== undefined && input.path === '/dev/null' && (input.flags & ACCESS_MODE) === WRITE_ONLY
  );
}

const ACCESS_MODE = 0o3;
const WRITE_ONLY = 0o1;

function standardInput(): OpenInput | undefined {
  try {
    const [, flags = ''] =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8')) ?? [];
    return { path: readlinkSync('/proc/self/fd/0'), flags: Number.parseInt(flags, 8) };
  } catch {
    return undefined;
  }
}
