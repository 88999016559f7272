import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Marks a started lab and, as they inherit its environment, all processes that it starts. */
const MARK = 'LAB_TEST_FAMILY';
const marks = new WeakMap<ChildProcess, string>();

const LAUNCHER = fileURLToPath(new URL('../../../bin/lab.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface LabOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** A program, with its arguments, that starts the lab: `['timeout', '5']`. */
  readonly through?: readonly string[];
  /**
   * Written to standard input, which then ends. Absent: nothing is. `{open: true}`: left to the
   * caller.
   */
  readonly input?: string | { readonly open: true };
  /** Files and sockets that it may have open. Absent: as many as this process. */
  readonly openFiles?: number;
}

/**
 * Starts `lab` as a user does, in a process group of its own, without a terminal and without
 * colours.
 */
export function start(args: readonly string[], options: LabOptions = {}): ChildProcess {
  // `_` names the program that a shell started: `nohup npm test` would be one.
  const { NO_COLOR: _no, FORCE_COLOR: _force, _: _shell, ...env } = process.env;
  const mark = randomUUID();
  const { through, openFiles } = options;
  const limited =
    openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`];
  const [program = '', ...before] = [...(through ?? limited), process.execPath];
  const child = spawn(program, [...before, LAUNCHER, ...args], {
    cwd: options.cwd,
    env: { ...env, ...options.env, [MARK]: mark },
    detached: true,
  });
  marks.set(child, mark);
  if (typeof options.input !== 'object') child.stdin.end(options.input ?? '');
  return child;
}

/** Everything a started lab says until it ends. */
export async function finish(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((done) => child.on('close', (exit) => done(exit)));
  return { code, stdout, stderr };
}

export async function lab(args: readonly string[], options: LabOptions = {}): Promise<Finished> {
  return await finish(start(args, options));
}

/** Processes that a started lab and its workers are, as far as they live still. Linux only. */
export function familyOf(child: ChildProcess): number[] {
  const mark = `${MARK}=${marks.get(child)}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // Empty for what is left of a process until its parent notices.
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Is the child, or anything that it started, still there? */
export function anyAlive(child: ChildProcess): boolean {
  if (process.platform === 'linux') return familyOf(child).length > 0;
  try {
    process.kill(-child.pid!, 0);
    return true;
  } catch {
    return false;
  }
}
