import type { Clock, Timer } from '../../core/clock.js';

/** Between two looks at those that wait for REPORTs. */
const TICK_MS = 50;
/** Of what the last tick shows so much enters the rate. */
const SMOOTHING = 1 / 4;

/** A subscriber that has been sent as much as it may for now. */
export interface Paced {
  /** `livePerUs`: datagrams that the live feed takes in a microsecond. */
  tickPacing(now: number, livePerUs: number): void;
}

/**
 * One timer for all subscribers of a server that catch up, and none while there are none. It also
 * measures how fast the feed is that they have to catch up with.
 */
export class PacingTicker {
  readonly #clock: Clock;
  readonly #published: () => number;
  readonly #waiting = new Set<Paced>();
  readonly #run = (): void => this.#tick();
  #timer: Timer | undefined;
  #perUs = 0;
  #before = 0;
  #lookedAt = 0;

  /** `published`: datagrams that all messages so far would fill. */
  constructor(clock: Clock, published: () => number) {
    this.#clock = clock;
    this.#published = published;
  }

  add(paced: Paced): void {
    this.#waiting.add(paced);
    if (this.#timer !== undefined) return;
    this.#perUs = 0;
    this.#before = this.#published();
    this.#lookedAt = this.#clock.now();
    this.#later();
  }

  delete(paced: Paced): void {
    this.#waiting.delete(paced);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const now = this.#clock.now();
    const published = this.#published();
    const elapsed = Math.max(1, now - this.#lookedAt);
    this.#perUs += ((published - this.#before) / elapsed - this.#perUs) * SMOOTHING;
    this.#before = published;
    this.#lookedAt = now;
    for (const paced of this.#waiting) paced.tickPacing(now, this.#perUs);
    this.#later();
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(this.#run, TICK_MS);
  }
}
