/** Noise as benchmarks on real machines have it, seeded. */
import { Random, seedState } from '../../../src/random.js';

export class Noise {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seedState(seed));
  }

  /** From 0 to below 1. */
  uniform(): number {
    return this.#random.nextInt(1_000_000) / 1_000_000;
  }

  /** Standard normal, nearly: Irwin and Hall's sum of twelve. */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }

  /** True this often. */
  chance(share: number): boolean {
    return this.uniform() < share;
  }
}
