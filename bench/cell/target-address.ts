/** A server that is already running, to be measured as it is. */
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Endpoint } from '../../src/transports/endpoint.js';

/**
 * Whether the server runs on this machine, as far as its address tells: a tunnel may end here and
 * begin elsewhere. Of a multicast group the address says nothing. Never throws.
 */
export async function isThisMachine({ host }: Endpoint): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch(() => []);
  const own = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  return (
    addresses.length > 0 &&
    addresses.every(
      ({ address }) => isLoopback(address) || own.includes(address.replace(/%.*$/, '')),
    )
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
