import type { Broadcast } from '../../src/core/broadcast.js';
import type { Clock, Timer } from '../../src/core/clock.js';
import type { MessageValue } from '../../src/core/message.js';

interface Held {
  readonly key: string;
  readonly value: MessageValue;
  readonly time: number;
  /** When it may go on, µs since the epoch. */
  readonly due: number;
}

/**
 * A publisher's way to the broadcast that takes `delayMs` at least, and that no more than
 * `perSecond` messages go in a second: messages keep their time stamps
 * and order, so the delay is service time and not schedule lag. Nobody else may publish to the same
 * broadcast: sequence numbers are promised when a message comes in.
 */
export class DelayLine implements Pick<Broadcast, 'publish'> {
  readonly #broadcast: Broadcast;
  readonly #clock: Clock;
  readonly #delayMicros: number;
  /** From one message to the next at the least. */
  readonly #gapMicros: number;
  readonly #onError: (error: unknown) => void;
  readonly #held: Held[] = [];
  #timer: Timer | undefined;
  #lastDue = Number.NEGATIVE_INFINITY;

  /** `onError` gets what the broadcast throws at a message; the line ends then. */
  constructor(
    broadcast: Broadcast,
    clock: Clock,
    delayMs: number,
    onError: (error: unknown) => void,
    perSecond = Number.POSITIVE_INFINITY,
  ) {
    this.#broadcast = broadcast;
    this.#clock = clock;
    this.#delayMicros = delayMs * 1_000;
    this.#gapMicros = 1e6 / perSecond;
    this.#onError = onError;
  }

  /** Messages that have come in and not gone on. */
  get held(): number {
    return this.#held.length;
  }

  /** Takes a message in; returns the sequence number it will have. */
  publish(key: string, value: MessageValue, time: number): number {
    const due = Math.max(this.#clock.now() + this.#delayMicros, this.#lastDue + this.#gapMicros);
    this.#lastDue = due;
    this.#held.push({ key, value, time, due });
    this.#timer ??= this.#wait();
    return this.#broadcast.next + this.#held.length - 1;
  }

  /** Publishes everything that is still held, at once. */
  drain(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#publishUntil(Number.POSITIVE_INFINITY);
  }

  readonly #release = (): void => {
    this.#timer = undefined;
    this.#publishUntil(this.#clock.now());
    if (this.#held.length > 0) this.#timer = this.#wait();
  };

  #wait(): Timer {
    const [first] = this.#held;
    return this.#clock.setTimeout(this.#release, ((first as Held).due - this.#clock.now()) / 1_000);
  }

  #publishUntil(now: number): void {
    let count = 0;
    try {
      for (const { key, value, time, due } of this.#held) {
        if (due > now) break;
        count += 1;
        this.#broadcast.publish(key, value, time);
      }
      this.#held.splice(0, count);
    } catch (error) {
      this.#held.length = 0;
      this.#onError(error);
    }
  }
}
