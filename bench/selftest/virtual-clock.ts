import type { Clock, Timer } from '../../src/core/clock.js';

interface Entry {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * Time that passes only when told to, in whole microseconds as the stamps of messages are. Timers
 * fire in order of due time, then of creation, at exactly their due time; code takes no time at
 * all.
 */
export class VirtualClock implements Clock {
  #now: number;
  /** By due time, then by creation. */
  readonly #entries: Entry[] = [];

  /** `now`: µs since the Unix epoch. */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#add({ due: this.#now + Math.round(delayMs * 1_000), callback });
  }

  setImmediate(callback: () => void): Timer {
    return this.#add({ due: this.#now, callback });
  }

  /**
   * Fires everything that falls due up to `until`, what is added meanwhile included; then it is
   * `until`.
   */
  advanceTo(until: number): void {
    for (
      let next = this.#entries[0];
      next !== undefined && next.due <= until;
      next = this.#entries[0]
    ) {
      this.#entries.shift();
      this.#now = Math.max(this.#now, next.due);
      next.callback();
    }
    this.#now = Math.max(this.#now, until);
  }

  #add(entry: Entry): Timer {
    this.#entries.splice(this.#placeOf(entry.due), 0, entry);
    return {
      cancel: () => {
        const at = this.#entries.indexOf(entry);
        if (at >= 0) this.#entries.splice(at, 1);
      },
    };
  }

  /** Behind all that are due at or before `due`. */
  #placeOf(due: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle] as Entry).due <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
