import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

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

/** Of 20 digits each, the three figures of a line. */
const LINE_BYTES = 64;
const [SPACE, ZERO] = [0x20, 0x30];

/** How long the thread that made it waited for a CPU since it began. A reading allocates nothing. */
export class OwnRunQueueWait {
  readonly #line = Buffer.alloc(LINE_BYTES);
  readonly #fd = openOwn();

  /** µs; 0 where the kernel does not tell. */
  read(): number {
    if (this.#fd === undefined) return 0;
    const length = readSync(this.#fd, this.#line, 0, LINE_BYTES, 0);
    let at = this.#line.indexOf(SPACE) + 1;
    let nanos = 0;
    for (; at < length && this.#line[at] !== SPACE; at++)
      nanos = nanos * 10 + (this.#line[at] as number) - ZERO;
    return nanos / 1_000;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

function openOwn(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined;
  }
}
