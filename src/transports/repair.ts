/**
 * Ways of repairing what is lost on the way: `nak` = the client asks for what it misses, `fec` = the
 * server sends parities as well, `copy` = it sends the latest values twice.
 */
export const REPAIRS = ['none', 'nak', 'fec', 'copy'] as const;

export type Repair = (typeof REPAIRS)[number];

/** What comes later than this after it was found missing is late, unless told otherwise, ms. */
export const DEFAULT_DEADLINE_MS = 500;
/** Longer, and a client remembers less than it waits for. */
export const LONGEST_DEADLINE_MS = 60_000;
