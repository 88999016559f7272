/**
 * Seeded randomness: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 47(4), 2021; https://prng.di.unimi.it/xoshiro128starstar.c), its state
 * filled by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014; https://prng.di.unimi.it/splitmix64.c)
 * as its authors advise. Integer arithmetic only, so that a seed gives the same numbers on every
 * machine. Not for secrets.
 */

export type RandomState = readonly [number, number, number, number];

const UINT64 = (1n << 64n) - 1n;

/**
 * State number `stream` of `seed`: SplitMix64 outputs 2·stream and 2·stream + 1, low word first.
 * The streams of one seed are independent sequences; seeds that differ anywhere in 64 bits never
 * share a state.
 */
export function seedState(seed: number, stream = 0): RandomState {
  const first = splitMix64(seed, 2 * stream);
  const second = splitMix64(seed, 2 * stream + 1);
  return [low(first), high(first), low(second), high(second)];
}

/** A generator of uniform numbers. Its state must not be all zero; `seedState` never gives that. */
export class Random {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  constructor(state: RandomState) {
    this.#s0 = state[0] | 0;
    this.#s1 = state[1] | 0;
    this.#s2 = state[2] | 0;
    this.#s3 = state[3] | 0;
  }

  /** Uniform over the integers 0 … 2^32 − 1. */
  nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#s1, 5), 7), 9) >>> 0;
    const shifted = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= shifted;
    this.#s3 = rotateLeft(this.#s3, 11);
    return result;
  }

  /**
   * Over the integers 0 … bound − 1; the chances of two of them differ by less than bound / 2^32 of
   * themselves.
   */
  nextInt(bound: number): number {
    return Math.floor((this.nextUint32() / 0x1_0000_0000) * bound);
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Output number `index` (from 0) of SplitMix64 started at `seed`. */
function splitMix64(seed: number, index: number): bigint {
  let z = (BigInt(seed) + BigInt(index + 1) * 0x9e3779b97f4a7c15n) & UINT64;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & UINT64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & UINT64;
  return z ^ (z >> 31n);
}

function low(word: bigint): number {
  return Number(word & 0xffff_ffffn);
}

function high(word: bigint): number {
  return Number(word >> 32n);
}
