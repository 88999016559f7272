import type { Clock, Timer } from '../clock.js';

/**
 * The event loop has a turn after this long, so that those in step are served on time, however many
 * join.
 */
const TURN_US = 2_000;
/**
 * Pages for one subscriber before the next has its turn: those who joined together then share each
 * page while it is kept.
 */
const PAGES_IN_A_ROW = 8;

/**
 * Gives subscribers that are catching up their pages: round after round, in slices of 2 ms, apart
 * from the flushing of the live feed, which waits for none of them.
 */
export class CatchUpScheduler<Reader> {
  readonly #clock: Clock;
  readonly #offer: (subscriber: Reader) => void;
  readonly #run = (): void => this.#turn();
  /** Those that could take a page, in the order of their turns. */
  readonly #waiting = new Set<Reader>();
  #pending: Timer | undefined;
  #running = false;
  #until = 0;
  #pages = 0;
  #inARow = 0;

  /**
   * `offer`: lets a subscriber read. It asks `take` before each page, and waits for another turn if
   * that says no.
   */
  constructor(clock: Clock, offer: (subscriber: Reader) => void) {
    this.#clock = clock;
    this.#offer = offer;
  }

  /** This subscriber can take a page. */
  add(subscriber: Reader): void {
    this.#waiting.add(subscriber);
    this.#schedule();
  }

  remove(subscriber: Reader): void {
    this.#waiting.delete(subscriber);
  }

  /**
   * True when the subscriber whose turn it is may have another page. The first page of a turn may
   * always be had.
   */
  take(): boolean {
    if (!this.#running || this.#inARow === PAGES_IN_A_ROW) return false;
    if (this.#pages > 0 && this.#clock.now() >= this.#until) return false;
    this.#pages += 1;
    this.#inARow += 1;
    return true;
  }

  #schedule(): void {
    if (!this.#running) this.#pending ??= this.#clock.setImmediate(this.#run);
  }

  #turn(): void {
    this.#pending = undefined;
    this.#running = true;
    this.#until = this.#clock.now() + TURN_US;
    this.#pages = 0;
    // One that wants more goes to the end of the set, where this loop meets it again.
    for (const subscriber of this.#waiting) {
      this.#waiting.delete(subscriber);
      this.#inARow = 0;
      this.#offer(subscriber);
      if (this.#clock.now() >= this.#until) break;
    }
    this.#running = false;
    if (this.#waiting.size > 0) this.#schedule();
  }
}
