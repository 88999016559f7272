import type { Ledger } from './result.js';

/** More than this share unexplained, and the cell is INVALID. */
export const UNATTRIBUTED_LIMIT = 0.0001;

/** What may be unknown of a ledger that was kept. */
type Unknown = 'send_errors' | 'kernel_receive_drops' | 'network_lost';

/** A ledger that was kept: what left no account has nulls. */
export type KeptLedger = Pick<Ledger, Unknown> & {
  [Name in Exclude<keyof Ledger, Unknown>]: NonNullable<Ledger[Name]>;
};

type Entries = Omit<KeptLedger, 'unattributed' | 'balanced'>;

/** The ledger of a cell in which nobody is left who counted. */
export function unkeptLedger(joined: number): Ledger {
  return {
    published: null,
    joined,
    expected: null,
    delivered: null,
    send_errors: null,
    dropped_by_policy: null,
    conflated: null,
    kernel_receive_drops: null,
    network_lost: null,
    late: null,
    unattributed: null,
    subscribers_unbalanced: null,
    balanced: null,
  };
}

/**
 * Balances the books of a cell over all (message, subscriber) pairs of the window: expected =
 * delivered + send errors + dropped by policy + conflated + kernel receive drops + network_lost + late +
 * unattributed. `apart`: what is left of the subscribers' own accounts, added up without the sign.
 * One that has too many does not make good for another that has too few.
 */
export function balance(entries: Entries, apart = 0): KeptLedger {
  const { expected } = entries;
  const explained =
    entries.delivered +
    (entries.send_errors ?? 0) +
    entries.dropped_by_policy +
    entries.conflated +
    (entries.kernel_receive_drops ?? 0) +
    (entries.network_lost ?? 0) +
    entries.late;
  const unattributed = expected - explained;
  return {
    ...entries,
    unattributed,
    balanced: Math.max(Math.abs(unattributed), apart) <= expected * UNATTRIBUTED_LIMIT,
  };
}
