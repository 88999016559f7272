import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../../bin/lab.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface LabOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to standard input, which then ends. Absent: nothing is. `{open: true}`: left to the caller. */
  readonly input?: string | { readonly open: true };
}

/** Starts `lab` as a user does, in a process group of its own, without a terminal and without colours. */
export function start(args: readonly string[], options: LabOptions = {}): ChildProcess {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env;
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd: options.cwd,
    env: { ...env, ...options.env },
    detached: true,
  });
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

/** Is any process of the child's group still there? */
export function groupAlive(child: ChildProcess): boolean {
  try {
    process.kill(-child.pid!, 0);
    return true;
  } catch {
    return false;
  }
}
