import type { Parity } from '../parity-packet.js';

/** Parities that wait for members of their blocks. */
const MOST_PENDING = 64;

/** A parity of whose block more than one is missing, as far as is known. */
export interface Pending {
  readonly parity: Parity;
  /** The number of its first member. */
  readonly first: number;
  missing: number;
}

/** Parities that may still be of use once more of their blocks has come, the oldest first. */
export class PendingParities {
  readonly #all: Pending[] = [];
  readonly #onDropped: () => void;

  /** `onDropped`: one made room for another, or its block is too far back. */
  constructor(onDropped: () => void) {
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#all.length;
  }

  /** The payload of `parity` is copied. */
  add(parity: Parity, first: number, missing: number): void {
    this.#all.push({
      parity: { ...parity, payload: Buffer.from(parity.payload) },
      first,
      missing,
    });
    if (this.#all.length > MOST_PENDING) this.#drop();
  }

  /** One of the stream has come: whether a block is now complete but for one. */
  came(number: number): boolean {
    let isDue = false;
    for (const pending of this.#all) {
      const { members, stride } = pending.parity;
      const behind = number - pending.first;
      if (behind < 0 || behind % stride !== 0 || behind >= members * stride) continue;
      pending.missing -= 1;
      if (pending.missing <= 1) isDue = true;
    }
    return isDue;
  }

  /** Takes those out that may be of use now. */
  takeDue(): readonly Pending[] {
    const due = this.#all.filter(({ missing }) => missing <= 1);
    if (due.length > 0) {
      const rest = this.#all.filter(({ missing }) => missing > 1);
      this.#all.splice(0, this.#all.length, ...rest);
    }
    return due;
  }

  /** Gives up those whose block begins before `least`. */
  expire(least: number): void {
    while (this.#all.length > 0 && (this.#all[0] as Pending).first < least) this.#drop();
  }

  #drop(): void {
    this.#all.shift();
    this.#onDropped();
  }
}
