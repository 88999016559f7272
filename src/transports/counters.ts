import type { SkipReason } from '../core/subscriber.js';
import type { ClientCounters, ServerCounters } from './transport.js';

/** A server's counters at the start. */
export function newServerCounters(): ServerCounters {
  return {
    accepted: 0,
    refused: 0,
    ended: 0,
    sends: 0,
    sendBytes: 0,
    sentMessages: 0,
    sendErrorMessages: 0,
    droppedMessages: 0,
    refusedMessages: 0,
    malformed: 0,
  };
}

/** Counts messages that a subscriber does not get. */
export function countSkipped(counters: ServerCounters, missed: number, why: SkipReason): void {
  if (why === 'policy') counters.droppedMessages += missed;
  else counters.refusedMessages += missed;
}

/** A subscription's counters at the start. */
export function newClientCounters(): ClientCounters {
  return {
    reads: 0,
    bytes: 0,
    datagramsLost: 0,
    datagramsDuplicated: 0,
    datagramsReordered: 0,
    malformed: 0,
  };
}
