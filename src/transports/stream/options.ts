/** Options of every transport over a TCP connection. */
import { leaf, timerMs, whole } from '../../core/options.js';
import { bytesOption, durationOption, textOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import { DEFAULT_STALL_MS } from '../server/liveness.js';
import type { ListenOptions } from '../transport.js';
import { WaitingQuota } from '../waiting-quota.js';
import { isCongestionName, readCongestion } from './congestion.js';

/** Of a server whose subscribers have a TCP connection each. */
export interface StreamListenOptions extends ListenOptions {
  /**
   * TCP, WebSocket: a client that sends no request gets the bare default stream after this. Default
   * 500 ms.
   */
  readonly graceMs?: number;
  /**
   * TCP, WebSocket: most bytes queued in Node for one subscriber before flushing pauses for it.
   * Default 256 KiB.
   */
  readonly maxQueuedBytes?: number;
  /**
   * TCP, WebSocket: bytes that the kernel has taken of one connection and not sent once, at most,
   * and as many in Node (TCP_NOTSENT_LOWAT): all else waits where an overload policy reaches it.
   * Default: as much as the send buffer of the kernel holds.
   */
  readonly notSentBytes?: number;
  /**
   * TCP, WebSocket: congestion control of the connections, as the kernel calls it: `cubic`, `bbr`,
   * `reno`. Default: that of the kernel.
   */
  readonly congestion?: string;
  /**
   * TCP: time for a request line that was begun. WebSocket: for the HTTP upgrade, and again for a
   * request message that the URL announces. Default 5,000 ms.
   */
  readonly handshakeTimeoutMs?: number;
  /**
   * TCP, WebSocket: connections that have not subscribed; for one more, the one that has waited for
   * longest goes. For a second, when many come at once, they may fill free places for subscribers,
   * too. Default 1,024.
   */
  readonly maxWaiting?: number;
  /**
   * TCP, WebSocket: a subscriber that takes nothing of what is queued for it for this long is
   * ended, whatever its policy. Default 30,000 ms.
   */
  readonly stallMs?: number;
}

export const STREAM_OPTIONS: OptionTable = [
  durationOption(
    {
      name: 'stallMs',
      side: 'listen',
      flag: '--stall-timeout <time>',
      help: 'a client that takes nothing of what is queued for it for this long is ended (tcp, ws)',
      commands: ['serve'],
      section: 'clients',
      default: DEFAULT_STALL_MS,
      schema: timerMs(),
    },
    { min: 1_000, max: 3_600_000 },
  ),
  bytesOption(
    {
      name: 'notSentBytes',
      side: 'listen',
      flag: '--notsent-lowat <bytes>',
      help: 'most bytes that the kernel takes ahead of the network, so that the rest waits where policies reach it (tcp, ws; k = 1,024)',
      commands: ['run', 'serve'],
      default: null,
    },
    { min: 1_024, max: 1024 ** 3 },
  ),
  textOption(
    {
      name: 'congestion',
      side: 'listen',
      flag: '--congestion <name>',
      help: 'congestion control of the connections: cubic, bbr, reno, or another that the kernel has (tcp, ws)',
      commands: ['serve'],
      default: null,
      schema: leaf(isCongestionName, "give a name that the kernel has, such as 'cubic'"),
    },
    readCongestion,
  ),
  // 0: at once.
  { name: 'graceMs', side: 'listen', schema: timerMs(0) },
  { name: 'maxQueuedBytes', side: 'listen', schema: whole(1, 1024 ** 3) },
  { name: 'handshakeTimeoutMs', side: 'listen', schema: timerMs() },
  { name: 'maxWaiting', side: 'listen', schema: whole(1, 10_000_000) },
  {
    name: 'waitingQuota',
    side: 'listen',
    schema: leaf((value) => value instanceof WaitingQuota, 'give a WaitingQuota'),
  },
];
