import type { Retention } from '../log/message-log.js';
import type { BacklogLimits } from './limits.js';

/**
 * Of what is retained, so much may be published between two flushes, and so much may be left for a
 * subscriber after one: together less than all.
 */
const UNFLUSHED_PART = 1 / 2;
const BEHIND_PART = 1 / 4;

/** A subscriber as it is after its flush. */
interface Blocking {
  isBlocking: boolean;
}

/**
 * Policy `block`: whether whoever publishes has to wait, for the slowest subscriber or for a flush.
 * As it waits for what is not flushed as well, what a subscriber has yet to read is never evicted.
 */
export class Backpressure {
  /** Above these a subscriber holds the feed up. */
  readonly limits: BacklogLimits;
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  #behind = 0;
  /** Published since a flush began. */
  #messages = 0;
  #bytes = 0;
  #onOpen: (() => void) | undefined;

  constructor(limits: BacklogLimits, retention: Retention) {
    const { messages, bytes } = retention;
    this.#mostMessages = Math.max(1, messages * UNFLUSHED_PART);
    this.#mostBytes = bytes * UNFLUSHED_PART;
    this.limits = {
      messages: Math.min(limits.messages, Math.floor(messages * BEHIND_PART)),
      bytes: Math.min(limits.bytes, bytes * BEHIND_PART),
      age: limits.age,
    };
  }

  /** Nothing may be published now. */
  get isClosed(): boolean {
    return (
      this.#behind > 0 || this.#messages >= this.#mostMessages || this.#bytes >= this.#mostBytes
    );
  }

  /** Calls this once, as soon as something may be published. */
  whenOpen(onOpen: () => void): void {
    this.#onOpen = onOpen;
  }

  published(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }

  /** Everybody is about to be offered what there is. */
  flushing(): void {
    this.#messages = 0;
    this.#bytes = 0;
    this.#open();
  }

  /** A subscriber has had its flush, or is gone. */
  note(subscriber: Blocking, isBlocking: boolean): void {
    if (subscriber.isBlocking === isBlocking) return;
    subscriber.isBlocking = isBlocking;
    this.#behind += isBlocking ? 1 : -1;
    this.#open();
  }

  #open(): void {
    if (this.isClosed) return;
    const onOpen = this.#onOpen;
    this.#onOpen = undefined;
    onOpen?.();
  }
}
