import type { Clock } from '../core/clock.js';
import type { StartTicker, Ticker, TickTimes } from './ticker.js';

/**
 * Has what is due published at every tick. Whoever is behind must still hear what it is told: what
 * is left goes on after the event loop had its turn, and ticks begin no second continuation.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #publishDue: () => boolean;
  readonly #ticker: Ticker;
  #continuing = false;
  #stopped = false;

  /** `publishDue`: true when there may be more due at once. Must not throw. */
  constructor(clock: Clock, startTicker: StartTicker, times: TickTimes, publishDue: () => boolean) {
    this.#clock = clock;
    this.#publishDue = publishDue;
    this.#ticker = startTicker(times, this.tick);
  }

  /** Looks at once, whenever the next tick is. */
  readonly tick = (): void => {
    if (!this.#continuing) this.#turn();
  };

  stop(): void {
    this.#stopped = true;
    this.#ticker.stop();
  }

  readonly #turn = (): void => {
    this.#continuing = false;
    if (this.#stopped) return;
    this.#continuing = this.#publishDue();
    if (this.#continuing) this.#clock.setImmediate(this.#turn);
  };
}
