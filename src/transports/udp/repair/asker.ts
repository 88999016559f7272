import type { Clock, Timer } from '../../../core/clock.js';
import type { RepairCounters } from '../../counters.js';
import type { DataWatch } from '../../datagram/data-reader.js';
import { MOST_RANGES, type SeqRange } from '../../datagram/repair-packets.js';
import { type Missing, MissingRanges, overlap } from './missing.js';
import { ReorderWait } from './reorder-wait.js';
import { RoundTrip } from './round-trip.js';

/** Times that a range is asked for. */
const MOST_ASKS = 4;
/** Repairs that are remembered, to know an original that comes after all. */
const REPAIRS_REMEMBERED = 64;

export interface AskerParts {
  readonly clock: Clock;
  readonly counters: RepairCounters;
  /** First sequence number of the live feed: what comes before is not asked for. */
  readonly next: number;
  /** What comes more than this after it was found missing is late, ms. */
  readonly deadlineMs: number;
  /** µs, those of the handshake. */
  readonly roundTrips: readonly number[];
  readonly sendNak: (ranges: readonly SeqRange[]) => void;
  /** So many messages were repaired, this many µs after they were found missing. */
  readonly onRepaired?: ((messages: number, micros: number) => void) | undefined;
}

/**
 * A client's half of repair: finds out what is missing, waits as long as it may only be late, asks
 * for it, again and again, and gives it up when it cannot come in time. One timer for all.
 */
export class Asker implements DataWatch {
  readonly #parts: AskerParts;
  readonly #missing = new MissingRanges();
  /** Given up, and not come since. */
  readonly #givenUp = new MissingRanges();
  readonly #wait = new ReorderWait();
  readonly #roundTrip: RoundTrip;
  readonly #repairs: SeqRange[] = [];
  /** Sequence number behind all that has come or is known to have been sent. */
  #next: number;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(parts: AskerParts) {
    this.#parts = parts;
    this.#next = parts.next;
    this.#roundTrip = new RoundTrip(parts.roundTrips);
  }

  took(ahead: number, from: number, to: number, messages: number): void {
    if (ahead > 1) this.#miss(from);
    if (ahead === 0) this.#countSpurious(from, to);
    // What is in order, as most is, brings nothing that was missing.
    if (from < this.#next) this.#settleOriginal(from, to, messages);
    if (to > this.#next) this.#next = to;
  }

  isOverdue(from: number, to: number): boolean {
    return [...this.#missing.within(from, to), ...this.#givenUp.within(from, to)].some((range) =>
      this.#isLate(range),
    );
  }

  /** A tail is lost: everything before `next` has been sent. */
  announced(next: number): void {
    this.#miss(next);
    if (next > this.#next) this.#next = next;
  }

  /** Whether a REPAIR of `[from, to)` brings anything that is missing. */
  wants(from: number, to: number): boolean {
    const { length } = this.#missing.within(from, to);
    const isWanted = length > 0 || this.#givenUp.within(from, to).length > 0;
    if (!isWanted) this.#parts.counters.spurious += 1;
    return isWanted;
  }

  /** A REPAIR with `messages` of `[from, to)` that was wanted has been handed on. */
  repaired(from: number, to: number, messages: number): void {
    const { clock, counters, onRepaired } = this.#parts;
    const now = clock.now();
    let left = messages;
    for (const range of this.#settle(from, to)) {
      const count = Math.min(left, overlap(range, from, to));
      left -= count;
      // Which of several questions it answers is not known (Karn).
      if (range.asks === 1) this.#roundTrip.took(now - range.askedAt);
      if (this.#isLate(range)) {
        counters.late += count;
      } else {
        counters.repaired += count;
        onRepaired?.(count, now - range.foundAt);
      }
    }
    this.#repairs.push({ from, to });
    if (this.#repairs.length > REPAIRS_REMEMBERED) this.#repairs.shift();
  }

  /**
   * The server says that nothing of `[from, to)` comes; `isGone`: although there was something.
   * Returns how many of them were missing.
   */
  gap(from: number, to: number, isGone: boolean): number {
    const settled = this.#settle(from, to);
    if (isGone) this.#parts.counters.refused += settled.length;
    return settled.reduce((sum, range) => sum + overlap(range, from, to), 0);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.NEGATIVE_INFINITY;
  }

  /** What lies between all that is known and `to` has been sent and has not come. */
  #miss(to: number): void {
    const from = this.#next;
    if (to <= from) return;
    const now = this.#parts.clock.now();
    const dueAt = now + this.#wait.of(this.#roundTrip.mean);
    const dropped = this.#missing.add({ from, to, foundAt: now, dueAt, askedAt: 0, asks: 0 });
    if (dropped !== undefined) this.#giveUp(dropped);
    this.#wakeAt(dueAt);
  }

  #settleOriginal(from: number, to: number, messages: number): void {
    const now = this.#parts.clock.now();
    let left = messages;
    for (const range of this.#settle(from, to)) {
      const count = Math.min(left, overlap(range, from, to));
      left -= count;
      if (this.#isLate(range)) this.#parts.counters.late += count;
      this.#wait.cameLate(now - range.foundAt);
    }
  }

  /** Takes `[from, to)` out of what is missing. */
  #settle(from: number, to: number): readonly Missing[] {
    return [...this.#missing.settle(from, to), ...this.#givenUp.settle(from, to)];
  }

  #isLate({ foundAt }: Missing): boolean {
    return this.#parts.clock.now() - foundAt > this.#parts.deadlineMs * 1_000;
  }

  #countSpurious(from: number, to: number): void {
    if (this.#repairs.some((repair) => repair.from <= from && to <= repair.to))
      this.#parts.counters.spurious += 1;
  }

  #giveUp(range: Missing): void {
    if (range.asks > 0) this.#parts.counters.futile += 1;
    this.#givenUp.add(range);
  }

  #wakeAt(at: number): void {
    if (at >= this.#timerAt) return;
    this.#timer?.cancel();
    const { clock } = this.#parts;
    this.#timerAt = at;
    const delayMs = Math.max(0, Math.ceil((at - clock.now()) / 1_000));
    this.#timer = clock.setTimeout(() => {
      // What lies in the socket is read first: it may be ourselves who stood still.
      this.#timer = clock.setImmediate(() => this.#look());
    }, delayMs);
  }

  #look(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#parts.clock.now();
    const asked: Missing[] = [];
    for (const range of this.#missing.all) {
      if (range.dueAt > now) continue;
      const overdueAt = range.foundAt + this.#parts.deadlineMs * 1_000;
      if (overdueAt <= now) {
        this.#missing.drop(range);
        this.#giveUp(range);
      } else if (range.asks < MOST_ASKS && now + this.#roundTrip.mean <= overdueAt) {
        asked.push(range);
      } else {
        // No other answer can come in time; one that is on its way may.
        range.dueAt = overdueAt;
      }
    }
    for (let at = 0; at < asked.length; at += MOST_RANGES)
      this.#ask(asked.slice(at, at + MOST_RANGES), now);
    if (this.#missing.all.length > 0) this.#wakeAt(this.#missing.dueAt);
  }

  #ask(ranges: readonly Missing[], now: number): void {
    for (const range of ranges) {
      range.asks += 1;
      range.askedAt = now;
      range.dueAt = now + this.#roundTrip.retry;
    }
    this.#parts.counters.naks += 1;
    this.#parts.sendNak(ranges);
  }
}
