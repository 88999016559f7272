import type { Message } from './message.js';

/** How much of the past is kept: whichever limit is reached first. */
export interface Retention {
  /** Messages. */
  readonly messages: number;
  /** Encoded bytes, in each encoded log. */
  readonly bytes: number;
  /** Keys the snapshot remembers; the one that has not changed for longest is forgotten first. Default 65,536. */
  readonly keys?: number;
}

const DEFAULT_KEYS = 65_536;

/** 16,384 messages and 64 MiB: seconds of a busy feed, minutes of a calm one, and flat memory soon after the start. */
export const DEFAULT_RETENTION: Retention = { messages: 16_384, bytes: 64 * 1024 * 1024 };

/**
 * The retained messages themselves: a ring by sequence number, and the newest message of each key.
 * Encoded logs are filled from it when a codec or filter is asked for the first time, and snapshots are made of it.
 */
export class MessageLog {
  readonly #retention: Retention;
  readonly #ring: (Message | undefined)[] = [];
  readonly #sizes: Int32Array;
  readonly #latest = new Map<string, Message>();
  #first = 1;
  #next = 1;
  #bytes = 0;
  #forgottenKeys = 0;

  constructor(retention: Retention = DEFAULT_RETENTION) {
    this.#retention = retention;
    this.#sizes = new Int32Array(retention.messages);
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

  get keys(): number {
    return this.#latest.size;
  }

  /** Keys that no longer are in the snapshot because there were too many. */
  get forgottenKeys(): number {
    return this.#forgottenKeys;
  }

  /** Appends a message whose `seq` is `next`; `bytes` is its encoded length. Evicts what falls out of retention. */
  append(message: Message, bytes: number): void {
    const { messages, bytes: maxBytes } = this.#retention;
    if (this.#next - this.#first === messages) this.#evict();
    const slot = message.seq % messages;
    this.#ring[slot] = message;
    this.#sizes[slot] = bytes;
    this.#bytes += bytes;
    this.#next = message.seq + 1;
    // The newest message stays even when it alone exceeds the byte limit: a log that holds nothing helps nobody.
    while (this.#bytes > maxBytes && this.#next - this.#first > 1) this.#evict();
    // Re-inserting keeps the map in order of last change, so a snapshot comes out in sequence order without sorting.
    this.#latest.delete(message.key);
    this.#latest.set(message.key, message);
    if (this.#latest.size > (this.#retention.keys ?? DEFAULT_KEYS)) this.#forgetKey();
  }

  /** Retained messages from `seq` on, oldest first. */
  *from(seq: number): Generator<Message> {
    for (let at = Math.max(seq, this.#first); at < this.#next; at++) {
      const message = this.#ring[at % this.#retention.messages];
      if (message !== undefined) yield message;
    }
  }

  /** Newest message of every key remembered, in sequence order. Kept whatever the retention of messages. */
  latest(): IterableIterator<Message> {
    return this.#latest.values();
  }

  /** A feed that makes up a new key for every message would otherwise grow without end. */
  #forgetKey(): void {
    const [oldest] = this.#latest.keys();
    if (oldest === undefined) return;
    this.#latest.delete(oldest);
    this.#forgottenKeys += 1;
  }

  #evict(): void {
    const slot = this.#first % this.#retention.messages;
    this.#bytes -= this.#sizes[slot] ?? 0;
    this.#ring[slot] = undefined;
    this.#first += 1;
  }
}
