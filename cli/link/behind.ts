import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Link, LinkEnd } from '../../bench/link/link.js';
import { namespaceOfProcess } from '../../bench/link/namespace.js';
import { findProgram } from '../../bench/link/requirements.js';
import { LabError } from '../../src/errors.js';
import { EXIT_CODES } from '../exit-codes.js';
import { Exit, note } from '../output.js';

/** A terminal sends the first two to all of its foreground group: to the command, too. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
export const FORWARDED: readonly NodeJS.Signals[] = [...FROM_TERMINAL, 'SIGTERM', 'SIGHUP'];
const GRACE_MS = 3_000;
const LISTEN_MS = 10_000;
const LOOK_MS = 25;
const LISTENING = '0A';

/** Programs of the user's at the ends of a link: none outlives it, or this process. */
export class Behind {
  readonly #link: Link;
  readonly #environment: NodeJS.ProcessEnv;
  #server: ChildProcess | undefined;
  #hasRun = false;
  #linkError: Error | undefined;

  constructor(link: Link) {
    this.#link = link;
    this.#environment = {
      ...process.env,
      LAB_LINK_SERVER: link.serverAddress,
      LAB_LINK_CLIENT: link.clientAddress(0),
    };
  }

  /** The command has, to its end, and the link is still there. */
  get hasRun(): boolean {
    return this.#hasRun && this.#linkError === undefined;
  }

  /**
   * Starts a command line of the shell at the server's end and waits until something listens there.
   * What it prints goes to stderr. @throws LAB_ERR_WORKER_DIED when it ends before, an `Exit` when
   * `isInterrupted`
   */
  async serve(line: string, isInterrupted: () => boolean): Promise<void> {
    const server = this.#start(this.#link.serverEnd, ['/bin/sh', '-c', line], {
      stdio: ['ignore', 2, 2],
      // A process group of its own, so that all that it starts ends with it.
      detached: true,
    });
    this.#server = server;
    await started(server);
    const end = performance.now() + LISTEN_MS;
    while (!listensIn(server.pid)) {
      if (hasEnded(server))
        throw new LabError(
          'LAB_ERR_WORKER_DIED',
          `the server ended (${howEnded(server)}) before it listened`,
          {
            hint: `try it by itself: ${line}`,
          },
        );
      if (isInterrupted()) throw new Exit(EXIT_CODES.interrupted);
      if (performance.now() > end) {
        note(`lab: the server listens nowhere after ${LISTEN_MS / 1_000} s; going on`);
        return;
      }
      await sleep(LOOK_MS);
    }
  }

  /** @returns its exit code. @throws LAB_ERR_WORKER_DIED when the link is gone before it ends */
  async run(command: readonly string[]): Promise<number> {
    const child = this.#start(this.#link.clientEnd, command, { stdio: 'inherit' });
    const isTerminal = process.stdin.isTTY === true;
    const forward = (signal: NodeJS.Signals): void => {
      if (!(isTerminal && FROM_TERMINAL.includes(signal))) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    void this.#link.closed.then((error) => {
      if (error === undefined || hasEnded(child)) return;
      this.#linkError = error;
      void ended(
        child,
        () => child.kill('SIGTERM'),
        () => child.kill('SIGKILL'),
      );
    });
    try {
      await started(child);
      await exited(child);
      this.#hasRun = true;
    } finally {
      for (const signal of FORWARDED) process.off(signal, forward);
    }
    if (this.#linkError !== undefined) throw this.#linkError;
    const { exitCode, signalCode } = child;
    return exitCode ?? 128 + constants.signals[signalCode ?? 'SIGKILL'];
  }

  /** Of the server and all that it started. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server?.pid === undefined) return;
    const group = -server.pid;
    const kill = (signal: NodeJS.Signals): void => {
      try {
        process.kill(group, signal);
      } catch {
        // There is nobody left.
      }
    };
    await ended(
      server,
      () => kill('SIGTERM'),
      () => kill('SIGKILL'),
    );
    kill('SIGKILL');
  }

  #start(end: LinkEnd, command: readonly string[], options: SpawnOptions): ChildProcess {
    const setpriv = findProgram('setpriv');
    // It dies with this process, whatever ends that.
    const bound = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
    const [program = '', ...args] = end.enter([...bound, ...command]);
    return spawn(program, args, { ...options, env: this.#environment });
  }
}

/** Whether somebody at the end where this process is listens on TCP, or has a UDP socket. */
function listensIn(pid: number | undefined): boolean {
  // Until it has entered the end it is here.
  if (namespaceOfProcess(pid) === namespaceOfProcess('self')) return false;
  const rows = (table: string): string[][] => {
    try {
      const lines = readFileSync(`/proc/${pid}/net/${table}`, 'latin1').trim().split('\n').slice(1);
      return lines.map((line) => line.trim().split(/\s+/));
    } catch {
      return [];
    }
  };
  return (
    ['tcp', 'tcp6'].flatMap(rows).some((columns) => columns[3] === LISTENING) ||
    ['udp', 'udp6'].flatMap(rows).length > 0
  );
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function howEnded({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ?? `exit code ${exitCode}`;
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(LabError.from(error)));
  });
}

function exited(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function ended(child: ChildProcess, ask: () => void, kill: () => void): Promise<void> {
  if (hasEnded(child)) return;
  ask();
  const timer = setTimeout(kill, GRACE_MS);
  await exited(child);
  clearTimeout(timer);
}
