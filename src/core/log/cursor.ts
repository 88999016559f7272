import type { EncodedLog } from './encoded-log.js';
import type { Slice } from './slice.js';
import type { SliceTrain } from './slice-train.js';

/**
 * Who is further behind in its log than this reads on in turns of its own until it is in step:
 * nobody waits for it.
 */
const NEAR_BYTES = 512 * 1024;
/** At least so much may be read in one turn then. */
const GRANTED_BYTES = 64 * 1024;

/** A place in an encoded log. A reader of the log is one: it moves on as it reads. */
export abstract class LogCursor {
  readonly log: EncodedLog;
  #position: number;
  /** Of the messages that the codec has refused, those that are behind the cursor. */
  #refusedSeen: number;
  #isFar = false;
  /** Bytes of the log that one far behind may still read in this turn. */
  #granted = 0;

  /** Messages refused before `position` from sequence number `seq` on are still to be passed. */
  constructor(log: EncodedLog, position: number, seq: number) {
    this.log = log;
    this.#position = position;
    this.#refusedSeen = log.refusals.before(position) - log.refusals.from(seq, position);
  }

  get position(): number {
    return this.#position;
  }

  /** Messages retained between the cursor and the head. */
  get lag(): number {
    return this.log.head - Math.max(this.#position, this.log.first);
  }

  /** The log has evicted the message at the cursor. */
  protected get isOverrun(): boolean {
    return this.#position < this.log.first;
  }

  /** The codec has refused messages, here or further on, that the cursor has not passed yet. */
  protected get facesRefused(): boolean {
    return this.log.refusals.total > this.#refusedSeen;
  }

  /** Sequence number at the cursor, which is not overrun. */
  protected get seq(): number {
    return this.log.seqAt(this.#position);
  }

  /** Moves on to a later position; returns how many messages that skips. */
  protected skipTo(position: number): number {
    const missed = position - this.#position;
    this.#position = position;
    return missed;
  }

  /** Passes the messages refused that stand before the cursor; returns how many. */
  protected passRefused(): number {
    const before = this.log.refusals.before(this.#position);
    const refused = before - this.#refusedSeen;
    this.#refusedSeen = before;
    return refused;
  }

  protected sliceHere(maxBytes: number): Slice | undefined {
    return this.log.slice(this.#position, maxBytes);
  }

  protected trainFromHere(maxBytes: number, most: number): SliceTrain | undefined {
    return this.log.train(this.#position, maxBytes, most);
  }

  protected pass(slice: Slice): void {
    this.#position = slice.to;
    if (this.#granted > 0) this.#granted -= slice.bytes.length;
  }

  /**
   * Whether the slice at the cursor has to wait for a turn: it is far behind, or was and is not in
   * step yet, and has read what it may in this one.
   */
  protected awaitsTurn(slice: Slice | undefined): boolean {
    if (slice === undefined) {
      this.#isFar = false;
      return false;
    }
    // What reaches to the head is near, whatever it weighs.
    if (!this.#isFar && slice.to === this.log.head) return false;
    this.#isFar ||= this.log.bytesFrom(this.#position) > NEAR_BYTES;
    return this.#isFar && this.#granted <= 0;
  }

  /** It has its turn. */
  protected grantTurn(): void {
    this.#granted = GRANTED_BYTES;
  }
}
