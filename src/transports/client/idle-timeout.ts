import type { Clock, Timer } from '../../core/clock.js';
import { afterReading } from '../after-reading.js';
import type { ClientCounters } from '../counters.js';

const HEARTBEATS_MISSED = 3;
const SHORTEST_SILENCE_MS = 5_000;
/** Looks within the time that a server may be silent. */
const LOOKS = 2;
/** So much of one message is a sign of life, however long the whole takes. */
const PART_BYTES = 1_024;

/**
 * Notices that a server does not even send heartbeats any more: a host without power, or a network
 * that forgot the connection, closes nothing. A whole item is a sign of life, and so is a good part
 * of one; single bytes that never make one are not. What is watched is a number that a read raises,
 * so that a read costs next to nothing.
 */
export class IdleTimeout {
  readonly #clock: Clock;
  readonly #counters: ClientCounters;
  readonly #onSilence: (silentMs: number) => void;
  readonly #look = (): void => this.#lookOnce();
  readonly #judge = (): void => this.#lookAgain();
  readonly #readings = (): number => this.#counters.reads;
  #limitMs = 0;
  #signs = 0;
  #signsSeen = 0;
  #partBytes = 0;
  #lastReceivedAt = 0;
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
    this.#lastReceivedAt = this.#clock.now();
    this.#later();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A read of `length` bytes; `whole`: with it an item was complete. */
  read(length: number, whole: boolean): void {
    this.#partBytes += length;
    if (!whole && this.#partBytes < PART_BYTES) return;
    this.#partBytes = 0;
    this.#signs += 1;
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(this.#look, this.#limitMs / LOOKS);
  }

  #lookOnce(): void {
    // It may be ourselves who stood still.
    if (this.#silent()) this.#timer = afterReading(this.#clock, this.#readings, this.#judge);
    else this.#later();
  }

  #lookAgain(): void {
    if (this.#silent()) this.#onSilence(this.#limitMs);
    else this.#later();
  }

  #silent(): boolean {
    const now = this.#clock.now();
    if (this.#signs !== this.#signsSeen) {
      this.#signsSeen = this.#signs;
      this.#lastReceivedAt = now;
    }
    return now - this.#lastReceivedAt >= this.#limitMs * 1_000;
  }
}
