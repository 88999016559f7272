/** Nothing has been measured yet, µs: that of a connection across a continent. */
const UNKNOWN_US = 100_000;
/** A range is asked for again after this at the earliest, µs. */
const LEAST_RETRY_US = 10_000;
/** What a timer, and an event loop on either side, may be late, µs: the G of RFC 6298. */
const GRAIN_US = 5_000;
/** Of what was measured more than once, the deviation is at least this part. */
const LEAST_PART = 1 / 8;

/**
 * Round trips, smoothed as RFC 6298 does. The deviation of the first is half of it; where there are
 * several it is half of what they differ by. To ask once too often costs a datagram here, and to
 * wait too long a message.
 */
export class RoundTrip {
  #mean: number;
  #deviation: number;

  /** `first`: µs, what the handshake measured. */
  constructor(first: readonly number[]) {
    this.#mean = first.length === 0 ? UNKNOWN_US : Math.min(...first);
    const spread = Math.max(...first) - this.#mean;
    this.#deviation =
      first.length > 1 ? Math.max(spread / 2, this.#mean * LEAST_PART) : this.#mean / 2;
  }

  /** µs. */
  get mean(): number {
    return this.#mean;
  }

  /** After how long without an answer a question is asked again, µs. */
  get retry(): number {
    return Math.max(this.#mean + Math.max(4 * this.#deviation, GRAIN_US), LEAST_RETRY_US);
  }

  took(micros: number): void {
    this.#deviation += (Math.abs(micros - this.#mean) - this.#deviation) / 4;
    this.#mean += (micros - this.#mean) / 8;
  }
}
