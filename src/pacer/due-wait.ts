import type { Clock, Timer } from '../core/clock.js';
import type { StartTicker, Ticker } from './ticker.js';

/** None could be started, and none will be. */
const NO_TICKER: Ticker = { stop: () => {} };

/**
 * Waits for one time after the other. A timer is always set; a ticker, if there is one, only wakes
 * it earlier than whole milliseconds let a timer: one that fails costs precision and nothing else.
 */
export class DueWait {
  readonly #clock: Clock;
  readonly #startTicker: StartTicker | undefined;
  #ticker: Ticker | undefined;
  #due: number = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #done: () => void = () => {};
  #stopped = false;

  constructor(clock: Clock, startTicker?: StartTicker) {
    this.#clock = clock;
    this.#startTicker = startTicker;
  }

  /**
   * Resolves when the clock says `due` (µs), or after `stop`. `tickMicros`: how often the ticker is
   * to tick from then on; undefined = no ticker is started for it.
   */
  async until(due: number, tickMicros?: number): Promise<void> {
    if (tickMicros !== undefined) this.#ticker ??= this.#start({ first: due, tickMicros });
    for (let left = due - this.#clock.now(); left > 0; left = due - this.#clock.now()) {
      if (this.#stopped) return;
      await new Promise<void>((done) => {
        this.#due = due;
        this.#done = done;
        this.#timer = this.#clock.setTimeout(done, Math.ceil(left / 1_000));
      });
    }
  }

  /** Ends the wait, and every later one at once. */
  stop(): void {
    this.#stopped = true;
    this.#ticker?.stop();
    this.#wakeUp();
  }

  #start(times: { readonly first: number; readonly tickMicros: number }): Ticker | undefined {
    try {
      return this.#startTicker?.(times, this.#tick);
    } catch {
      return NO_TICKER;
    }
  }

  readonly #tick = (): void => {
    if (this.#due <= this.#clock.now()) this.#wakeUp();
  };

  #wakeUp(): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#timer?.cancel();
    this.#done();
  }
}
