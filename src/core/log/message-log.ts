import type { Message } from '../message.js';
import { LatestValues } from './latest-values.js';

/** How much of the past is kept: whichever limit is reached first. */
export interface Retention {
  /** Messages. */
  readonly messages: number;
  /** Encoded bytes, in each encoded log. */
  readonly bytes: number;
  /**
   * Keys the snapshot remembers; the one that has not changed for longest is forgotten first.
   * Default 65,536.
   */
  readonly keys?: number;
}

const DEFAULT_KEYS = 65_536;

/**
 * 16,384 messages and 64 MiB: seconds of a busy feed, minutes of a calm one, and flat memory soon
 * after the start.
 */
export const DEFAULT_RETENTION: Retention = { messages: 16_384, bytes: 64 * 1024 * 1024 };

/**
 * The retained messages themselves: a ring by sequence number, and the newest message of each key.
 * What a new subscriber is to catch up with is encoded from it, where the encoded log it will read
 * does not reach back so far.
 */
export class MessageLog {
  readonly #retention: Retention;
  readonly #ring: (Message | undefined)[] = [];
  readonly #sizes: Int32Array;
  /** When each was appended, µs: never less than the one before. */
  readonly #times: Float64Array;
  /** Of each, the sequence number of the next one of its key; 0 when there is none yet. */
  readonly #successors: Float64Array;
  /** Of each, that of the one of its key before it; 0 when none is known. */
  readonly #predecessors: Float64Array;
  /** The newest message of every key remembered, whatever the retention of messages. */
  readonly latest: LatestValues;
  #first = 1;
  #next = 1;
  #bytes = 0;

  constructor(retention: Retention = DEFAULT_RETENTION) {
    this.#retention = retention;
    this.#sizes = new Int32Array(retention.messages);
    this.#times = new Float64Array(retention.messages);
    this.#successors = new Float64Array(retention.messages);
    this.#predecessors = new Float64Array(retention.messages);
    this.latest = new LatestValues(retention.keys ?? DEFAULT_KEYS);
  }

  /** Sequence number of the oldest retained message; equals `next` when nothing is retained. */
  get first(): number {
    return this.#first;
  }

  /** Sequence number the next message will get. */
  get next(): number {
    return this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends a message whose `seq` is `next`; `bytes` is its encoded length, `at` the clock. Evicts
   * what falls out of retention.
   */
  append(message: Message, bytes: number, at = message.time): void {
    const { messages, bytes: maxBytes } = this.#retention;
    if (this.#next - this.#first === messages) this.#evict();
    const slot = message.seq % messages;
    this.#ring[slot] = message;
    this.#sizes[slot] = bytes;
    this.#times[slot] = at;
    this.#bytes += bytes;
    this.#next = message.seq + 1;
    // The newest message stays even when it alone exceeds the byte limit: a log that holds nothing
    // helps nobody.
    while (this.#bytes > maxBytes && this.#next - this.#first > 1) this.#evict();
    this.#successors[slot] = 0;
    const replaced = this.latest.set(message);
    this.#predecessors[slot] = replaced;
    if (replaced >= this.#first) this.#successors[replaced % messages] = message.seq;
  }

  /** Sequence number of the first retained message appended at `at` or later; else `next`. */
  seqSince(at: number): number {
    let low = this.#first;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#times[middle % this.#retention.messages] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A retained message, if it is the last one of its key before `end`. */
  lastOfKey(seq: number, end: number): Message | undefined {
    const successor = this.successorOf(seq);
    if (successor > 0 && successor < end) return undefined;
    return this.#ring[seq % this.#retention.messages];
  }

  /** Of a retained message, the sequence number of the next one of its key; 0 when it is the newest. */
  successorOf(seq: number): number {
    return this.#successors[seq % this.#retention.messages] as number;
  }

  /**
   * Whether a message between `since` and `end` has a key (of these, if given) that one between
   * `from` and itself has as well.
   */
  hasRepeated(
    from: number,
    since: number,
    end: number,
    keys: ReadonlySet<string> | undefined,
  ): boolean {
    for (let seq = Math.max(since, this.#first); seq < end; seq++) {
      const slot = seq % this.#retention.messages;
      if ((this.#predecessors[slot] as number) < from) continue;
      if (keys === undefined || keys.has((this.#ring[slot] as Message).key)) return true;
    }
    return false;
  }

  /** Messages of `[from, to)` with these keys: all that are retained, and the latest of older ones. */
  countOf(keys: ReadonlySet<string>, from: number, to: number): number {
    const gone = Math.min(to, this.#first);
    let count = from < gone ? this.latest.of(keys, from - 1, gone).length : 0;
    for (let seq = Math.max(from, this.#first); seq < to; seq++)
      if (keys.has((this.#ring[seq % this.#retention.messages] as Message).key)) count += 1;
    return count;
  }

  /** Whether a later message of its key has been appended; false where that is not known. */
  isReplaced(seq: number): boolean {
    if (seq < this.#first || seq >= this.#next) return false;
    const slot = seq % this.#retention.messages;
    return this.#successors[slot] !== 0 && this.#ring[slot]?.key !== '';
  }

  /** When a message was appended, or the oldest one that is retained. */
  appendedAt(seq: number): number {
    return this.#times[Math.max(seq, this.#first) % this.#retention.messages] as number;
  }

  /** Retained messages from `seq` on, oldest first. */
  *from(seq: number): Generator<Message> {
    for (let at = Math.max(seq, this.#first); at < this.#next; at++) {
      const message = this.#ring[at % this.#retention.messages];
      if (message !== undefined) yield message;
    }
  }

  #evict(): void {
    const slot = this.#first % this.#retention.messages;
    this.#bytes -= this.#sizes[slot] ?? 0;
    this.#ring[slot] = undefined;
    this.#first += 1;
  }
}
