/**
 * Runs a program for an alert: directly, never through a shell, so that nothing in a message can be
 * a command.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Message } from '../../src/core/message.js';

/**
 * Programs that run at one time, and alerts that wait for their turn. More are skipped, and
 * counted.
 */
const MAX_RUNNING = 4;
const MAX_WAITING = 256;
/** A program that runs longer is killed, ms. */
const TIMEOUT_MS = 30_000;
/** What one environment variable may hold; the kernel takes no more than 128 KiB. */
const MAX_VARIABLE_BYTES = 32 * 1024;
const MAX_MEMBERS = 64;

export interface AlertExecOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Say what went wrong, in one line. */
  readonly say: (text: string) => void;
  /** Let the program write to stderr. */
  readonly output: boolean;
}

export class AlertExec {
  /** Alerts for which no program was run, or whose program failed. */
  failed = 0;
  readonly #options: AlertExecOptions;
  readonly #running = new Set<ChildProcess>();
  readonly #waiting: NodeJS.ProcessEnv[] = [];
  #skipped = 0;
  #idle: () => void = () => {};

  constructor(options: AlertExecOptions) {
    this.#options = options;
  }

  fire(alert: string, message: Message): void {
    const env = { ...inherited(process.env), ...alertEnvironment(alert, message) };
    if (this.#running.size < MAX_RUNNING) this.#run(env);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(env);
    else {
      this.#skipped += 1;
      this.failed += 1;
    }
  }

  /** Waits for the programs that run or wait; `kill` ends them. */
  async finish(kill: AbortSignal): Promise<void> {
    const onKill = (): void => {
      this.#waiting.length = 0;
      for (const child of this.#running) child.kill('SIGKILL');
    };
    kill.addEventListener('abort', onKill);
    if (kill.aborted) onKill();
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    kill.removeEventListener('abort', onKill);
    if (this.#skipped > 0)
      this.#options.say(`--exec was not run for ${this.#skipped} alerts: too many at one time`);
  }

  #run(env: NodeJS.ProcessEnv): void {
    const { program, args, output } = this.#options;
    const shown = output ? process.stderr : 'ignore';
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        env,
        stdio: ['ignore', shown, shown],
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
      });
    } catch (error) {
      this.#fail((error as Error).message);
      return;
    }
    this.#running.add(child);
    child.once('error', (error) => {
      this.#fail(error.message);
      this.#ended(child);
    });
    child.once('close', (code, signal) => {
      if (code !== 0 && this.#running.has(child))
        this.#fail(signal === null ? `exit code ${code}` : `killed by ${signal}`);
      this.#ended(child);
    });
  }

  #fail(why: string): void {
    this.failed += 1;
    this.#options.say(`--exec ${this.#options.program}: ${why}`);
  }

  #ended(child: ChildProcess): void {
    // A program that could not be started says 'error', and may say 'close' too.
    if (!this.#running.delete(child)) return;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#run(next);
    if (this.#running.size === 0) this.#idle();
  }
}

/** What a `lab` around this one set is not about this message. */
function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^LAB_(VALUE|KEY$|SEQ$|TIME$|ALERT$)/.test(name)),
  );
}

/**
 * LAB_ALERT, LAB_KEY, LAB_SEQ, LAB_TIME, LAB_VALUE (JSON; bytes as base64) and each top-level text,
 * number or boolean of the value as LAB_VALUE_<NAME>. What is too long, or a name that came before,
 * is left out; NUL, which no variable can hold, becomes U+FFFD.
 */
export function alertEnvironment(
  alert: string,
  { key, seq, time, value }: Message,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  const set = (name: string, text: string): void => {
    if (Object.hasOwn(env, name) || Buffer.byteLength(text) > MAX_VARIABLE_BYTES) return;
    env[name] = text.replaceAll('\0', '\ufffd');
  };
  set('LAB_ALERT', alert);
  set('LAB_KEY', key);
  set('LAB_SEQ', String(seq));
  set('LAB_TIME', String(time));
  const isBytes = value instanceof Uint8Array;
  set('LAB_VALUE', JSON.stringify(isBytes ? Buffer.from(value).toString('base64') : value));
  if (isBytes || typeof value !== 'object' || value === null) return env;
  for (const [name, member] of Object.entries(value).slice(0, MAX_MEMBERS)) {
    if (!['string', 'number', 'boolean'].includes(typeof member) || name.length > 64) continue;
    set(`LAB_VALUE_${name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')}`, String(member));
  }
  return env;
}
