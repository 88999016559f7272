/** Nothing has been measured yet, µs: that of a connection across a continent. */
const UNKNOWN_US = 100_000;
/** A range is asked for again after this at the earliest, µs. */
const LEAST_RETRY_US = 10_000;

/** Round trips, smoothed as RFC 6298 does. */
export class RoundTrip {
  #mean: number;
  #deviation: number;

  /** `first`: µs, as the handshake had it; undefined = not known. */
  constructor(first: number = UNKNOWN_US) {
    this.#mean = first;
    this.#deviation = first / 2;
  }

  /** µs. */
  get mean(): number {
    return this.#mean;
  }

  /** After how long without an answer a question is asked again, µs. */
  get retry(): number {
    return Math.max(this.#mean + 4 * this.#deviation, LEAST_RETRY_US);
  }

  took(micros: number): void {
    this.#deviation += (Math.abs(micros - this.#mean) - this.#deviation) / 4;
    this.#mean += (micros - this.#mean) / 8;
  }
}
