import { whole } from '../../core/options.js';
import { durationOption, nameOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import { LONGEST_LEASE_MS } from '../client/announced.js';
import { DATAGRAM_OPTIONS, type DatagramListenOptions } from '../datagram/options.js';
import { DEFAULT_DEADLINE_MS, LONGEST_DEADLINE_MS, REPAIRS, type Repair } from '../repair.js';

/** Ways of sending datagrams that can be asked for. */
export const UDP_SENDERS = ['auto', 'dgram', 'sendmmsg', 'gso'] as const;

export type UdpSender = (typeof UDP_SENDERS)[number];

/** Of a server of UDP subscribers. */
export interface UdpListenOptions extends DatagramListenOptions {
  /**
   * UDP: how to send. Default auto: `gso` where the kernel segments (Linux 4.18), else `sendmmsg`
   * (64-bit Linux with koffi) where it can be, else `dgram`.
   */
  readonly udpSender?: UdpSender;
  /**
   * UDP: a subscription without a report for this long ends: 1 to 180,000 ms, or no client believes
   * it. Default 5,000 ms; those that join a server with many get longer ones, see `grantedLease`.
   */
  readonly leaseMs?: number;
  /**
   * UDP: `nak` = clients that want it may ask for what they miss, `fec` = they get parities, `copy` =
   * they get the latest values twice. Default none.
   */
  readonly repair?: Repair;
  /**
   * UDP: `on` = a subscriber that keeps losing far more than TCP would bear at its rate is paced,
   * then ended with LAB_ERR_CONGESTED. Default on.
   */
  readonly circuitBreaker?: (typeof BREAKERS)[number];
}

const BREAKERS = ['on', 'off'] as const;

/** Reports that a client makes in a lease: some may get lost, and others come late. */
export const REPORTS_PER_LEASE = 5;
/** What a server is to read of them in a second, however many subscribers there are. */
const REPORTS_PER_SECOND = 10_000;
/** Then it takes longest to find out who is gone. */
const LONGEST_SHARED_LEASE_MS = 30_000;

/** The lease for one that joins so many others, ms. */
export function grantedLease(leaseMs: number, others: number): number {
  const shared = Math.floor((others * REPORTS_PER_LEASE * 1_000) / REPORTS_PER_SECOND);
  return Math.max(leaseMs, Math.min(LONGEST_SHARED_LEASE_MS, shared));
}

export const UDP_OPTIONS: OptionTable = [
  ...DATAGRAM_OPTIONS,
  // A group is sent to with one dgram send a datagram, whoever listens.
  nameOption(
    {
      name: 'udpSender',
      side: 'listen',
      flag: '--udp-sender <name>',
      help: `UDP: how to send: ${UDP_SENDERS.join(', ')} (auto = the fastest there is)`,
      commands: ['run', 'serve'],
      default: 'auto',
    },
    UDP_SENDERS,
  ),
  nameOption(
    {
      name: 'repair',
      side: 'both',
      flag: '--repair <how>',
      help: `UDP: how what is lost is repaired: ${REPAIRS.join(', ')}`,
      commands: ['serve', 'subscribe', 'record'],
      default: 'none',
    },
    REPAIRS,
  ),
  durationOption(
    {
      name: 'repairDeadlineMs',
      side: 'connect',
      flag: '--repair-deadline <time>',
      help: 'UDP with repair: what comes later than this after it was missed is late',
      commands: ['run', 'subscribe', 'record'],
      default: DEFAULT_DEADLINE_MS,
    },
    { min: 1, max: LONGEST_DEADLINE_MS },
  ),
  nameOption(
    {
      name: 'circuitBreaker',
      side: 'listen',
      flag: '--circuit-breaker <state>',
      help: 'UDP: on = who keeps losing far more than TCP would bear is slowed, then ended: on, off',
      commands: ['run', 'serve'],
      default: 'on',
      // There, loss is a result.
      runDefault: 'off',
    },
    BREAKERS,
  ),
  // Beyond it no client would believe the server.
  { name: 'leaseMs', side: 'listen', schema: whole(1, LONGEST_LEASE_MS) },
];
