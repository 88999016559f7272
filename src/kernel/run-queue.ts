import { readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';

/**
 * How long each thread of this process was ready to run and waited for a CPU, since it began, µs,
 * by thread id (sched-stats.rst: the second figure of /proc/PID/task/TID/schedstat). Null where the
 * kernel does not tell.
 */
export function runQueueWaits(): ReadonlyMap<string, number> | null {
  try {
    const waits = readdirSync(TASKS).flatMap((thread): [string, number][] => {
      const nanos = schedstatWait(textOf(`${TASKS}/${thread}/schedstat`));
      return nanos === null ? [] : [[thread, nanos / 1_000]];
    });
    return waits.length === 0 ? null : new Map(waits);
  } catch {
    return null;
  }
}

/** Empty when the thread has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Nanoseconds in the run queue, of a line `on_cpu waiting timeslices`; null of any other text. */
export function schedstatWait(text: string): number | null {
  const nanos = /^\d+ (\d+) \d+\s*$/.exec(text)?.[1];
  return nanos === undefined ? null : Number(nanos);
}

/** What the thread that waited longest between two readings waited, µs. */
export function longestWait(
  before: ReadonlyMap<string, number> | null,
  after: ReadonlyMap<string, number> | null,
): number | null {
  if (before === null || after === null) return null;
  return Math.max(...[...after].map(([thread, wait]) => wait - (before.get(thread) ?? 0)));
}
