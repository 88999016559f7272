import type { Clock } from '../core/clock.js';
import type { Message } from '../core/message.js';
import { type BufferLimit, MessageBuffer, type Waiting } from './message-buffer.js';

/** Messages that made room for newer ones: contiguous, unless only some keys are subscribed. */
export interface Dropped {
  readonly from: number;
  readonly to: number;
  readonly missed: number;
  /** False for messages of the snapshot. */
  readonly live: boolean;
}

export interface MessageQueueOptions {
  readonly limit: BufferLimit;
  readonly clock: Clock;
  /** Only some keys are subscribed: what was dropped need not be contiguous to be told as one. */
  readonly filtered: boolean;
  readonly onDropped: (dropped: Dropped) => void;
}

type Result = IteratorResult<Message, undefined>;

const DONE: Result = { done: true, value: undefined };

/**
 * Messages handed over in a row before sockets and timers get their turn, however busy the loop is.
 */
const YIELD_EVERY = 64;
/** A loop that takes nothing at all is still told once a second what it misses, µs. */
const TELL_EVERY = 1_000_000;

/**
 * Where messages wait until the loop takes them. What had to be dropped is told before the next
 * message is handed over.
 */
export class MessageQueue {
  /** Messages handed over, of the live feed and of the snapshot. */
  live = 0;
  snapshot = 0;
  /**
   * Live messages that came and have not been taken: they wait, or `close` has thrown them away.
   */
  waiting = 0;
  readonly #options: MessageQueueOptions;
  readonly #buffer: MessageBuffer;
  readonly #waiters: {
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  #dropped: Dropped | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #inARow = 0;
  #ended = false;
  #error: unknown;

  constructor(options: MessageQueueOptions) {
    this.#options = options;
    this.#buffer = new MessageBuffer(options.limit, (dropped) => this.#drop(dropped));
  }

  /** Live messages dropped and not told yet. */
  get unreportedDrops(): number {
    return this.#dropped?.live === true ? this.#dropped.missed : 0;
  }

  push(item: Waiting): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (item.live) this.waiting += 1;
    if (waiter === undefined) this.#buffer.push(item);
    else waiter.resolve(this.#handOver(item));
  }

  next(): Promise<Result> {
    this.#tellDropped();
    const item = this.#buffer.shift();
    if (item !== undefined) {
      const result = this.#handOver(item);
      this.#inARow += 1;
      if (this.#inARow % YIELD_EVERY !== 0) return Promise.resolve(result);
      return new Promise((resolve) => setImmediate(() => resolve(result)));
    }
    if (!this.#ended)
      return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
  }

  /** Nothing more comes. What waits is still handed over; then the loop ends, or throws `error`. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#tellDropped();
    this.#ended = true;
    this.#error = error;
    const [first, ...others] = this.#waiters.splice(0);
    if (error === undefined) first?.resolve(DONE);
    else if (first !== undefined) {
      this.#error = undefined;
      first.reject(error);
    }
    for (const { resolve } of others) resolve(DONE);
  }

  /** Ends at once: what waits is thrown away. */
  close(): void {
    this.#tellDropped();
    this.#buffer.clear();
    this.end();
    this.#error = undefined;
  }

  #handOver({ message, live }: Waiting): Result {
    if (live) this.live += 1;
    else this.snapshot += 1;
    if (live) this.waiting -= 1;
    return { done: false, value: message };
  }

  #drop({ message: { seq }, live }: Waiting): void {
    if (live) this.waiting -= 1;
    const known = this.#dropped;
    const goesOn =
      known?.live === live &&
      (this.#options.filtered || !live ? seq > known.to : seq === known.to + 1);
    if (known !== undefined && goesOn) {
      this.#dropped = { ...known, to: seq, missed: known.missed + 1 };
    } else {
      this.#tellDropped();
      this.#dropped = { from: seq, to: seq, missed: 1, live };
    }
    const now = this.#options.clock.now();
    if (this.#toldAt === Number.NEGATIVE_INFINITY) this.#toldAt = now;
    else if (now - this.#toldAt >= TELL_EVERY) this.#tellDropped();
  }

  #tellDropped(): void {
    const dropped = this.#dropped;
    if (dropped === undefined) return;
    this.#dropped = undefined;
    this.#toldAt = this.#options.clock.now();
    this.#options.onDropped(dropped);
  }
}
