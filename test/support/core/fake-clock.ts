import type { Clock, Timer } from '../../../src/core/clock.js';

interface Entry {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when told to. Timers fire in order of due time, then of creation, at
 * exactly their due time.
 */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  #entries: Entry[] = [];

  /** `now`: µs since the Unix epoch. */
  constructor(now = 1_700_000_000_000_000) {
    this.#now = now;
  }

  /** Callbacks that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#entries.length;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#add(callback, this.#now + delayMs * 1_000);
  }

  setImmediate(callback: () => void): Timer {
    return this.#add(callback, this.#now);
  }

  /**
   * Lets `ms` pass, firing what falls due. `advance(0)` fires what is due now, immediates included.
   */
  advance(ms: number): void {
    const until = this.#now + ms * 1_000;
    for (;;) {
      const next = this.#entries
        .filter(({ due }) => due <= until)
        .sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (next === undefined) break;
      this.#entries = this.#entries.filter((entry) => entry !== next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Lets time pass as a busy CPU does: nothing fires. */
  spend(micros: number): void {
    this.#now += micros;
  }

  #add(callback: () => void, due: number): Timer {
    const entry: Entry = { due, order: this.#order++, callback };
    this.#entries.push(entry);
    return {
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }
}

/**
 * A fake clock whose immediates are those of the event loop: between two of them it reads sockets.
 */
export class LoopClock extends FakeClock {
  override setImmediate(callback: () => void): Timer {
    const handle = setImmediate(callback);
    return { cancel: () => clearImmediate(handle) };
  }
}
