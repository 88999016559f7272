/**
 * Which key of a synthetic source has the next message: `random` = any, each time anew;
 * `round-robin` = one after the other, so that each comes at a steady pace.
 */
export const KEY_ORDERS = ['random', 'round-robin'] as const;

export type KeyOrder = (typeof KEY_ORDERS)[number];
