import type { ServerCounters } from '../../counters.js';
import { CircuitBreaker } from '../../server/circuit-breaker.js';
import type { Pacing, Taken } from '../../server/pacing.js';
import { REPORTS_PER_LEASE } from '../options.js';

/** Of a lease, three REPORTs: without one for so long it is reduced. */
const SILENT_PART = 3 / REPORTS_PER_LEASE;

/** A subscriber that loses too much is paced, however little it is owed, and then it is to end. */
export class LossGuard {
  readonly #breaker: CircuitBreaker;
  readonly #pace: Pacing;
  readonly #counters: ServerCounters;
  #isReduced = false;
  /** When ACCEPT was sent, as long as that was once; how long its answer took, µs. */
  #acceptedAt = Number.NaN;
  #handshakeUs = Number.POSITIVE_INFINITY;

  /** `now`: by the clock, µs, as everywhere here. */
  constructor(pace: Pacing, counters: ServerCounters, now: number) {
    this.#breaker = new CircuitBreaker(now);
    this.#pace = pace;
    this.#counters = counters;
  }

  /** It is paced, and gets no repairs. */
  get isReduced(): boolean {
    return this.#isReduced;
  }

  /** ACCEPT was sent; `again`: which of them is answered will not be known (Karn). */
  accepted(now: number, again: boolean): void {
    this.#acceptedAt = again ? Number.NaN : now;
  }

  confirmed(now: number): void {
    const micros = now - this.#acceptedAt;
    if (micros >= 0) this.#handshakeUs = micros;
  }

  /** A REPORT, after so many datagrams `sent`. False when it is to end. */
  reported(report: Taken, sent: number, now: number): boolean {
    const roundTripUs = Math.min(this.#handshakeUs, this.#pace.roundTripUs);
    const state = this.#breaker.reported(report, { sent, roundTripUs, now });
    this.#reduce(state !== 'closed');
    if (state === 'open') this.#counters.congested += 1;
    return state !== 'open';
  }

  /** Nothing has been heard for so long. */
  waited(micros: number, leaseMs: number): void {
    if (this.#isReduced || micros <= leaseMs * 1_000 * SILENT_PART) return;
    this.#breaker.silent();
    this.#reduce(true);
  }

  #reduce(isReduced: boolean): void {
    if (this.#isReduced === isReduced) return;
    this.#isReduced = isReduced;
    this.#pace.reduce(isReduced);
    if (isReduced) this.#counters.reduced += 1;
  }
}
