import type { Message } from '../message.js';

interface Entry {
  message: Message;
  slot: number;
}

/** Below this many slots there is nothing worth compacting. */
const LEAST_SLOTS = 1_024;

/**
 * The newest message of each key, in order of `seq`: an array with a hole for each message that a
 * newer one of its key has replaced, so that the reader of a snapshot finds its place by bisection,
 * however many keys there are. Changing a key is O(1); holes are squeezed out when they are the
 * half of all slots.
 */
export class LatestValues {
  readonly #entries = new Map<string, Entry>();
  #slots: (Entry | undefined)[] = [];
  /**
   * Of each slot, the `seq` it was written with; holes keep theirs, so the array can be bisected.
   */
  #seqs: number[] = [];
  /** No slot before this one is taken. */
  #oldest = 0;
  readonly #maxKeys: number;
  #forgotten = 0;

  /** `maxKeys`: the key that has not changed for longest is forgotten beyond it. */
  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  /** Keys remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Keys forgotten because there were too many. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get(key: string): Message | undefined {
    return this.#entries.get(key)?.message;
  }

  /** `message.seq` is above all before. Returns that of the message it replaces, else 0. */
  set(message: Message): number {
    const slot = this.#slots.length;
    let entry = this.#entries.get(message.key);
    const replaced = entry?.message.seq ?? 0;
    if (entry === undefined) {
      entry = { message, slot };
      this.#entries.set(message.key, entry);
    } else {
      this.#slots[entry.slot] = undefined;
      entry.message = message;
      entry.slot = slot;
    }
    this.#slots.push(entry);
    this.#seqs.push(message.seq);
    if (this.#entries.size > this.#maxKeys) this.#forgetOldest();
    if (this.#slots.length > Math.max(LEAST_SLOTS, 2 * this.#entries.size)) this.#compact();
    return replaced;
  }

  /** Newest messages with `after < seq < end`, in order of `seq`. */
  *between(after: number, end: number): Generator<Message> {
    for (let slot = this.#slotAfter(after); slot < this.#slots.length; slot++) {
      const message = this.#slots[slot]?.message;
      if (message === undefined) continue;
      if (message.seq >= end) return;
      yield message;
    }
  }

  /** The same of these keys only. Takes time for each of them, not for those remembered. */
  of(keys: ReadonlySet<string>, after: number, end: number): Message[] {
    const found: Message[] = [];
    for (const key of keys) {
      const message = this.get(key);
      if (message !== undefined && message.seq > after && message.seq < end) found.push(message);
    }
    return found.sort((a, b) => a.seq - b.seq);
  }

  #slotAfter(seq: number): number {
    let low = this.#oldest;
    let high = this.#seqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle] as number) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A feed that makes up a new key for every message would otherwise grow without end. */
  #forgetOldest(): void {
    while (this.#slots[this.#oldest] === undefined) this.#oldest += 1;
    const entry = this.#slots[this.#oldest] as Entry;
    this.#slots[this.#oldest] = undefined;
    this.#entries.delete(entry.message.key);
    this.#forgotten += 1;
  }

  #compact(): void {
    const slots: Entry[] = [];
    const seqs: number[] = [];
    for (const entry of this.#slots) {
      if (entry === undefined) continue;
      entry.slot = slots.length;
      slots.push(entry);
      seqs.push(entry.message.seq);
    }
    this.#slots = slots;
    this.#seqs = seqs;
    this.#oldest = 0;
  }
}
