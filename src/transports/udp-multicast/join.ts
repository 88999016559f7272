import { hintBeside, LabError } from '../../errors.js';
import type { Attempt } from '../client/attempt.js';
import type { DatagramSocket } from '../client-sockets.js';
import { groupProblem } from '../datagram/group.js';
import type { Endpoint } from '../endpoint.js';
import { NODE_SOCKETS } from '../node/node-sockets.js';
import type { ConnectOptions } from '../transport.js';
import { interfaceAddress } from './interface.js';

/**
 * Binds group and port, together with whoever else listens there, and joins. Bound to the group, a
 * socket gets nothing that was sent to another group of the same port (Windows cannot do that, and
 * binds the port alone).
 * @throws LAB_ERR_CONNECT, LAB_ERR_BAD_VALUE, and what ends the attempt
 */
export async function join(
  endpoint: Endpoint,
  options: ConnectOptions,
  attempt: Attempt,
): Promise<DatagramSocket> {
  const { host: group, port } = endpoint;
  const problem = groupProblem(group);
  if (problem !== undefined) throw failure(endpoint, new Error(`'${group}' ${problem}`));
  // Port 0 would be one that nobody sends to.
  if (!(Number.isInteger(port) && port > 0 && port <= 65_535)) {
    throw failure(endpoint, new Error('there is no such port'));
  }
  const { sockets = NODE_SOCKETS, receiveBufferBytes } = options;
  try {
    const on = options.multicastInterface ?? endpoint.multicastInterface;
    const address = await attempt.or(interfaceAddress(on));
    const joining = sockets.joinGroup({
      group,
      port,
      interfaceAddress: address,
      receiveBufferBytes,
    });
    return await attempt.or(joining, (late) => late.close());
  } catch (cause) {
    throw cause instanceof LabError ? cause : failure(endpoint, cause as NodeJS.ErrnoException);
  }
}

function failure({ host, port }: Endpoint, cause: NodeJS.ErrnoException): LabError {
  return new LabError(
    'LAB_ERR_CONNECT',
    `cannot join group ${host} on port ${port}: ${cause.message}`,
    {
      cause,
      hint: hintBeside(cause, hintFor(cause.code)),
    },
  );
}

function hintFor(code: string | undefined): string {
  switch (code) {
    case 'ENOBUFS':
      return 'sockets may join few or no groups here: look at sysctl net.ipv4.igmp_max_memberships and net.core.optmem_max';
    case 'ENODEV':
    case 'EADDRNOTAVAIL':
      return 'the interface to join on must be one of this machine: `multicastInterface`, or interface= in the URL; without one there must be a route to the group';
    case 'EADDRINUSE':
      return 'another program has this port for itself: let the server use another `port`';
    default:
      return 'check group and port, and the interface: `multicastInterface`, or interface= in the URL';
  }
}
