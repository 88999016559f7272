import type { Clock } from '../../../../core/clock.js';
import type { RepairCounters } from '../../../counters.js';
import type { DatagramKeeper } from '../../../datagram/data-reader.js';

export interface ReceiverParts {
  readonly clock: Clock;
  readonly counters: RepairCounters;
  /** What comes more than this after it was found missing is late, ms. */
  readonly deadlineMs: number;
  /** So many messages were repaired, this many µs after they were found missing. */
  readonly onRepaired?: ((messages: number, micros: number) => void) | undefined;
}

/**
 * Hands a datagram that was brought back on; false when it makes no sense. `isLate`: after its
 * deadline. Its bytes are valid during the call only.
 */
export type HandOn = (bytes: Buffer, isLate: boolean) => boolean;

/** A client's half of redundancy. */
export interface RedundantReceiver extends DatagramKeeper {
  /** Rows of datagrams that were found missing. */
  readonly bursts: number;
  /** What repaired datagrams are handed to; before anything is received. */
  handOn: HandOn;
  /** A PARITY or REPAIR; false when it makes no sense. */
  take(type: number, bytes: Buffer): boolean;
  /** All datagrams before this number (its low 32 bits) have been sent. */
  announced(dseq: number): void;
}
