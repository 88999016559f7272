import type { SourceItem } from '../source.js';

type Result = IteratorResult<SourceItem, undefined>;

interface Waiter {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: Result = { done: true, value: undefined };

/**
 * Between upstream, which does not wait, and a consumer, which may: bounded, the oldest item gives
 * way and is counted.
 */
export class ItemQueue implements AsyncIterator<SourceItem, undefined> {
  readonly #limit: number;
  readonly #items: SourceItem[] = [];
  /** Index of the oldest: shifting an array of thousands for each item would be slow. */
  #first = 0;
  readonly #waiters: Waiter[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Items that gave way to newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: SourceItem): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: item });
      return;
    }
    this.#items.push(item);
    if (this.#items.length - this.#first > this.#limit) {
      this.#first += 1;
      this.#dropped += 1;
    }
    this.#compact();
  }

  /** What is queued is still given out, then `error` is thrown, once. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#failure = { error };
    else waiter.reject(error);
    this.#release();
  }

  /** What is queued is forgotten, and iteration ends. */
  end(): void {
    this.#ended = true;
    this.#failure = undefined;
    this.#items.length = 0;
    this.#first = 0;
    this.#release();
  }

  next(): Promise<Result> {
    const item = this.#items[this.#first];
    if (item !== undefined) {
      this.#first += 1;
      this.#compact();
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  #release(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
  }

  #compact(): void {
    if (this.#first < this.#limit && this.#first < this.#items.length) return;
    this.#items.splice(0, this.#first);
    this.#first = 0;
  }
}
