import type { Broadcast } from '../../../core/broadcast.js';
import type { Clock } from '../../../core/clock.js';
import type { ServerCounters } from '../../counters.js';
import type { Epoch } from '../../datagram/wire.js';
import type { PacingTicker } from '../../server/pacing-ticker.js';
import type { PeerDeadlines } from '../../server/peer-deadlines.js';
import type { Redundancy } from '../redundancy/redundancy.js';
import type { SharedRedundancy } from '../redundancy/sending/new-sender.js';
import type { DatagramSender } from '../sending/sender.js';

/** What all leases of one server share. */
export interface LeaseContext {
  readonly broadcast: Broadcast;
  readonly epoch: Epoch;
  readonly clock: Clock;
  /** By which the peers' time limits are judged; it passes while there is a lease. */
  readonly deadlines: Pick<PeerDeadlines, 'now'>;
  readonly sender: DatagramSender;
  readonly counters: ServerCounters;
  /** Looks after those that have been sent as much as they may for now. */
  readonly pacing: Pick<PacingTicker, 'add' | 'delete'>;
  /** Largest payload of a datagram, bytes. */
  readonly payloadBytes: number;
  readonly heartbeatMs: number;
  /** Each subscriber has a circuit breaker. */
  readonly circuitBreaker: boolean;
  readonly redundancy: SharedRedundancy;
}

/** Where a client is, and how it named its subscription. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /** The address of ours that it asked, where there are several. */
  readonly local?: string;
  /** Hex. */
  readonly nonce: string;
  readonly id: Buffer;
  /** Without a REPORT for so long it is gone. */
  readonly leaseMs: number;
  /** SO_RCVBUF of its, as it told; 0 = it did not. */
  readonly receiveBufferBytes: number;
  /** It speaks version 2 of the wire. */
  readonly takesPadding: boolean;
  /** It asked for repair, and gets it. */
  readonly repair: boolean;
  /** What it gets beside the stream, and after how long that is of no use to it, ms; 0 = not told. */
  readonly redundancy: Redundancy;
  readonly deadlineMs: number;
}
