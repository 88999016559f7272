import { isIPv4, isIPv6 } from 'node:net';
import { LabError } from '../../errors.js';

/** In the IPv4 Local Scope, 239.255.0.0/16 (RFC 2365): no router at a site's edge passes it on. */
export const DEFAULT_GROUP = '239.255.70.70';

/** TTL 1: not beyond the local network. */
export const DEFAULT_MULTICAST_TTL = 1;

/** What to do about an address that is not a group. */
export const GROUP_HINT = `choose one of 239.0.0.0/8, which are there for such use (RFC 2365), e.g. ${DEFAULT_GROUP}`;

/**
 * Why no feed can be sent to this address, in words that follow it; undefined when it is a group.
 */
export function groupProblem(address: string): string | undefined {
  if (isIPv6(address)) return 'is IPv6, and udp-multicast speaks IPv4 only';
  if (!isIPv4(address)) return 'is not an IPv4 address';
  const [first = 0, second, third] = address.split('.').map(Number);
  if (first < 224 || first > 239)
    return 'is not a multicast address (224.0.0.0 to 239.255.255.255)';
  // RFC 5771 §4: routing protocols and their like, on every network, whoever joins.
  if (first === 224 && second === 0 && third === 0)
    return 'is one of 224.0.0.0/24, where networks control themselves';
  return undefined;
}

/** @throws LAB_ERR_BAD_VALUE */
export function checkGroup(address: string): string {
  const problem = groupProblem(address);
  if (problem === undefined) return address;
  throw new LabError('LAB_ERR_BAD_VALUE', `group '${address}' ${problem}`, {
    option: 'group',
    value: address,
    hint: GROUP_HINT,
  });
}
