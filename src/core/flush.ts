import { LabError } from '../errors.js';
import type { Clock, Timer } from './clock.js';

/**
 * When to send what has been published.
 * - `0`: at the end of the event-loop turn that published it.
 * - `N` (ms): at most once every N ms.
 * - `auto`: like 0 while flushing is cheap; after a flush that took d, the next one waits d/3. Sending then never
 *   takes more than ¾ of the loop, and under load the batch grows by itself until the feed fits.
 */
export type FlushMode = 'auto' | number;

const REST_SHARE = 1 / 3;
/** Timers tick in whole milliseconds: a shorter rest of mode `auto` is not worth one. */
const SHORTEST_REST_US = 1_000;

/** Reads `auto`, `0` or a duration like `2ms`. @throws LAB_ERR_BAD_VALUE */
export function parseFlushMode(text: string): FlushMode {
  if (text === 'auto') return 'auto';
  const match = /^(\d+(?:\.\d+)?)(?:ms)?$/.exec(text);
  const ms = match === null ? Number.NaN : Number(match[1]);
  if (!(ms >= 0 && ms <= 1_000)) {
    throw new LabError('LAB_ERR_BAD_VALUE', `--flush '${text}' is not a flush mode`, {
      hint: 'use auto, 0 (at once) or a period up to 1000ms, e.g. --flush 2ms',
    });
  }
  return ms;
}

/** Calls `flush` in answer to `request`, as often as the mode allows. One flush is pending at most. */
export class FlushScheduler {
  readonly #clock: Clock;
  readonly #mode: FlushMode;
  readonly #flush: () => void;
  readonly #run = (): void => this.#flushNow();
  #pending: Timer | undefined;
  #notBefore = 0;
  /** Flushes done, and microseconds spent in them. */
  flushes = 0;
  busyMicros = 0;

  constructor(clock: Clock, mode: FlushMode, flush: () => void) {
    this.#clock = clock;
    this.#mode = mode;
    this.#flush = flush;
  }

  request(): void {
    if (this.#pending !== undefined) return;
    const rest = this.#notBefore - this.#clock.now();
    // A period is a promise, even one of 1 ms; a rest is a courtesy.
    const shortest = this.#mode === 'auto' ? SHORTEST_REST_US : Number.MIN_VALUE;
    this.#pending =
      rest < shortest
        ? this.#clock.setImmediate(this.#run)
        : this.#clock.setTimeout(this.#run, Math.ceil(rest / 1_000));
  }

  cancel(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }

  #flushNow(): void {
    this.#pending = undefined;
    const begin = this.#clock.now();
    this.#flush();
    const end = this.#clock.now();
    this.flushes += 1;
    this.busyMicros += end - begin;
    this.#notBefore = this.#mode === 'auto' ? end + (end - begin) * REST_SHARE : begin + this.#mode * 1_000;
    // What was asked for meanwhile did not know yet how long this flush would take.
    if (this.#pending !== undefined) {
      this.cancel();
      this.request();
    }
  }
}
