/**
 * Most messages of a snapshot; what a server sends beyond counts as missing. It bounds the memory
 * of the account.
 */
const MAX_MESSAGES = 1_048_576;

/**
 * The account of the snapshot (the newest message of each key, before the live feed): each message
 * is taken once.
 */
export class SnapshotAccount {
  #owed = 0;
  /** Come over this connection. */
  readonly #arrived = new Set<number>();
  /** Handed over, over this connection or one that was cut in the middle of its snapshot. */
  readonly #taken = new Set<number>();

  /**
   * Messages still to come, at most: the server leaves out what a newer message of its key replaces
   * meanwhile.
   */
  get missing(): number {
    return this.#owed - this.#arrived.size;
  }

  /**
   * A connection that brings `owed` messages. Those of the same epoch that were taken already are
   * refused when they come again.
   */
  begin(owed: number, sameEpoch: boolean): void {
    this.#owed = owed;
    this.#arrived.clear();
    if (!sameEpoch) this.#taken.clear();
  }

  /** True when the message is to be handed over. */
  take(seq: number): boolean {
    if (this.#arrived.size >= Math.min(this.#owed, MAX_MESSAGES)) return false;
    this.#arrived.add(seq);
    if (this.#taken.has(seq)) return false;
    this.#taken.add(seq);
    return true;
  }

  /** The server has said that so many will not come. */
  passOver(missed: number): void {
    this.#owed = Math.max(this.#arrived.size, this.#owed - missed);
  }

  /** Nothing more of it will come. Returns how many never came, and forgets it all. */
  settle(): number {
    const { missing } = this;
    this.begin(0, false);
    return missing;
  }
}
