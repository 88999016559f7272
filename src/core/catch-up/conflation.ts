import type { Message } from '../message.js';
import { CatchUp, type CatchUpSource } from './catch-up.js';

/**
 * What a subscriber that has fallen behind reads instead of all that was published meanwhile: the
 * latest message of each key up to `end`, in the order of the feed. It is fixed when it begins, so
 * every key that has changed is in it, however often it changes: none waits for a quieter time.
 */
export class Conflation extends CatchUp {
  readonly isSnapshot = false;
  readonly base = undefined;
  readonly count = 0;
  /** The sequence number before all of it. */
  readonly after: number;
  /** Messages it has, unless the codec refuses some or they are evicted before they are read. */
  readonly kept: number;

  constructor(source: CatchUpSource, after: number, end: number) {
    super(source, end);
    this.after = after;
    this.kept = this.#count();
    // Nobody else begins at the same place, but for who fell behind at the same time.
    this.retire();
  }

  protected *from(after: number): Generator<Message> {
    const { messages, keys } = this.source;
    const { first, latest } = messages;
    // Of what is no longer retained, the latest of each key is known all the same.
    if (after + 1 < first) {
      const end = Math.min(first, this.end);
      yield* keys === undefined ? latest.between(after, end) : latest.of(keys, after, end);
    }
    for (let seq = Math.max(after + 1, first); seq < this.end; seq++) {
      const message = messages.lastOfKey(seq, this.end);
      if (message !== undefined) yield message;
    }
  }

  #count(): number {
    const { keys } = this.source;
    let count = 0;
    for (const { key } of this.from(this.after)) if (keys?.has(key) !== false) count += 1;
    return count;
  }
}
