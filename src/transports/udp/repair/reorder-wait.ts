/** Of how many late datagrams the delays are remembered. */
const REMEMBERED = 128;
const PERCENTILE = 0.99;
/** As long as no datagram has come late, µs; a timer is not shorter either. */
const LEAST_WAIT_US = 1_000;
const LONGEST_WAIT_US = 20_000;
/** At most this part of a round trip: longer waits save less than they cost. */
const PART_OF_ROUND_TRIP = 1 / 4;

/** How long to wait for what may only be late: the 99th percentile of how late it came lately. */
export class ReorderWait {
  readonly #delays = new Float64Array(REMEMBERED);
  #count = 0;
  #percentile = 0;

  /** A datagram came this long after it was found missing, µs. */
  cameLate(micros: number): void {
    this.#delays[this.#count % REMEMBERED] = micros;
    this.#count += 1;
    const known = this.#delays.slice(0, Math.min(this.#count, REMEMBERED)).sort();
    this.#percentile = known[Math.ceil(known.length * PERCENTILE) - 1] as number;
  }

  /** µs. */
  of(roundTrip: number): number {
    const longest = Math.min(roundTrip * PART_OF_ROUND_TRIP, LONGEST_WAIT_US);
    return Math.max(LEAST_WAIT_US, Math.min(this.#percentile, longest));
  }
}
