import type { Conflation } from '../catch-up/conflation.js';
import type { EncodedLog } from '../log/encoded-log.js';
import type { Conflated } from '../sink.js';
import type { FeedTimes } from './bounded-cursor.js';

/** What a conflating subscriber asks of the feed. */
export interface ConflationSource extends FeedTimes {
  /** What it reads of `log` instead of all from behind the sequence number `after`. */
  conflate(log: EncodedLog, after: number): Conflation | undefined;
  /** Whether there is anything to conflate that begins at `since` or later: see `EncodedLogs`. */
  repeats(log: EncodedLog, from: number, since: number): boolean;
}

/** A pass that begins: what it reads, and how many messages will not come. */
export interface Pass {
  readonly conflation: Conflation;
  readonly merged: number;
}

/** What a subscriber with policy `conflate` knows of where it was held up, and of its pass. */
export class Conflator {
  readonly #log: EncodedLog;
  readonly #source: ConflationSource;
  /** Sequence number at the cursor when that was retained, and when that was published, µs. */
  #heldSeq: number;
  #heldAt = Number.NaN;
  /** No key comes twice between the cursor and this sequence number. */
  #distinctTo = 0;
  /** The pass under way: what it is about, and messages it is still owed. */
  #pass: (Conflated & { owed: number }) | undefined;

  constructor(log: EncodedLog, source: ConflationSource, seq: number) {
    this.#log = log;
    this.#source = source;
    this.#heldSeq = seq;
  }

  get heldSeq(): number {
    return this.#heldSeq;
  }

  /** What the pass under way is about. */
  get pass(): Conflated | undefined {
    return this.#pass;
  }

  /** The cursor is left at `seq`, which has been published or not. */
  held(seq: number, isPublished: boolean): void {
    this.#heldSeq = seq;
    this.#heldAt = isPublished ? this.#source.publishedAt(seq) : Number.NaN;
  }

  /**
   * Whether a key has changed twice since `from`. What has been looked at in vain is not looked at
   * again: a backlog of many keys costs one look at each message, however slowly it is read.
   */
  repeats(from: number): boolean {
    const since = Math.max(from, this.#distinctTo);
    this.#distinctTo = this.#source.next;
    return this.#source.repeats(this.#log, from, since);
  }

  /**
   * A pass over the messages from `from` on, of which `behind` are for this subscriber; undefined
   * when it would spare none, and is not needed because they are `gone`.
   */
  begin(from: number, behind: number, gone: boolean): Pass | undefined {
    const conflation = this.#source.conflate(this.#log, from - 1);
    if (conflation === undefined) return undefined;
    const merged = Math.max(0, behind - conflation.kept);
    if (merged === 0 && !gone) return undefined;
    this.#pass = { from, ageMicros: this.#ageOf(from, gone), owed: behind - merged };
    this.held(conflation.end, false);
    return { conflation, merged };
  }

  sent(messages: number): void {
    if (this.#pass !== undefined) this.#pass.owed -= messages;
  }

  /** The pass is over. Messages it owed and could not give: evicted, for later ones of their keys. */
  end(): number {
    const owed = this.#pass?.owed ?? 0;
    this.#pass = undefined;
    return owed;
  }

  /** µs since message `from` was published. One that is `gone` is known from before, if at all. */
  #ageOf(from: number, gone: boolean): number {
    const isKnown = gone && from === this.#heldSeq && !Number.isNaN(this.#heldAt);
    const at = isKnown ? this.#heldAt : this.#source.publishedAt(from);
    return Math.max(0, Math.floor(this.#source.now() - at));
  }
}
