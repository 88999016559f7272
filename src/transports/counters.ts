import type { SkipReason } from '../core/subscriber.js';
import type { ClientCounters, PacketCounters, ServerCounters } from './transport.js';

/** A server's counters at the start. */
export function newServerCounters(): ServerCounters {
  return {
    accepted: 0,
    refused: 0,
    ended: 0,
    stalled: 0,
    silent: 0,
    unreachable: 0,
    evicted: 0,
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

/** A server's counters of packets at the start. */
export function newPacketCounters(): PacketCounters {
  return {
    received: { hello: 0, subscribe: 0, report: 0, end: 0, other: 0 },
    ignored: { malformed: 0, bad_token: 0, unknown_subscriber: 0, closing: 0 },
    answered: { retry: 0, accept: 0, accept_again: 0, reject: 0 },
  };
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
