/** How far the clock of a server that is not ours is ahead of ours, as intervals. Pure. */
import type { ClockExchange } from '../../src/transports/clock-exchange.js';

/** Server's clock − ours, µs: it lies in here for certain. Infinite where nothing is known. */
export interface ClockOffset {
  readonly min: number;
  readonly max: number;
}

export const UNKNOWN_OFFSET: ClockOffset = {
  min: Number.NEGATIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
};

/** Clocks of one host agree to this, as far as each was read well (core/clock). */
const CLOCK_TOLERANCE_MICROS = 100;

/** Both hold the same difference. */
export function narrowed(a: ClockOffset, b: ClockOffset): ClockOffset {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
}

/** Of a difference that was in the one, and is in the other now, and moved evenly between. */
export function spanned(a: ClockOffset, b: ClockOffset): ClockOffset {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/**
 * The server read its clock after it was asked and before it was heard: half the length of the
 * shortest exchange is what is left in doubt (RFC 5905 takes the middle of it).
 */
export function offsetOf(exchanges: readonly ClockExchange[]): ClockOffset {
  return exchanges.reduce(
    (known, { askedAt, toldAt, heardAt }) =>
      // What it told is whole µs, cut.
      narrowed(known, { min: toldAt - heardAt, max: toldAt + 1 - askedAt }),
    UNKNOWN_OFFSET,
  );
}

/**
 * Of the stamps in the messages, which are what latencies are counted from: what the server tells
 * of its own clock helps as long as both can be true. Where a program stamps them by another clock
 * they cannot, and the stamps alone are believed.
 */
export function reconciled(stamped: ClockOffset, told: ClockOffset): ClockOffset {
  const { min, max } = narrowed(stamped, told);
  if (min <= max) return { min, max };
  // Clocks drift from one reading to the next.
  return min - max <= CLOCK_TOLERANCE_MICROS ? { min: max, max: min } : stamped;
}

/** On one machine: nothing proves the clocks to differ. */
export function agrees({ min, max }: ClockOffset): boolean {
  return min <= CLOCK_TOLERANCE_MICROS && max >= -CLOCK_TOLERANCE_MICROS;
}

/**
 * What to add to receipt − stamp for a one-way latency, µs: nothing where both clocks are of one
 * machine and agree, else the middle of what is known; null where that has no end.
 */
export function correctionOf(offset: ClockOffset, sameMachine: boolean): number | null {
  if (sameMachine && agrees(offset)) return 0;
  const middle = Math.round((offset.min + offset.max) / 2);
  return Number.isFinite(middle) ? middle : null;
}

/** By how much a latency so corrected may be off, either way, µs; null where nothing tells. */
export function errorOf({ min, max }: ClockOffset, correction: number): number | null {
  const error = Math.max(max - correction, correction - min);
  return Number.isFinite(error) ? error : null;
}
