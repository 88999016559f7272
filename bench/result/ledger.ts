import type { Ledger } from './result.js';

/** More than this share unexplained, and the cell is INVALID. */
export const UNATTRIBUTED_LIMIT = 0.0001;

type Entries = Omit<Ledger, 'unattributed' | 'balanced'>;

/**
 * Balances the books of a cell over all (message, subscriber) pairs of the window: expected =
 * delivered + send errors + dropped by policy + conflated + kernel receive drops + network + late +
 * unattributed. `apart`: what is left of the subscribers' own accounts, added up without the sign.
 * One that has too many does not make good for another that has too few.
 */
export function balance(entries: Entries, apart = 0): Ledger {
  const { expected } = entries;
  const explained =
    entries.delivered +
    (entries.send_errors ?? 0) +
    entries.dropped_by_policy +
    entries.conflated +
    (entries.kernel_receive_drops ?? 0) +
    (entries.network ?? 0) +
    entries.late;
  const unattributed = expected - explained;
  return {
    ...entries,
    unattributed,
    balanced: Math.max(Math.abs(unattributed), apart) <= expected * UNATTRIBUTED_LIMIT,
  };
}
