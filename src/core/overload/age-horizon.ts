/** Where messages begin that are no older than an age. */
type Lookup = (age: number) => number;

/**
 * Looks up where an age ends once a turn, for all subscribers that have it as their limit: nobody
 * behind is to cost nothing. Within a turn of 2 ms it stands.
 */
export class AgeHorizon {
  readonly #lookup: Lookup;
  readonly #seqs = new Map<number, number>();
  /** The one that was asked for last: mostly all ask for the same. */
  #age = Number.NaN;
  #seq = 0;

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** Time has passed. */
  nextTurn(): void {
    if (Number.isNaN(this.#age)) return;
    this.#age = Number.NaN;
    this.#seqs.clear();
  }

  seqSince(age: number): number {
    if (age === this.#age) return this.#seq;
    let seq = this.#seqs.get(age);
    if (seq === undefined) {
      seq = this.#lookup(age);
      this.#seqs.set(age, seq);
    }
    this.#age = age;
    this.#seq = seq;
    return seq;
  }
}
