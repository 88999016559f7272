/** How many files and sockets this process may have open, and has. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type ReadText, readText } from './read-text.js';

/** What is asked of the system; tests put another one in its place. */
export interface SystemProbe {
  readonly platform: NodeJS.Platform;
  readonly readText: ReadText;
  /** Standard output of a program, null when it fails or takes longer than 3 s. */
  readonly run: (file: string, args: readonly string[]) => Promise<string | null>;
}

const RUN_LIMIT_MS = 3_000;

/** The system itself, nothing put in its place. */
export const THIS_SYSTEM: SystemProbe = { platform: process.platform, readText, run };

/**
 * How many files and sockets this process may have open (soft limit of RLIMIT_NOFILE); null when
 * there is no limit, or none that can be read (Windows). Node raises the soft limit to the hard one
 * as it starts.
 */
export async function openFilesLimit(overrides: Partial<SystemProbe> = {}): Promise<number | null> {
  const limit = await readOpenFilesLimit({ ...THIS_SYSTEM, ...overrides });
  return limit === 'unlimited' ? null : limit;
}

/**
 * The same limit, with the word for none; null when it cannot be read, or there is no such limit
 * (Windows).
 */
export async function readOpenFilesLimit(probe: SystemProbe): Promise<number | 'unlimited' | null> {
  if (probe.platform === 'win32') return null;
  const limits = await probe.readText('/proc/self/limits');
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1];
  // A shell inherits the limit of its parent.
  const value = soft ?? (await probe.run('sh', ['-c', 'ulimit -n']))?.trim();
  if (value === 'unlimited') return value;
  return value !== undefined && /^\d+$/.test(value)
    ? Math.min(Number(value), Number.MAX_SAFE_INTEGER)
    : null;
}

/** Files and sockets that this process has open; undefined where the system does not tell. */
export async function countOpenFiles(): Promise<number | undefined> {
  try {
    // One of them is that of reading the folder.
    return (await readdir('/proc/self/fd')).length - 1;
  } catch {
    return undefined;
  }
}

async function run(file: string, args: readonly string[]): Promise<string | null> {
  try {
    // Without optional locks git only reads: it does not refresh the index of a checkout somebody
    // works in.
    const env = { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' };
    const options = { timeout: RUN_LIMIT_MS, env, windowsHide: true };
    return (await promisify(execFile)(file, [...args], options)).stdout;
  } catch {
    return null;
  }
}
