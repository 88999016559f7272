import type { Socket } from 'node:dgram';
import { LabError } from '../../errors.js';
import type { Attempt } from '../client/attempt.js';
import { groupProblem } from '../datagram/group.js';
import { askSize, createUdpSocket, inodeOpenedBy, untilReady } from '../datagram/sockets.js';
import type { Endpoint } from '../endpoint.js';
import type { ConnectOptions } from '../transport.js';
import { interfaceAddress } from './interface.js';

/** A socket that has joined a group. */
export interface Membership {
  readonly socket: Socket;
  /** Of the socket; undefined where it cannot be told. */
  readonly inode: number | undefined;
}

/** Opening a socket again tells its inode if the first time did not: see `inodeOpenedBy`. */
const ATTEMPTS = 3;

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
): Promise<Membership> {
  const { host: group, port } = endpoint;
  const problem = groupProblem(group);
  if (problem !== undefined) throw failure(endpoint, new Error(`'${group}' ${problem}`));
  // Port 0 would be one that nobody sends to.
  if (!(Number.isInteger(port) && port > 0 && port <= 65_535)) {
    throw failure(endpoint, new Error('there is no such port'));
  }
  let socket: Socket | undefined;
  try {
    const on = options.multicastInterface ?? endpoint.multicastInterface;
    const address = await attempt.or(interfaceAddress(on));
    const opened = await attempt.or(bind(group, port), (late) => late.socket.close());
    socket = opened.socket;
    const { receiveBufferBytes } = options;
    if (receiveBufferBytes !== undefined)
      askSize(() => opened.socket.setRecvBufferSize(receiveBufferBytes));
    opened.socket.addMembership(group, address);
    return opened;
  } catch (cause) {
    socket?.close();
    throw cause instanceof LabError ? cause : failure(endpoint, cause as NodeJS.ErrnoException);
  }
}

async function bind(group: string, port: number): Promise<Membership> {
  const address = process.platform === 'win32' ? '0.0.0.0' : group;
  for (let attempt = 1; ; attempt++) {
    const socket = createUdpSocket(group, true);
    let inode: number | undefined;
    try {
      await untilReady(socket, 'listening', () => {
        inode = inodeOpenedBy(() => socket.bind({ address, port, exclusive: true }));
      });
    } catch (error) {
      socket.close();
      throw error;
    }
    if (inode !== undefined || attempt === ATTEMPTS || process.platform !== 'linux')
      return { socket, inode };
    socket.close();
  }
}

function failure({ host, port }: Endpoint, cause: NodeJS.ErrnoException): LabError {
  return new LabError(
    'LAB_ERR_CONNECT',
    `cannot join group ${host} on port ${port}: ${cause.message}`,
    {
      cause,
      hint: hintFor(cause.code),
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
