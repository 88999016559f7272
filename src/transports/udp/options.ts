import { whole } from '../../core/options.js';
import { nameOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import { LONGEST_LEASE_MS } from '../client/announced.js';
import { DATAGRAM_OPTIONS } from '../datagram/options.js';
import { UDP_SENDERS } from '../transport.js';

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
  // Beyond it no client would believe the server.
  { name: 'leaseMs', side: 'listen', schema: whole(1, LONGEST_LEASE_MS) },
];
