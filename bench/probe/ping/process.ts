import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { startTimer } from '../../../src/core/timer.js';

export interface ProcessOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Set when the program could not be started at all. */
  readonly error: NodeJS.ErrnoException | null;
}

/** Output beyond this (70,000 replies) is dropped, except for its end, where the summary is. */
const KEPT_CHARACTERS = 4 * 1024 * 1024;
const KEPT_TAIL = 4_096;
/**
 * How long a program gets to print its summary after SIGINT, and its pipes to close after its end.
 */
const KILL_AFTER_MS = 1_000;
const CLOSE_AFTER_MS = 500;

/**
 * Of its own, so that a signal to our process group, which is for us to act on, does not end it.
 */
const OWN_GROUP = { detached: process.platform !== 'win32' } as const;

const living = new Set<ChildProcess>();
let watchesExit = false;

/**
 * A running program whose output is collected, bounded; it never outlives this process' orderly
 * exit.
 */
export class PingProcess {
  readonly finished: Promise<ProcessOutput>;
  #child: ChildProcess | undefined;
  #interrupted = false;

  /** Runs `file` without a shell, in the C locale, and interrupts it after `maxMs`. */
  constructor(file: string, args: readonly string[], maxMs: number) {
    this.finished = new Promise((resolve) => this.#start(file, args, maxMs, resolve));
  }

  /**
   * SIGINT, so that it prints its summary; SIGKILL one second later. On Windows it ends at once.
   */
  interrupt(): void {
    const child = this.#child;
    if (child === undefined || this.#interrupted) return;
    this.#interrupted = true;
    child.kill('SIGINT');
    const kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    child.once('exit', () => clearTimeout(kill));
  }

  #start(
    file: string,
    args: readonly string[],
    maxMs: number,
    resolve: (output: ProcessOutput) => void,
  ): void {
    const env = { ...process.env, LC_ALL: 'C', LANG: 'C' };
    let child: ChildProcess;
    try {
      const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
      child = spawn(file, args, { ...OWN_GROUP, stdio, windowsHide: true, env });
    } catch (error) {
      resolve({ stdout: '', stderr: '', error: error as NodeJS.ErrnoException });
      return;
    }
    this.#child = child;
    killOnExit(child);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const limit = startTimer(() => this.interrupt(), maxMs);
    const finish = (error: NodeJS.ErrnoException | null): void => {
      limit.cancel();
      living.delete(child);
      resolve({ stdout: stdout(), stderr: stderr(), error });
    };
    // An error after the start (a signal that could not be sent) changes nothing: the end is still
    // to come.
    child.on('error', (error) => child.pid === undefined && finish(error));
    child.once('close', () => finish(null));
    child.once('exit', () => {
      // A grandchild may hold the pipes open for ever.
      const close = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, CLOSE_AFTER_MS);
      child.once('close', () => clearTimeout(close));
    });
  }
}

function killOnExit(child: ChildProcess): void {
  living.add(child);
  if (watchesExit) return;
  watchesExit = true;
  process.once('exit', () => {
    for (const each of living) each.kill('SIGKILL');
  });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let head = '';
  let tail = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    if (head.length < KEPT_CHARACTERS) head += chunk;
    else tail = (tail + chunk).slice(-KEPT_TAIL);
  });
  return () => (tail === '' ? head : `${head}\n${tail}`);
}
