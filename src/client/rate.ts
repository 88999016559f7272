/** Time constant of the decay, µs. */
const TAU = 2_000_000;
/** A rate over less than this is not a rate yet, µs. */
const LEAST_AGE = 1_000_000;

/**
 * Events per second over the last few seconds: counts that decay with e^(−t/2 s), divided by the
 * weight of the time since the start, so that a steady rate is told exactly from the first second
 * on. Three numbers, no timer.
 */
export class Rate {
  readonly #startedAt: number;
  #weight = 0;
  #at: number;

  /** `now`: µs. */
  constructor(now: number) {
    this.#startedAt = now;
    this.#at = now;
  }

  add(now: number, count = 1): void {
    this.#weight = this.#weightAt(now) + count;
    this.#at = Math.max(this.#at, now);
  }

  perSecond(now: number): number {
    const age = Math.max(LEAST_AGE, now - this.#startedAt);
    const seconds = (TAU / 1e6) * (1 - Math.exp(-age / TAU));
    return this.#weightAt(now) / seconds;
  }

  #weightAt(now: number): number {
    return this.#weight * Math.exp(-Math.max(0, now - this.#at) / TAU);
  }
}
