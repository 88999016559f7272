import { startTimer } from '../../core/timer.js';

/**
 * What HTTP may take of every period, all connections together: no subscriber waits longer at a
 * time, and four fifths of the CPU are left whatever strangers ask for.
 */
const SHARE_MS = 2;
const PERIOD_MS = 10;

/** Who has a request to be served, in order. */
export class RequestQueue {
  /** Bytes that wait behind these requests. */
  ahead = 0;
  readonly #waiting: (() => void)[] = [];
  #scheduled = false;
  #periodAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds of this period that are used up. */
  #spent = 0;

  enqueue(step: () => void): void {
    this.#waiting.push(step);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    const age = performance.now() - this.#periodAt;
    const serve = (): void => this.#serve();
    if (age >= PERIOD_MS || this.#spent < SHARE_MS) setImmediate(serve);
    else startTimer(serve, Math.ceil(PERIOD_MS - age));
  }

  #serve(): void {
    let now = performance.now();
    if (now - this.#periodAt >= PERIOD_MS) {
      this.#periodAt = now;
      this.#spent = 0;
    }
    do {
      const before = now;
      this.#waiting.shift()?.();
      now = performance.now();
      this.#spent += now - before;
    } while (this.#spent < SHARE_MS && this.#waiting.length > 0);
    this.#scheduled = false;
    this.#schedule();
  }
}
