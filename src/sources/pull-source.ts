import type { Source, SourceItem, SourceStats } from './source.js';

/**
 * A source whose items are computed on demand: `pull` gives the next one, undefined at the end. It
 * is read by one consumer, so every iterator shares the same position: after a `break`, a new
 * `for await` goes on where the old stopped.
 */
export class PullSource implements Source {
  readonly name: string;
  readonly deterministic = true;
  readonly stats?: () => SourceStats;
  readonly #pull: () => SourceItem | undefined;
  #ended = false;

  /** `stats`: where there is something to tell that does not change any more. */
  constructor(name: string, pull: () => SourceItem | undefined, stats?: SourceStats) {
    this.name = name;
    this.#pull = pull;
    if (stats !== undefined) this.stats = () => stats;
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
