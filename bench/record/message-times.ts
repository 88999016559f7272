/**
 * Times of the messages of a window by their position in it (0, 1, 2, …), whole µs since some
 * beginning.
 */
export class MessageTimes {
  readonly exact: Float64Array;
  /**
   * Their low 32 bits. A difference below 2^31 comes out right in wrapping 32-bit arithmetic,
   * whatever was cut off, and that is what keeps the recording of a latency as cheap as it is.
   */
  readonly low: Int32Array;
  readonly #known: Uint8Array;
  #ordered = true;

  constructor(messages: number) {
    this.exact = new Float64Array(messages);
    this.low = new Int32Array(messages);
    this.#known = new Uint8Array(messages);
  }

  static of(times: Float64Array): MessageTimes {
    const all = new MessageTimes(times.length);
    for (let at = 0; at < times.length; at++) all.set(at, times[at] as number);
    return all;
  }

  /** No message that is known has a later time than its successor, as far as that is known. */
  get ordered(): boolean {
    return this.#ordered;
  }

  has(at: number): boolean {
    return this.#known[at] === 1;
  }

  set(at: number, time: number): void {
    this.exact[at] = time;
    // Stored modulo 2^32.
    this.low[at] = time;
    this.#known[at] = 1;
    if (at > 0 && this.has(at - 1) && (this.exact[at - 1] as number) > time) this.#ordered = false;
    if (this.has(at + 1) && (this.exact[at + 1] as number) < time) this.#ordered = false;
  }
}
