import { seedState } from '../../../src/random.js';

/** What a draw decides. Each has a sequence of its own. */
export const PURPOSE = {
  loss: 0,
  jitter: 1,
  duplicate: 2,
  reorder: 3,
  corrupt: 4,
  bit: 5,
} as const;
const PURPOSES = 8;
const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;

/**
 * Uniform numbers by their place: number n of a sequence follows from seed, flow, purpose and n,
 * whatever was drawn before. Two rounds of the 32-bit mixer lowbias32 (C. Wellons, *Prospecting
 * for hash functions*, 2018) between keys from SplitMix64. Integers only, so the same everywhere.
 */
export class Draws {
  readonly #first: number;
  readonly #second: number;

  constructor(seed: number, flow: number, purpose: number) {
    const [first, second] = seedState(seed, flow * PURPOSES + purpose);
    this.#first = first | 0;
    this.#second = second | 0;
  }

  /** Uniform over the integers −2^31 … 2^31 − 1, which V8 hands over without allocating. */
  wordAt(n: number): number {
    const high = Math.floor(n / TWO_32);
    const word = mixed(n ^ this.#first) + this.#second + Math.imul(high, 0x9e3779b9);
    return mixed(word | 0);
  }

  /** From 0, below 1: a multiple of 2^−32. */
  shareAt(n: number): number {
    return (this.wordAt(n) + TWO_31) / TWO_32;
  }
}

/** Something that happens to each packet with a chance, a multiple of 2^−32. */
export class Chance {
  readonly #draws: Draws;
  readonly #below: number;

  constructor(draws: Draws, chance: number) {
    this.#draws = draws;
    this.#below = Math.round(chance * TWO_32) - TWO_31;
  }

  happensAt(n: number): boolean {
    return this.#draws.wordAt(n) < this.#below;
  }
}

function mixed(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
