import { performance } from 'node:perf_hooks';
import { OwnRunQueueWait } from '../../../kernel/run-queue.js';

/** Not worth a reading of the run queue: no pause that is shorter is told from an idle time. */
const SHORT_MICROS = 500;

/**
 * Of the time between two looks at the sockets, how long this thread was not idle but away: it ran
 * other code, or could have run and waited for a CPU. µs.
 */
export class TimeAway {
  readonly #wait = new OwnRunQueueWait();
  #waited = this.#wait.read();
  #idled = idleMicros();

  /** Of the last `elapsed` µs, in which the event loop had its turn. */
  since(elapsed: number): number {
    const idled = idleMicros();
    const idle = idled - this.#idled;
    this.#idled = idled;
    if (elapsed < SHORT_MICROS) return elapsed;
    const waited = this.#wait.read();
    const wait = waited - this.#waited;
    this.#waited = waited;
    // Who waits for a CPU when it is woken is idle to the event loop.
    return Math.min(elapsed, Math.max(0, elapsed - idle) + wait);
  }

  close(): void {
    this.#wait.close();
  }
}

/** So long the event loop has waited for something to do, since it began. */
function idleMicros(): number {
  return performance.nodeTiming.idleTime * 1_000;
}
