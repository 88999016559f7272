import type { Source, SourceItem } from '../../src/sources/source.js';

const HIGH_WATER = 8_192;
const LOW_WATER = 4_096;

/**
 * Reads a source ahead of the schedule, so that taking the next message never waits for a promise.
 */
export class ReadAhead {
  readonly #items: SourceItem[] = [];
  #at = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #failure: unknown;
  /** Settles when the first items are there (or the source has ended or failed). */
  readonly primed: Promise<void>;

  constructor(source: Source) {
    let prime: () => void = () => {};
    this.primed = new Promise((resolve) => {
      prime = resolve;
    });
    void this.#fill(source, prime);
  }

  /**
   * The next item without taking it; undefined when none is ready. @throws what the source threw,
   * once the items before are used up
   */
  peek(): SourceItem | undefined {
    const item = this.#items[this.#at];
    if (item === undefined && this.#failure !== undefined) throw this.#failure;
    return item;
  }

  take(): void {
    this.#at += 1;
    if (this.#items.length - this.#at >= LOW_WATER) return;
    if (this.#at > LOW_WATER) {
      this.#items.splice(0, this.#at);
      this.#at = 0;
    }
    this.#wake?.();
  }

  /** True when the source has no more and everything was taken. */
  get done(): boolean {
    return this.#ended && this.#at >= this.#items.length;
  }

  async #fill(source: Source, prime: () => void): Promise<void> {
    try {
      for await (const item of source) {
        this.#items.push(item);
        if (this.#items.length - this.#at < HIGH_WATER) continue;
        prime();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#ended = true;
    prime();
  }
}
