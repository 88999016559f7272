import type { Slice } from '../log/slice.js';
import type { SliceTrain } from '../log/slice-train.js';
import type { CatchUp, Page } from './catch-up.js';

/** What a reader of a catch-up is to do next. */
export type CatchUpState = 'slice' | 'notice' | 'page' | 'done';

/** One subscriber's place in a catch-up. It holds one page at most. */
export class CatchUpReader {
  readonly #catchUp: CatchUp;
  #page: Page | undefined;
  #position = 0;
  /** The sequence number up to which pages have been read. */
  #after: number;

  constructor(catchUp: CatchUp, after: number) {
    this.#catchUp = catchUp;
    this.#after = after;
  }

  get isSnapshot(): boolean {
    return this.#catchUp.isSnapshot;
  }

  get isFiltered(): boolean {
    return this.#catchUp.isFiltered;
  }

  /** Where a notice about what was left out says that the stream goes on. */
  get next(): number {
    return this.isSnapshot ? this.#catchUp.end : this.#after + 1;
  }

  /** `slice`: one can be read; `notice`: `takeRefused` first; `page`: `turn` to the next one. */
  get state(): CatchUpState {
    const page = this.#page;
    if (page === undefined) return this.#after + 1 < this.#catchUp.end ? 'page' : 'done';
    if (this.#position < page.log.head) return 'slice';
    return page.refused > 0 ? 'notice' : 'page';
  }

  slice(maxBytes: number): Slice | undefined {
    return this.#page?.log.slice(this.#position, maxBytes);
  }

  /** None reaches beyond its page. */
  train(maxBytes: number, most: number): SliceTrain | undefined {
    return this.#page?.log.train(this.#position, maxBytes, most);
  }

  advance(slice: Slice): void {
    this.#position = slice.to;
    const page = this.#page;
    if (page !== undefined && page.refused === 0 && this.#position === page.log.head)
      this.#leave(page);
  }

  /** Messages that the codec refused behind the page that has been read. */
  takeRefused(): number {
    const page = this.#page;
    if (page === undefined) return 0;
    this.#leave(page);
    return page.refused;
  }

  /** What it would read next is no longer retained. */
  get isEvicted(): boolean {
    return this.#page === undefined && this.#catchUp.evictedAfter(this.#after) > 0;
  }

  /** Goes on at sequence number `next`, between two pages. */
  skipTo(next: number): void {
    this.#after = Math.max(this.#after, next - 1);
  }

  /** Passes over what is no longer retained. Returns how many messages that were. */
  skipEvicted(): number {
    if (this.#page !== undefined) return 0;
    const evicted = this.#catchUp.evictedAfter(this.#after);
    this.#after += evicted;
    return evicted;
  }

  turn(): void {
    const { base } = this.#catchUp;
    const source = base !== undefined && this.#after + 1 < base.end ? base : this.#catchUp;
    const page = source.page(this.#after);
    this.#position = 0;
    if (page.log.head === 0 && page.refused === 0) this.#after = page.through;
    else this.#page = page;
  }

  #leave(page: Page): void {
    this.#after = page.through;
    this.#page = undefined;
  }
}
