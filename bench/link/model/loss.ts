/** Which packets of a flow are lost. */

import { startOfBurst } from '../closed-forms.js';
import type { LossSpec } from '../link-spec.js';
import { Chance, type Draws } from './draws.js';

/** Asked once of each packet, in order, whatever else becomes of it. */
export interface LossModel {
  /** Packet n of the flow, from 1. */
  isLost(n: number): boolean;
}

export function lossModel(spec: LossSpec, draws: Draws): LossModel {
  switch (spec.kind) {
    case 'every':
      return new EveryLoss(spec.every);
    case 'list':
      return new ListedLoss(spec.packets);
    case 'random':
      return spec.burst === undefined
        ? new IndependentLoss(spec.ratio, draws)
        : new BurstLoss(spec.ratio, spec.burst, draws);
  }
}

class IndependentLoss implements LossModel {
  readonly #loss: Chance;

  constructor(ratio: number, draws: Draws) {
    this.#loss = new Chance(draws, ratio);
  }

  isLost(n: number): boolean {
    return this.#loss.happensAt(n);
  }
}

/**
 * E. N. Gilbert, *Capacity of a burst-noise channel*, 1960, with nothing lost in the good state and
 * all in the bad one. It starts in its steady state, so that the first packets are as the others.
 */
class BurstLoss implements LossModel {
  readonly #start: Chance;
  readonly #stay: Chance;
  /** Of the state of the last packet: whether the next one is lost. */
  #next: Chance;

  constructor(ratio: number, burst: number, draws: Draws) {
    this.#start = new Chance(draws, startOfBurst(ratio, burst));
    this.#stay = new Chance(draws, 1 - 1 / burst);
    this.#next = new Chance(draws, ratio);
  }

  isLost(n: number): boolean {
    const isBad = this.#next.happensAt(n);
    this.#next = isBad ? this.#stay : this.#start;
    return isBad;
  }
}

class EveryLoss implements LossModel {
  readonly #every: number;

  constructor(every: number) {
    this.#every = every;
  }

  isLost(n: number): boolean {
    return n % this.#every === 0;
  }
}

class ListedLoss implements LossModel {
  readonly #packets: readonly number[];
  #next = 0;

  constructor(packets: readonly number[]) {
    this.#packets = packets;
  }

  isLost(n: number): boolean {
    if (this.#packets[this.#next] !== n) return false;
    this.#next += 1;
    return true;
  }
}
