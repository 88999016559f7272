/** Ways of repairing what is lost on the way: `nak` = the client asks for what it misses. */
export const REPAIRS = ['none', 'nak'] as const;

export type Repair = (typeof REPAIRS)[number];
