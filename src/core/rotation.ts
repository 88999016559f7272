/** Steps of this share of a list begin at every place of it equally often, whatever its length. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Members that have their turns in passes. Each pass begins with another one, so that none is
 * always last. Joining and leaving are O(1).
 */
export class Rotation<Member> implements Iterable<Member> {
  readonly #members = new Set<Member>();
  /** The set as an array, made again after a change. */
  #order: readonly Member[] | undefined;
  /** Where the next pass begins, as a share of the list. */
  #start = 0;

  get size(): number {
    return this.#members.size;
  }

  has(member: Member): boolean {
    return this.#members.has(member);
  }

  add(member: Member): void {
    this.#members.add(member);
    this.#order = undefined;
  }

  /** Returns whether it was there. It still has its turn in a pass under way. */
  delete(member: Member): boolean {
    // Dropped, not changed: a pass may be walking it.
    this.#order = undefined;
    return this.#members.delete(member);
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members.values();
  }

  /** A pass over those who are there now. */
  pass(): Pass<Member> {
    this.#order ??= [...this.#members];
    const first = Math.floor(this.#start * this.#order.length);
    this.#start = (this.#start + GOLDEN_RATIO) % 1;
    return new Pass(this.#order, first);
  }
}

/** A pass under way. */
export class Pass<Member> {
  readonly #order: readonly Member[];
  readonly #first: number;
  #done = 0;

  constructor(order: readonly Member[], first: number) {
    this.#order = order;
    this.#first = first;
  }

  /** Members that had their turn. */
  get done(): number {
    return this.#done;
  }

  get isOver(): boolean {
    return this.#done === this.#order.length;
  }

  /** Whose turn it is, in a pass that is not over. */
  next(): Member {
    const at = this.#first + this.#done;
    const count = this.#order.length;
    this.#done += 1;
    return this.#order[at < count ? at : at - count] as Member;
  }
}
