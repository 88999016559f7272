/**
 * When each message of the window reached the subscribers of one process. Sent to the coordinator
 * as it is.
 */
export interface Arrivals {
  /** First and last arrival at any subscriber, µs since the epoch; 0 when there was none. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** How many subscribers received it. */
  readonly count: Uint32Array;
}

/**
 * Follows each message to its last subscriber. Messages come in runs (a read holds many in order),
 * of which each changes the counts in two places only. Times of reading never decrease, so the last
 * is simply the latest; stamps of different sockets may, and then each message is looked at.
 */
export class ArrivalTracker {
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  /** Changes of the count between neighbours: +1 where a run begins, −1 behind its end. */
  readonly #change: Int32Array;
  /** The latest arrival of any message so far. */
  #latest = 0;

  /** `messages`: how many the window has. */
  constructor(messages: number) {
    this.#first = new Float64Array(messages);
    this.#last = new Float64Array(messages);
    this.#change = new Int32Array(messages + 1);
  }

  /**
   * No subscriber of one of the servers was known to have message `at` (counted from 0) before;
   * `add` follows.
   */
  first(at: number, time: number): void {
    if (this.#first[at] === 0) this.#first[at] = time;
  }

  /** Messages `from` to `to` (inclusive) reached a subscriber at `time`. */
  add(from: number, to: number, time: number): void {
    const last = this.#last;
    if (time >= this.#latest) {
      this.#latest = time;
      // For runs as short as these a loop beats `fill`.
      for (let at = from; at <= to; at++) last[at] = time;
    } else {
      const first = this.#first;
      for (let at = from; at <= to; at++) {
        if (time > (last[at] as number)) last[at] = time;
        if (time < (first[at] as number)) first[at] = time;
      }
    }
    const change = this.#change;
    change[from] = (change[from] as number) + 1;
    change[to + 1] = (change[to + 1] as number) - 1;
  }

  /**
   * Those of `messages` from position `from` on: 0 at positions that there are none of, as of NaN
   * on.
   */
  report(from = 0, messages: number = this.#first.length): Arrivals {
    const counts = new Uint32Array(this.#first.length);
    let sum = 0;
    for (let at = 0; at < counts.length; at++) {
      sum += this.#change[at] as number;
      counts[at] = sum;
    }
    const first = new Float64Array(messages);
    const last = new Float64Array(messages);
    const count = new Uint32Array(messages);
    for (let i = 0; i < messages; i++) {
      first[i] = this.#first[from + i] ?? 0;
      last[i] = this.#last[from + i] ?? 0;
      count[i] = counts[from + i] ?? 0;
    }
    return { first, last, count };
  }
}
