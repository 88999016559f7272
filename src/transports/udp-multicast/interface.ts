import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { LabError } from '../../errors.js';
import { createUdpSocket, untilReady } from '../datagram/sockets.js';
import { localAddress } from '../host.js';

/** "Any address": the routes of the system decide. */
const ANY = '0.0.0.0';
/** Where nobody listens (discard): nothing is ever sent there. */
const SOME_PORT = 9;

/**
 * The local address whose interface a group is sent from, or joined on. `where`: an address of this
 * machine, a name of it, or the name of an interface (`eth0`); undefined and 0.0.0.0 give
 * undefined: the routes of the system decide.
 * @throws LAB_ERR_BAD_VALUE for IPv6; what a failed lookup throws
 */
export async function interfaceAddress(where: string | undefined): Promise<string | undefined> {
  if (where === undefined || where === ANY) return undefined;
  const addresses = networkInterfaces()[where];
  const ip =
    addresses === undefined
      ? await localAddress(where)
      : addresses.find(({ family }) => family === 'IPv4')?.address;
  if (ip === undefined || isIPv6(ip)) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `'${where}' has no IPv4 address, and udp-multicast speaks IPv4 only`,
      {
        hint: 'give an IPv4 address of this machine: `multicastInterface`, `host`, or interface= in the URL',
      },
    );
  }
  return ip === ANY ? undefined : ip;
}

/**
 * The local address that the routes of the system choose for a group. @throws when there is no
 * route
 */
export async function routedAddress(group: string): Promise<string> {
  const socket = createUdpSocket(group);
  try {
    await untilReady(socket, 'connect', () => socket.connect(SOME_PORT, group));
    return socket.address().address;
  } finally {
    socket.close();
  }
}
