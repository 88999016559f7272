/** Options of every transport that sends datagrams. */
import { number, whole } from '../../core/options.js';
import { bytesOption, integerOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import type { ListenOptions } from '../transport.js';
import { datagramSize, STOCK_BUFFER_BYTES } from './size.js';

const GIB = 1024 ** 3;
/** As the kernel takes it; it cuts what is above its own limit. */
const SOCKET_BUFFER = whole(1, GIB);
const BUFFER_RANGE = { min: 1024, max: GIB };

/** Of a server that sends datagrams. */
export interface DatagramListenOptions extends ListenOptions {
  /** UDP: largest datagram, header included. Default 1,200 bytes. */
  readonly datagramBytes?: number;
  /** UDP: SO_SNDBUF to ask for. TCP leaves the kernel's auto-tuning alone. */
  readonly sendBufferBytes?: number;
}

export const DATAGRAM_OPTIONS: OptionTable = [
  integerOption(
    {
      name: 'datagramBytes',
      side: 'listen',
      flag: '--datagram <bytes>',
      help: 'UDP: largest datagram',
      commands: ['run', 'serve'],
      default: 1200,
      schema: number((datagramBytes) => datagramSize({ datagramBytes })),
    },
    // The least that every host takes in one piece (RFC 791: 576, less the headers).
    { min: 548, max: 1_472 },
  ),
  bytesOption(
    {
      name: 'receiveBufferBytes',
      side: 'connect',
      flag: '--rcvbuf <bytes>',
      help: 'UDP: SO_RCVBUF to ask for (k = 1,024)',
      commands: ['run', 'subscribe', 'record'],
      default: STOCK_BUFFER_BYTES,
      schema: SOCKET_BUFFER,
    },
    BUFFER_RANGE,
  ),
  bytesOption(
    {
      name: 'sendBufferBytes',
      side: 'listen',
      flag: '--sndbuf <bytes>',
      help: 'UDP: SO_SNDBUF to ask for (k = 1,024)',
      commands: ['run'],
      default: STOCK_BUFFER_BYTES,
      schema: SOCKET_BUFFER,
    },
    BUFFER_RANGE,
  ),
];
