/**
 * Who writes the folder of a run: one process at a time. A file says which, and lasts no longer
 * than that process means anything: one that was killed holds nothing.
 *
 * Whoever comes makes a file of the next free number, which only one can, and then looks again for
 * others: of two who come at once at least one sees the other, and leaves.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';

const NAME = /^run-(\d{1,9})\.lock$/;
/** A file without sense is one that is being written, or what a power cut left. */
const WRITING_MS = 10_000;

/** A process, so that another one of the same id is not taken for it. */
export interface Holder {
  readonly pid: number;
  /** When it was started, by the machine's own count; null where that does not tell. */
  readonly started: string | null;
  readonly host: string;
}

export class RunLock {
  readonly #folder: string;
  readonly #path: string;

  /**
   * @param given the folder as the user named it
   * @throws LAB_ERR_RESUME when another process has it; what the system says
   */
  constructor(folder: string, given = folder, self: Holder = thisProcess()) {
    this.#folder = folder;
    let name: string;
    for (;;) {
      const numbers = this.#files().map((file) => Number(NAME.exec(file)?.[1]));
      this.#refuseHeld(given);
      name = `run-${Math.max(0, ...numbers) + 1}.lock`;
      try {
        writeFileSync(join(folder, name), JSON.stringify(self), { flag: 'wx' });
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    this.#path = join(folder, name);
    try {
      this.#refuseHeld(given, name);
    } catch (error) {
      rmSync(this.#path, { force: true });
      throw error;
    }
  }

  /** What the dead have left goes too. Safe to call twice; never throws. */
  release(): void {
    try {
      const others = this.#files().filter((file) => join(this.#folder, file) !== this.#path);
      for (const file of others)
        if (!isHeld(join(this.#folder, file))) rmSync(join(this.#folder, file), { force: true });
      rmSync(this.#path, { force: true });
    } catch {
      // The folder is gone, and the lock with it.
    }
  }

  #files(): string[] {
    return readdirSync(this.#folder).filter((name) => NAME.test(name));
  }

  #refuseHeld(given: string, own?: string): void {
    for (const file of this.#files()) {
      const path = join(this.#folder, file);
      if (file === own || !isHeld(path)) continue;
      const holder = readHolder(path);
      const who =
        holder === undefined
          ? 'another process'
          : `process ${holder.pid}${holder.host === os.hostname() ? '' : ` on ${quoted(holder.host)}`}`;
      throw new LabError('LAB_ERR_RESUME', `${quoted(given)} is in use by ${who}`, {
        hint: `wait until it has ended; should there be no such process, remove ${quoted(join(given, file))}`,
      });
    }
  }
}

/** Whether the process that a lock file names is there still, as far as can be told. */
export function isHeld(path: string): boolean {
  const holder = readHolder(path);
  if (holder === undefined) {
    const found = statSync(path, { throwIfNoEntry: false });
    return found !== undefined && Date.now() - found.mtimeMs < WRITING_MS;
  }
  // Of a process of another machine nobody here knows.
  if (holder.host !== os.hostname()) return true;
  const started = startOf(holder.pid);
  if (started !== undefined) return started === holder.started;
  return holder.started === null && isAlive(holder.pid);
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, started, host } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || typeof host !== 'string') return undefined;
    return { pid: pid as number, started: typeof started === 'string' ? started : null, host };
  } catch {
    return undefined;
  }
}

export function thisProcess(): Holder {
  return { pid: process.pid, started: startOf(process.pid) ?? null, host: os.hostname() };
}

/**
 * Boot and clock tick at which a process was started; undefined of one that has ended, also while
 * its parent has not noticed, and where there is no /proc.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || ticks === undefined) return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${ticks}`;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
