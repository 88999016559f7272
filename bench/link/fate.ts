/** What becomes of a packet. */

export const FATE = {
  delivered: 0,
  /** By the loss of the link. */
  lost: 1,
  /** The queue was full. */
  overflow: 2,
  /** During an outage. */
  outage: 3,
} as const;
export type Fate = (typeof FATE)[keyof typeof FATE];

/** Of one packet: written by whoever decides, read before the next is offered. Reused. */
export interface Decision {
  fate: Fate;
  /** When it is to be delivered, µs by the clock of the caller; of use for `delivered` only. */
  deliverAt: number;
  /** The same of its duplicate; −1 = there is none. */
  duplicateAt: number;
  /** Which bit of the packet, behind its IP header, is inverted; −1 = none. */
  corruptBit: number;
  /** It is held back, so that later ones may overtake it. */
  isReordered: boolean;
}

/**
 * One direction of the link of one client. Pure: it knows time only as it is told, and what it
 * decides of packet n follows from its seed and n, so that two runs that send the same packets at
 * the same times see the same link.
 */
export interface LinkDirection {
  /**
   * Decides of the next packet: `bytes` with its IP header, offered at `now` (µs, never less than
   * before). Allocates nothing.
   */
  offer(bytes: number, now: number, decision: Decision): void;
}
