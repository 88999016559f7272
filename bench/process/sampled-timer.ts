/**
 * One in so many is timed: reading the clock twice for each would cost more than many of the things
 * timed.
 */
const TIMED_EVERY = 64;

/** Mean duration per unit of something frequent, over a sample. Allocates nothing. */
export class SampledTimer {
  readonly #now: () => number;
  #calls = 0;
  #begun = -1;
  #micros = 0;
  #units = 0;

  /** `now`: µs. */
  constructor(now: () => number) {
    this.#now = now;
  }

  begin(): void {
    this.#calls += 1;
    if (this.#calls % TIMED_EVERY === 1) this.#begun = this.#now();
  }

  /** What began is over; it was `units` of work. */
  end(units: number): void {
    if (this.#begun < 0) return;
    if (units > 0) {
      this.#micros += this.#now() - this.#begun;
      this.#units += units;
    }
    this.#begun = -1;
  }

  /** Mean µs per unit; null when nothing was timed. */
  get mean(): number | null {
    return this.#units === 0 ? null : this.#micros / this.#units;
  }
}
