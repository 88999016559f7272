import type { Source, SourceItem } from './source.js';

/**
 * A source whose items are computed on demand: `pull` gives the next one, undefined at the end. It is read by one
 * consumer, so every iterator shares the same position: after a `break`, a new `for await` goes on where the old stopped.
 */
export class PullSource implements Source {
  readonly name: string;
  readonly deterministic = true;
  readonly #pull: () => SourceItem | undefined;
  #ended = false;

  constructor(name: string, pull: () => SourceItem | undefined) {
    this.name = name;
    this.#pull = pull;
  }

  /** A plain iterator: an async generator would cost several promises an item. */
  [Symbol.asyncIterator](): AsyncIterator<SourceItem> {
    return { next: () => Promise.resolve(this.#next()) };
  }

  close(): Promise<void> {
    this.#ended = true;
    return Promise.resolve();
  }

  #next(): IteratorResult<SourceItem, undefined> {
    const item = this.#ended ? undefined : this.#pull();
    if (item !== undefined) return { done: false, value: item };
    this.#ended = true;
    return { done: true, value: undefined };
  }
}
