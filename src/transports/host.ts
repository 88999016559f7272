import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { isIP, SocketAddress } from 'node:net';

/** Failures to bind that say: not on this machine. Another address of the name may be. */
const NOT_HERE: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EPROTONOSUPPORT',
  'EINVAL',
]);

/**
 * The IP addresses that `host` has, itself if it is one; IPv4 first, whatever the resolver prefers.
 * Throws what the lookup does.
 */
export async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await dns.promises.lookup(host, { all: true, verbatim: false });
  return [...new Set(found.map(({ address }) => address))];
}

/**
 * The one address that a server binds for `host`: the first of its addresses that this machine has,
 * so that whatever listens there for one name listens on one address, over IPv4 unless only IPv6
 * will do.
 */
export async function localAddress(host: string): Promise<string> {
  const addresses = await addressesOf(host);
  const [first = host] = addresses;
  if (addresses.length < 2) return first;
  for (const address of addresses) if (await isHere(address)) return address;
  return first;
}

/**
 * Of an IP address that means every one of this machine (0.0.0.0, ::, however spelled), its family;
 * undefined of others.
 */
export function unspecifiedFamily(ip: string): 4 | 6 | undefined {
  const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4';
  const { address } = new SocketAddress({ address: ip.split('%', 1)[0] as string, family });
  if (address === '::') return 6;
  return address === '0.0.0.0' || address === '::ffff:0.0.0.0' ? 4 : undefined;
}

async function isHere(address: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(!NOT_HERE.has(error.code));
    });
    socket.bind({ address, port: 0, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
