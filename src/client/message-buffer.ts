import type { Message } from '../core/message.js';

export interface BufferLimit {
  /** Messages. */
  readonly messages: number;
  /** Their bytes as they came over the wire. */
  readonly bytes: number;
}

/** 65,536 messages and 64 MiB, whichever is reached first. */
export const DEFAULT_BUFFER: BufferLimit = { messages: 65_536, bytes: 64 * 1024 * 1024 };

/** A message that waits for the loop to take it. */
export interface Waiting {
  readonly message: Message;
  readonly bytes: number;
  /** False for the snapshot. */
  readonly live: boolean;
}

/** A bounded queue; the oldest make room for the newest. */
export class MessageBuffer {
  readonly #limit: BufferLimit;
  readonly #onDrop: (dropped: Waiting) => void;
  #items: (Waiting | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(limit: BufferLimit, onDrop: (dropped: Waiting) => void) {
    this.#limit = limit;
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: Waiting): void {
    this.#items.push(item);
    this.#bytes += item.bytes;
    // The newest stays even when it alone is larger than the limit.
    while (this.size > this.#limit.messages || (this.#bytes > this.#limit.bytes && this.size > 1)) {
      const dropped = this.shift();
      if (dropped !== undefined) this.#onDrop(dropped);
    }
  }

  shift(): Waiting | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= item.bytes;
    // Taken together now and then: shifting the array for every message would move all the others.
    if (this.#head >= 1_024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
