import type { QueueSpec } from '../link-spec.js';
import type { Instant, Transmitter } from './transmitter.js';

/** In front of a transmitter waits what has room; what has none is lost (tail drop). */
export class RateQueue {
  readonly #transmitter: Transmitter;
  readonly #limitBytes: number;
  readonly #departures: Departures | undefined;
  #overflow = 0;

  constructor(transmitter: Transmitter, { unit, limit }: QueueSpec) {
    this.#transmitter = transmitter;
    this.#departures = unit === 'packets' ? new Departures(limit) : undefined;
    this.#limitBytes =
      unit === 'us' ? Math.floor((limit * transmitter.meanBitsPerSecond) / 8e6) : limit;
  }

  /** Packets that found no room. */
  get overflow(): number {
    return this.#overflow;
  }

  /** False when there is no room; else `at` becomes the time when the last bit has left. */
  offer(bytes: number, at: Instant): boolean {
    const departures = this.#departures;
    const hasRoom =
      departures === undefined
        ? this.#transmitter.hasAtMost(this.#limitBytes - bytes, at)
        : departures.haveRoom(at);
    if (!hasRoom) {
      this.#overflow += 1;
      return false;
    }
    this.#transmitter.send(bytes, at);
    departures?.add(at);
    return true;
  }
}

const FIRST_SIZE = 16;

/** When each packet leaves that has not left: a ring, as large as it ever had to be. */
class Departures {
  readonly #limit: number;
  #times = new Float64Array(FIRST_SIZE);
  #first = 0;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Forgets what has left by then. */
  haveRoom(at: Instant): boolean {
    while (this.#count > 0 && this.#times[this.#first]! <= at[0]!) {
      this.#first = (this.#first + 1) % this.#times.length;
      this.#count -= 1;
    }
    return this.#count < this.#limit;
  }

  add(at: Instant): void {
    if (this.#count === this.#times.length) this.#grow();
    this.#times[(this.#first + this.#count) % this.#times.length] = at[0]!;
    this.#count += 1;
  }

  #grow(): void {
    const times = new Float64Array(Math.min(2 * this.#times.length, Math.max(this.#limit, 1)));
    for (let i = 0; i < this.#count; i++)
      times[i] = this.#times[(this.#first + i) % this.#times.length]!;
    this.#times = times;
    this.#first = 0;
  }
}
