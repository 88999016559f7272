import type { Clock } from '../../../core/clock.js';
import type { Libc } from '../../../native/libc.js';
import type { MessageHeader } from '../message-header.js';
import type { SocketCalls } from '../socket-calls.js';
import type { DatagramViews } from './datagram-views.js';
import type { EventPoll } from './event-poll.js';
import type { KernelClock } from './kernel-clock.js';
import type { StampDoubts } from './stamp-doubts.js';

/** What all native sockets of a process share. */
export interface NativeParts {
  readonly libc: Libc;
  readonly clock: Clock;
  readonly calls: SocketCalls;
  readonly poll: EventPoll;
  readonly kernelClock: KernelClock;
  readonly header: MessageHeader;
  readonly datagrams: DatagramViews;
  readonly doubts: StampDoubts;
}
