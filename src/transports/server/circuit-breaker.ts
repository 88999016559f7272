import type { Taken } from './pacing.js';

/** Shortest time that loss is looked at over, µs: a REPORT comes about every second. */
const INTERVAL_US = 900_000;
/** Fewer datagrams say nothing of loss. */
const LEAST_DATAGRAMS = 10;
/** Times the rate of TCP that are too much. */
const TIMES_TCP = 10;
/** Bad intervals in a row after which it is reduced, and reduced ones after which it is ended. */
const REDUCED_AFTER = 3;
const OPEN_AFTER = 5;
/** Good intervals in a row after which it is reduced no more; the second when it was only silent. */
const CLOSED_AFTER = 30;
const HEARD_AFTER = 3;

/** `reduced`: it is paced and not repaired. `open`: it is to end. */
export type BreakerState = 'closed' | 'reduced' | 'open';

/** What the server knows of a subscriber. */
export interface BreakerView {
  /** Datagrams sent to it so far. */
  readonly sent: number;
  /** Its fastest round trip, µs; infinite as long as none is known. */
  readonly roundTripUs: number;
  /** By the clock, µs. */
  readonly now: number;
}

/**
 * A circuit breaker for one subscriber, as RFC 8085 §3.1.10 asks of who has no congestion control,
 * with the rules of RFC 8083. An interval between REPORTs is bad when
 *
 * - it was sent more than ten times what TCP would send at the same loss p and round trip R
 *   (§4.3), 1 / (R √(2p/3)) datagrams a second: with w datagrams sent in a round trip, when
 *   p > 150 / w². Below 13 a round trip that is never so, however much is lost;
 * - or nothing of what was sent in it or the one before has come (§4.2).
 *
 * Once reduced it is sent little, and the bound that it broke is held against it from then on: if
 * as much is lost of little, to send less does not help.
 */
export class CircuitBreaker {
  #state: BreakerState = 'closed';
  #bad = 0;
  #good = 0;
  #closedAfter = CLOSED_AFTER;
  /** At the beginning of the interval; and datagrams sent in the one before. */
  #since: number;
  #sent = 0;
  #highest = 0;
  #lost = 0;
  #sentBefore = 0;
  /** Share of loss that was too much when it was sent all; none has been so far. */
  #bound = 1;

  constructor(now: number) {
    this.#since = now;
  }

  get state(): BreakerState {
    return this.#state;
  }

  reported({ highest, lost }: Taken, { sent, roundTripUs, now }: BreakerView): BreakerState {
    const elapsed = now - this.#since;
    if (elapsed < INTERVAL_US) return this.#state;
    const passed = Math.max(0, (highest - this.#highest) | 0);
    const missed = Math.max(0, (lost - this.#lost) | 0);
    const sentNow = sent - this.#sent;
    // Of who is paced, one at a time may be all there is.
    const least = this.#state === 'closed' ? LEAST_DATAGRAMS : 1;
    const isDead = passed === 0 && Math.min(sentNow, this.#sentBefore) >= least;
    const bound = boundOf((sentNow / elapsed) * roundTripUs);
    if (this.#state === 'closed') this.#bound = bound;
    const isLossy = passed >= LEAST_DATAGRAMS && missed > passed * Math.min(bound, this.#bound);
    const isBad = isDead || isLossy;
    this.#since = now;
    this.#sent = sent;
    this.#highest = highest;
    this.#lost = lost;
    this.#sentBefore = sentNow;
    return isBad ? this.#hadBad() : this.#hadGood();
  }

  /** No REPORT has come for the time of three (RFC 8083 §4.1). */
  silent(): void {
    if (this.#state !== 'closed') return;
    this.#enter('reduced');
    this.#closedAfter = HEARD_AFTER;
  }

  #hadBad(): BreakerState {
    this.#good = 0;
    this.#bad += 1;
    this.#closedAfter = CLOSED_AFTER;
    if (this.#state === 'closed' && this.#bad >= REDUCED_AFTER) this.#enter('reduced');
    else if (this.#state === 'reduced' && this.#bad >= OPEN_AFTER) this.#enter('open');
    return this.#state;
  }

  #hadGood(): BreakerState {
    this.#bad = 0;
    this.#good += 1;
    if (this.#state === 'reduced' && this.#good >= this.#closedAfter) this.#enter('closed');
    return this.#state;
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#bad = 0;
    this.#good = 0;
  }
}

/** The share of loss at which so many datagrams in a round trip are ten times the rate of TCP. */
function boundOf(perRoundTrip: number): number {
  if (!Number.isFinite(perRoundTrip)) return 1;
  return Math.min(1, 1.5 * (TIMES_TCP / perRoundTrip) ** 2);
}
