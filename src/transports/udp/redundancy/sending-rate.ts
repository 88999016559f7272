/** Over how long a rate is measured, µs; and after how long without a datagram it begins anew. */
const MEASURED_US = 200_000;
const PAUSE_US = 250_000;
/** Share of the latest in what is known. */
const LATEST_PART = 1 / 4;

/** Datagrams of one stream in a second, while it flows: pauses do not count. */
export class SendingRate {
  /** Undefined until it is known. */
  perSecond: number | undefined;
  #since = Number.NEGATIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** One has been sent at `now`, µs. */
  sent(now: number): void {
    if (now - this.#lastAt > PAUSE_US) {
      this.#since = now;
      this.#count = 0;
    }
    this.#lastAt = now;
    const elapsed = now - this.#since;
    if (elapsed >= MEASURED_US) {
      const latest = (this.#count * 1e6) / elapsed;
      const { perSecond = latest } = this;
      this.perSecond = perSecond + (latest - perSecond) * LATEST_PART;
      this.#since = now;
      this.#count = 0;
    }
    this.#count += 1;
  }
}
