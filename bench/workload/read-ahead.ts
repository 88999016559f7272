import type { Source, SourceItem } from '../../src/sources/source.js';
import type { ItemQueue } from './item-queue.js';

const HIGH_WATER = 8_192;
const LOW_WATER = 4_096;

/**
 * Reads a source ahead of the schedule, so that taking the next message never waits for a promise.
 * For sources whose items may have to be waited for.
 */
export class ReadAhead implements ItemQueue {
  readonly #items: SourceItem[] = [];
  #at = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #failure: unknown;
  readonly primed: Promise<void>;
  /** Its items come in turns that are not its own alone. */
  readonly cpuMicros = null;

  constructor(source: Source) {
    let prime: () => void = () => {};
    this.primed = new Promise((resolve) => {
      prime = resolve;
    });
    void this.#fill(source, prime);
  }

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
