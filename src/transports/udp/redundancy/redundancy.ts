import type { Broadcast } from '../../../core/broadcast.js';
import type { Clock } from '../../../core/clock.js';
import type { SinkReader } from '../../../core/sink.js';
import type { ServerCounters } from '../../counters.js';
import type { Epoch } from '../../datagram/wire.js';
import type { DatagramSender } from '../sending/sender.js';
import type { LossReport } from './path-estimate.js';

/** Ways of sending more than the stream, unasked, so that what is lost can be repaired. */
export const REDUNDANCIES = ['none', 'fec', 'copy'] as const;

export type Redundancy = (typeof REDUNDANCIES)[number];

/** The number of one on the wire, and the other way round; what is not known is none. */
export function redundancyCode(redundancy: Redundancy): number {
  return REDUNDANCIES.indexOf(redundancy);
}

export function redundancyOf(code: number): Redundancy {
  return REDUNDANCIES[code] ?? 'none';
}

/** The same of a way of repair. */
export function asRedundancy(repair: string | undefined): Redundancy {
  return REDUNDANCIES.find((name) => name === repair) ?? 'none';
}

/** What the server's halves of all subscribers share. */
export interface RedundantContext {
  readonly broadcast: Pick<Broadcast, 'next' | 'isReplaced'>;
  readonly epoch: Epoch;
  readonly clock: Clock;
  readonly sender: DatagramSender;
  readonly counters: ServerCounters;
  /** Largest payload of a datagram of the stream, bytes. */
  readonly payloadBytes: number;
}

/**
 * A server's half for one subscriber. Told of every datagram of the stream, in order, as long as
 * the subscriber is live; what it sends never goes before what is due.
 */
export interface RedundantSender {
  /**
   * Datagram `number` (1, 2, …) has been handed to the sender. `position`: of its first message in
   * the log that the subscriber reads; −1 when it has none. `payload` never changes. `now`: µs.
   */
  sent(
    number: number,
    type: number,
    flags: number,
    seq: number,
    count: number,
    position: number,
    payload: Buffer,
    now: number,
  ): void;
  /** All that is due has been sent. */
  inStep(reader: SinkReader): void;
  /** Nothing was due for a while: nothing is to wait for more. All that is due has been sent. */
  idle(reader: SinkReader): void;
  /** `now`: µs. Called about every 100 ms when all that is due has been sent. */
  tick(reader: SinkReader, now: number): void;
  /** What comes next is owed at once, and paced: it is not protected. */
  suspend(): void;
  reported(report: LossReport, now: number): void;
  /** The subscription is over. */
  release(): void;
}
