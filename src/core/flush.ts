import { LabError } from '../errors.js';
import type { Clock, Timer } from './clock.js';

/**
 * When to send what has been published.
 * - `0`: at the end of the event-loop turn that published it.
 * - `N` (ms): at most once every N ms.
 * - `auto`: like 0 while there is time. A flush that took d leaves d/8 of rest owed; when two
 *   messages or more came during it, the feed is ahead of the sockets, and it leaves d. Idle time
 *   pays; what is owed beyond that, up to 10 ms, the next flush waits. Under load the batch so
 * grows
 *   by itself until the feed fits, sending never saturates the event loop, and what is waited stays
 *   small.
 */
export type FlushMode = 'auto' | number;

/**
 * Of the time, sending then takes 8/9 at most, or half of it (with a flush above 10 ms, more) where
 * messages come faster than flushes.
 */
const REST_SHARE = 1 / 8;
const BEHIND_REST_SHARE = 1;
const LONGEST_REST_US = 10_000;
/** Timers tick in whole milliseconds: a shorter rest of mode `auto` is not worth one. */
const SHORTEST_REST_US = 1_000;
/**
 * A flush gives the event loop a turn after this long: publishing on time and reading reports must
 * not wait for thousands of sends.
 */
const TURN_US = 2_000;

/**
 * Reads `auto`, `0`, or a period with its unit like `2ms` or `0.5ms`, to the microsecond.
 * @param label what messages call the option
 * @throws LAB_ERR_BAD_VALUE
 */
export function parseFlushMode(text: string, label = 'flush'): FlushMode {
  if (text === 'auto') return 'auto';
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d{1,3})?)(ms)?$/.exec(text) ?? [];
  const ms = digits === '' ? Number.NaN : Number(digits);
  if (ms >= 0 && ms <= 1_000 && (unit !== '' || text === '0')) return ms;
  // Every other time has a unit, and a bare 5 might as well be seconds.
  const example = ms > 0 && ms <= 1_000 ? `${ms}ms` : '2ms';
  throw new LabError('LAB_ERR_BAD_VALUE', `${label} '${text}' is not a flush mode`, {
    option: 'flush',
    value: text,
    hint: `use auto, 0 (at once) or a period up to 1000ms with its unit: ${example}`,
  });
}

/** The text that `parseFlushMode` reads back as the same mode. */
export function flushText(mode: FlushMode): string {
  return typeof mode === 'number' && mode > 0 ? `${mode}ms` : String(mode);
}

/**
 * Calls `flush` in answer to `request`, as often as the mode allows. `flush(until)` sends until
 * everyone had his turn (true) or the clock has passed `until` (false: it is called again to go
 * on). A request made during a flush leads to another one after it.
 */
export class FlushScheduler {
  readonly #clock: Clock;
  readonly #mode: FlushMode;
  readonly #flush: (until: number) => boolean;
  readonly #run = (): void => this.#turn();
  #pending: Timer | undefined;
  #flushing = false;
  /** Requests made during the flush under way. */
  #again = 0;
  #begun = 0;
  #busy = 0;
  #notBefore = 0;
  /** Rest owed at the end of the last flush (mode auto), and when that was. */
  #owed = 0;
  #ended = 0;
  /** Flushes done, and microseconds spent in them. */
  flushes = 0;
  busyMicros = 0;

  constructor(clock: Clock, mode: FlushMode, flush: (until: number) => boolean) {
    this.#clock = clock;
    this.#mode = mode;
    this.#flush = flush;
  }

  request(): void {
    if (this.#flushing) this.#again += 1;
    else if (this.#pending === undefined) this.#schedule();
  }

  cancel(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
    this.#flushing = false;
    this.#again = 0;
  }

  #schedule(): void {
    const rest = this.#notBefore - this.#clock.now();
    // A period is a promise, even one of 1 ms; a rest is a courtesy.
    const shortest = this.#mode === 'auto' ? SHORTEST_REST_US : Number.MIN_VALUE;
    this.#pending =
      rest < shortest
        ? this.#clock.setImmediate(this.#run)
        : this.#clock.setTimeout(this.#run, Math.ceil(rest / 1_000));
  }

  #turn(): void {
    const begin = this.#clock.now();
    if (!this.#flushing) {
      this.#flushing = true;
      this.#begun = begin;
      this.#owed = Math.max(0, this.#owed - (begin - this.#ended));
      this.#busy = 0;
    }
    this.#pending = undefined;
    const done = this.#flush(begin + TURN_US);
    const end = this.#clock.now();
    this.#busy += end - begin;
    this.busyMicros += end - begin;
    // Cancelled from within: a sink closed the broadcast.
    if (!this.#flushing) return;
    if (!done) {
      this.#pending = this.#clock.setImmediate(this.#run);
      return;
    }
    this.flushes += 1;
    this.#flushing = false;
    const share = this.#again > 1 ? BEHIND_REST_SHARE : REST_SHARE;
    this.#owed = Math.min(this.#owed + this.#busy * share, LONGEST_REST_US);
    this.#ended = end;
    this.#notBefore = this.#mode === 'auto' ? end + this.#owed : this.#begun + this.#mode * 1_000;
    if (this.#again === 0) return;
    this.#again = 0;
    this.#schedule();
  }
}
