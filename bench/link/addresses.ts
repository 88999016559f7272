/**
 * Addresses of the two ends: of 198.18.0.0/15, which RFC 2544 sets aside for benchmarks. Nothing
 * outside the namespaces of the ends sees them.
 */

export const SERVER_ADDRESS = '198.19.0.1';
/**
 * Of the clients' end itself: what binds to no client's address speaks from here, and is a stranger
 * to the link.
 */
export const CLIENT_END_ADDRESS = '198.19.0.2';
export const CLIENTS_NETWORK = '198.18.0.0/16';

const NETWORK_HIGH = (198 << 8) | 18;
/** The first address of the network and the last are those of no host. */
export const MOST_LINK_CLIENTS = 0xffff - 1;

/** IPv4 address of client k, from 0. */
export function clientAddress(k: number): string {
  if (!Number.isInteger(k) || k < 0 || k >= MOST_LINK_CLIENTS)
    throw new RangeError(`a link has no client ${k}`);
  const host = k + 1;
  return `198.18.${host >> 8}.${host & 0xff}`;
}

/** Which client's address stands at `at`; −1 = that of none. */
export function clientAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  if (high !== NETWORK_HIGH) return -1;
  const host = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return host > MOST_LINK_CLIENTS ? -1 : host - 1;
}
