/**
 * Results that have the options of transports side by side, brought to a record by transport. Pure.
 */
import { isMembers } from './members.js';

const OF_DATAGRAMS = ['datagram_bytes', 'receive_buffer_bytes', 'send_buffer_bytes'];
const OF_GROUPS = ['group', 'multicast_ttl', 'multicast_interface'];
const FORMER: Readonly<Record<string, readonly string[]>> = {
  udp: [...OF_DATAGRAMS, 'udp_sender'],
  'udp-multicast': [...OF_DATAGRAMS, ...OF_GROUPS],
};
const ALL = [...OF_DATAGRAMS, 'udp_sender', ...OF_GROUPS];
/** What only clients are told: all that is known where the server was running already. */
const OF_CLIENTS = ['receive_buffer_bytes', 'multicast_interface'];

/** As it is when a member is missing: that is damage, and must not be made up. */
export function withTransportOptions(effective: unknown): unknown {
  if (!isMembers(effective)) return effective;
  const given = effective;
  if ('transport_options' in given || !ALL.every((name) => name in given)) return effective;
  const { transports, target } = given;
  const options = (Array.isArray(transports) ? transports : []).map((transport) => {
    const names = FORMER[transport] ?? [];
    const known = names.filter((name) => target === null || OF_CLIENTS.includes(name));
    return [transport, Object.fromEntries(known.map((name) => [name, given[name]]))] as const;
  });
  const others = Object.entries(given).filter(([name]) => !ALL.includes(name));
  return { ...Object.fromEntries(others), transport_options: Object.fromEntries(options) };
}
