import type { Source, SourceItem, SourceStats } from './source.js';

/**
 * A source whose items are computed on demand: `begin` stands at the first one and gives what pulls
 * the next, undefined at the end. It is read by one consumer, so every iterator shares the same
 * position: after a `break`, a new `for await` goes on where the old stopped.
 */
export class PullSource implements Source {
  readonly name: string;
  readonly deterministic = true;
  readonly stats?: () => SourceStats;
  readonly #begin: () => () => SourceItem | undefined;
  readonly #pull: () => SourceItem | undefined;
  #ended = false;

  /** `stats`: where there is something to tell that does not change any more. */
  constructor(name: string, begin: () => () => SourceItem | undefined, stats?: SourceStats) {
    this.name = name;
    this.#begin = begin;
    this.#pull = begin();
    if (stats !== undefined) this.stats = () => stats;
  }

  /** A plain iterator: an async generator would cost several promises an item. */
  [Symbol.asyncIterator](): AsyncIterator<SourceItem> {
    return { next: () => Promise.resolve(this.#next()) };
  }

  pull(): SourceItem | undefined {
    const item = this.#ended ? undefined : this.#pull();
    this.#ended = item === undefined;
    return item;
  }

  again(): PullSource {
    return new PullSource(this.name, this.#begin);
  }

  close(): Promise<void> {
    this.#ended = true;
    return Promise.resolve();
  }

  #next(): IteratorResult<SourceItem, undefined> {
    const item = this.pull();
    return item === undefined ? { done: true, value: item } : { done: false, value: item };
  }
}
