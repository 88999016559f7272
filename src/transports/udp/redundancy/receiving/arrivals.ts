/** How many of the latest numbers are remembered. A power of two. */
const WINDOW = 512;

/** What became of a datagram. */
export const FATE = { unknown: 0, missing: 1, came: 2, repaired: 3 } as const;

export type Fate = (typeof FATE)[keyof typeof FATE];

/**
 * What a client knows of the datagrams of its stream, number by number, counted from 1 without
 * wrapping. Unlike `DatagramTracker` it knows of repairs, and since when a datagram is missing.
 */
export class Arrivals {
  readonly #fates = new Uint8Array(WINDOW);
  readonly #foundAt = new Float64Array(WINDOW);
  /** The highest number that has come, or is known to have been sent. */
  #highest = 0;
  /** Rows of numbers that were found missing. */
  bursts = 0;

  get highest(): number {
    return this.#highest;
  }

  /** The number whose low 32 bits are `dseq`, next to the highest (RFC 1982). */
  numberOf(dseq: number): number {
    return this.#highest + ((dseq - this.#highest) | 0);
  }

  /** What is not remembered any more is unknown, like what has yet to be sent. */
  fateOf(number: number): Fate {
    return this.#remembers(number) ? (this.#fates[number % WINDOW] as Fate) : FATE.unknown;
  }

  /** It has come, or has been repaired; as far as is remembered, or before the first. */
  isSettled(number: number): boolean {
    const fate = this.fateOf(number);
    return fate === FATE.came || fate === FATE.repaired;
  }

  /** It has not come, nor been repaired, and may be one of the stream. */
  isMissing(number: number): boolean {
    return this.fateOf(number) === FATE.missing || number > this.#highest;
  }

  /** When it was found missing, µs; `now` for one of which that is not known yet. */
  foundAt(number: number, now: number): number {
    return this.fateOf(number) === FATE.missing ? (this.#foundAt[number % WINDOW] as number) : now;
  }

  /** It has come, at `now` (µs). What it was before. */
  came(number: number, now: number): Fate {
    if (number > this.#highest) {
      this.announced(number, now);
      this.#highest = number;
      this.#fates[number % WINDOW] = FATE.came;
      return FATE.unknown;
    }
    const before = this.fateOf(number);
    if (this.#remembers(number)) this.#fates[number % WINDOW] = FATE.came;
    return before;
  }

  /** All before `next` have been sent. */
  announced(next: number, now: number): void {
    const from = this.#highest + 1;
    if (next <= from) return;
    for (let number = Math.max(from, next - WINDOW); number < next; number++) {
      this.#fates[number % WINDOW] = FATE.missing;
      this.#foundAt[number % WINDOW] = now;
    }
    this.#highest = next - 1;
    this.bursts += 1;
  }

  repaired(number: number, now: number): void {
    // A copy or a parity may tell first that there was such a datagram.
    this.announced(number + 1, now);
    if (this.#remembers(number)) this.#fates[number % WINDOW] = FATE.repaired;
  }

  #remembers(number: number): boolean {
    return number > 0 && number <= this.#highest && number > this.#highest - WINDOW;
  }
}
