import type { Source, SourceItem } from '../../../src/sources/source.js';

/** A source of these items; it counts what was taken from it. */
export class ListSource implements Source {
  readonly name = 'list';
  readonly deterministic = true;
  taken = 0;
  readonly #items: Iterable<SourceItem>;

  constructor(items: Iterable<SourceItem>) {
    this.#items = items;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SourceItem> {
    for (const item of this.#items) {
      this.taken += 1;
      yield item;
    }
  }

  async close(): Promise<void> {}
}

/** Items with values 1, 2, …, n under one key. */
export function* numbered(n: number): Generator<SourceItem> {
  for (let value = 1; value <= n; value++) yield { key: 'k', value };
}

/** Lets everything that only waits for promises go on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
