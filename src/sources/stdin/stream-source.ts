import type { Source, SourceItem, SourceStats } from '../source.js';
import type { ByteReader } from '../text/byte-reader.js';

/** Makes items of a stream of bytes. It holds no more than it must to finish the item it is at. */
export interface ItemParser {
  /** Things seen that became no item. */
  readonly skipped: number;
  /** The next item in the bytes pushed so far, undefined when it takes more of them. */
  next(): SourceItem | undefined;
  /** Further bytes, once `next` has given undefined. */
  push(bytes: Buffer): void;
  /**
   * What can be given without further bytes, as none are there now (or, `ended`, ever will be). Not
   * after a failed input.
   */
  rest(ended: boolean): SourceItem | undefined;
}

/**
 * A source that gives what comes in, when it comes in: not deterministic, and read by one consumer.
 * Like in `PullSource`, every iterator shares the same position. The consumer sets the pace: what
 * it does not ask for is not read.
 */
export class StreamSource implements Source {
  readonly name: string;
  readonly deterministic = false;
  readonly #reader: ByteReader;
  readonly #parser: ItemParser;
  #items = 0;
  #lastItemAt: number | undefined;
  #over = false;

  constructor(name: string, reader: ByteReader, parser: ItemParser) {
    this.name = name;
    this.#reader = reader;
    this.#parser = parser;
  }

  [Symbol.asyncIterator](): AsyncIterator<SourceItem> {
    return { next: () => this.#next() };
  }

  stats(): SourceStats {
    const counts = { items: this.#items, skipped: this.#parser.skipped };
    return this.#lastItemAt === undefined ? counts : { ...counts, lastItemAt: this.#lastItemAt };
  }

  close(): Promise<void> {
    this.#reader.close();
    return Promise.resolve();
  }

  async #next(): Promise<IteratorResult<SourceItem, undefined>> {
    while (!this.#over && !this.#reader.closed) {
      const item = this.#take();
      if (item !== undefined) {
        this.#items += 1;
        this.#lastItemAt = Date.now() * 1_000;
        return { done: false, value: item };
      }
      if (this.#reader.ended) {
        this.#over = true;
        if (this.#reader.failure !== undefined) throw this.#reader.failure;
      } else {
        await this.#reader.ready();
      }
    }
    return { done: true, value: undefined };
  }

  /** The next item that can be had without waiting. */
  #take(): SourceItem | undefined {
    for (;;) {
      const item = this.#parser.next();
      if (item !== undefined) return item;
      const bytes = this.#reader.read();
      if (bytes !== undefined) this.#parser.push(bytes);
      else return this.#parser.rest(this.#reader.ended && this.#reader.failure === undefined);
    }
  }
}
