/**
 * First byte of a datagram that was sent in the window, and of every other one: so those received
 * are of those sent, whenever they come.
 */
export const MARKED = 0x57;
export const UNMARKED = 0x2e;
