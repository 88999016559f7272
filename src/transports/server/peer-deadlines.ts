import type { Clock, Timer } from '../../core/clock.js';

/** Between two looks at how late the event loop is. */
const TICK_MS = 100;
/**
 * Most of the time between two looks that is held against anyone: what is beyond, this process
 * stood still.
 */
const MOST_US = 2 * TICK_MS * 1_000;
/** Node's timers may come a millisecond early. */
const GRAIN_US = 1_000;
/** Longest wait in one piece: a timer of Node's above 2^31 ms comes at once. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Time as it may be held against a peer, and the only place where a server judges one for being
 * late. A process that was stopped, or busy, finds its timers overdue before it has read what lies
 * in its sockets: time during which the event loop stood still does not count, and a deadline is
 * judged one turn of the loop after it has passed, when sockets have been read.
 *
 * It also takes no harm from a clock that is set: a jump is time during which the loop stood still.
 */
export class PeerDeadlines {
  readonly #clock: Clock;
  readonly #tick = (): void => this.#look();
  /** µs that counted until the last look, and when that was by the clock. */
  #counted = 0;
  #lookedAt = 0;
  #holds = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Microseconds that count. They pass only while something waits: between `hold` and `release`, or
   * for a deadline.
   */
  now(): number {
    if (this.#timer === undefined) return this.#counted;
    return this.#counted + Math.min(MOST_US, Math.max(0, this.#clock.now() - this.#lookedAt));
  }

  /** Lets time pass until `release`; a pair for each who waits. */
  hold(): void {
    this.#holds += 1;
    if (this.#timer !== undefined) return;
    this.#lookedAt = this.#clock.now();
    this.#later();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds > 0) return;
    this.#counted = this.now();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Calls back once, when `ms` that count have passed and sockets have been read. */
  set(ms: number, onPassed: () => void): Timer {
    return new Deadline(this, this.#clock, ms, onPassed);
  }

  #look(): void {
    this.#counted = this.now();
    this.#lookedAt = this.#clock.now();
    this.#later();
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(this.#tick, TICK_MS);
  }
}

class Deadline implements Timer {
  readonly #deadlines: PeerDeadlines;
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  readonly #due: number;
  #timer: Timer;
  #open = true;

  constructor(deadlines: PeerDeadlines, clock: Clock, ms: number, onPassed: () => void) {
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#onPassed = onPassed;
    deadlines.hold();
    this.#due = deadlines.now() + ms * 1_000;
    this.#timer = this.#wait(ms);
  }

  cancel(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#timer.cancel();
    this.#deadlines.release();
  }

  #wait(ms: number): Timer {
    return this.#clock.setTimeout(
      () => {
        // Timers come before reads in a turn of the event loop, and this after them.
        this.#timer = this.#clock.setImmediate(() => this.#judge());
      },
      Math.min(ms, LONGEST_WAIT_MS),
    );
  }

  #judge(): void {
    const left = this.#due - this.#deadlines.now();
    if (left > GRAIN_US) {
      this.#timer = this.#wait(Math.ceil(left / 1_000));
      return;
    }
    this.cancel();
    this.#onPassed();
  }
}
