import type { Clock, Timer } from '../core/clock.js';
import type { ClientCounters } from './transport.js';

const HEARTBEATS_MISSED = 3;
const SHORTEST_SILENCE_MS = 5_000;
/** Looks within the time that a server may be silent, and the longest time between two: a timer has an end. */
const LOOKS = 2;
const LONGEST_PERIOD_MS = 60_000;

/**
 * Notices that a server does not even send heartbeats any more: a host without power, or a network that forgot the connection, closes
 * nothing. What is watched is the counter of reads, so that a read costs nothing.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #counters: ClientCounters;
  readonly #onSilence: (silentMs: number) => void;
  readonly #look = (): void => this.#lookOnce();
  readonly #lookAgain = (): void => this.#lookTwice();
  #limitMs = 0;
  #reads = 0;
  #heardAt = 0;
  #timer: Timer | undefined;

  /** `onSilence` is told the limit that was passed. */
  constructor(clock: Clock, counters: ClientCounters, onSilence: (silentMs: number) => void) {
    this.#clock = clock;
    this.#counters = counters;
    this.#onSilence = onSilence;
  }

  /** From now on three missed heartbeats, or five seconds if that is longer, are silence. */
  start(heartbeatMs: number): void {
    this.#limitMs = Math.max(HEARTBEATS_MISSED * heartbeatMs, SHORTEST_SILENCE_MS);
    this.#heardAt = this.#clock.now();
    this.#later();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(this.#look, Math.min(this.#limitMs / LOOKS, LONGEST_PERIOD_MS));
  }

  #lookOnce(): void {
    // It may be ourselves who stood still: what has come meanwhile is read before the second look.
    if (this.#silent()) this.#timer = this.#clock.setImmediate(this.#lookAgain);
    else this.#later();
  }

  #lookTwice(): void {
    if (this.#silent()) this.#onSilence(this.#limitMs);
    else this.#later();
  }

  #silent(): boolean {
    const { reads } = this.#counters;
    const now = this.#clock.now();
    if (reads !== this.#reads) {
      this.#reads = reads;
      this.#heardAt = now;
    }
    return now - this.#heardAt >= this.#limitMs * 1_000;
  }
}
