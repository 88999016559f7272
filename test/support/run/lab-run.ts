/** Whole runs, small enough for a test, and a look at the processes they start. */
import { readdir, readFile } from 'node:fs/promises';
import { DEFAULT_CONFIG, type RunConfig } from '../../../bench/config.js';
import type { RunEvent } from '../../../bench/events.js';
import { type CellResult, type LabResult, resultSchema } from '../../../bench/result/result.js';
import { runMatrix } from '../../../bench/run/runner.js';

export const SMALL: RunConfig = {
  ...DEFAULT_CONFIG,
  transports: ['tcp'],
  codecs: ['line-json'],
  clients: [10],
  ratesPerSecond: [200],
  durationsMs: [500],
  warmupMs: 100,
  baselines: false,
};

interface Hooks {
  readonly onEvent?: (event: RunEvent) => void;
  readonly stop?: AbortSignal;
  readonly kill?: AbortSignal;
}

/** Runs `SMALL` with these changes; what comes out is checked against the schema of results. */
export async function labRun(overrides: Partial<RunConfig>, hooks: Hooks = {}): Promise<LabResult> {
  const never = new AbortController().signal;
  const result = await runMatrix(
    { ...SMALL, ...overrides },
    { command: 'lab run', supplied: [] },
    { onEvent: hooks.onEvent ?? (() => {}), stop: hooks.stop ?? never, kill: hooks.kill ?? never },
  );
  return resultSchema.parse(result);
}

export function codesOf({ verdict }: CellResult): string[] {
  return verdict.reasons.map(({ code }) => code);
}

/** Living child processes of `parent` whose command line has `script` in it. Linux only. */
export async function childrenOf(parent: number, script = ''): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [stat, command] = await Promise.all([
          readFile(`/proc/${pid}/stat`, 'utf8'),
          readFile(`/proc/${pid}/cmdline`, 'utf8'),
        ]);
        // After the name in parentheses, which may hold anything: state, parent. A zombie is not
        // alive.
        const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const alive = state !== 'Z' && state !== 'X';
        return alive && Number(ppid) === parent && command.includes(script) ? [Number(pid)] : [];
      } catch {
        // Gone meanwhile.
        return [];
      }
    }),
  );
  return found.flat();
}

/** False once there is no such process, or only what is left of it until its parent notices. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}
