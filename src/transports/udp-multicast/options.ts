import { leaf, text } from '../../core/options.js';
import { integerOption, textOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import { badValue, parseHost } from '../../options/values.js';
import {
  checkGroup,
  DEFAULT_GROUP,
  DEFAULT_MULTICAST_TTL,
  GROUP_HINT,
  groupProblem,
} from '../datagram/group.js';
import { DATAGRAM_OPTIONS, type DatagramListenOptions } from '../datagram/options.js';

/** Of a server that sends to a group. */
export interface MulticastListenOptions extends DatagramListenOptions {
  /** Multicast: the IPv4 group to send to. Default 239.255.70.70. */
  readonly group?: string;
  /**
   * Multicast: routers that a datagram may pass, plus one; 0 = not beyond this machine. Default 1.
   */
  readonly multicastTtl?: number;
  /** Multicast: address or name of the interface to send from. Default: that of `host`. */
  readonly multicastInterface?: string;
}

export const UDP_MULTICAST_OPTIONS: OptionTable = [
  ...DATAGRAM_OPTIONS,
  textOption(
    {
      name: 'group',
      side: 'listen',
      flag: '--group <address>',
      help: 'udp-multicast: IPv4 group to send to',
      commands: ['run', 'serve'],
      default: DEFAULT_GROUP,
      schema: leaf(
        (value) => typeof value === 'string' && value.length < 64 && checkGroup(value) !== '',
        GROUP_HINT,
      ),
    },
    parseGroup,
  ),
  integerOption(
    {
      name: 'multicastTtl',
      side: 'listen',
      flag: '--multicast-ttl <n>',
      help: 'udp-multicast: 0 = this machine, 1 = this network',
      commands: ['run', 'serve'],
      default: DEFAULT_MULTICAST_TTL,
    },
    { min: 0, max: 255 },
  ),
  textOption(
    {
      name: 'multicastInterface',
      side: 'both',
      flag: '--multicast-interface <address>',
      help: 'udp-multicast: address or name of the interface, instead of that of --host',
      commands: ['run', 'serve'],
      default: null,
      follows: 'host',
      schema: text("'eth0' or an address"),
    },
    parseHost,
  ),
];

/** @throws LAB_ERR_BAD_VALUE */
function parseGroup(label: string, address: string): string {
  const problem = groupProblem(address);
  if (problem === undefined) return address;
  throw badValue(label, address, problem, GROUP_HINT);
}
