import type { ClientSockets } from '../client-sockets.js';
import { NodeDatagramSocket } from './datagram-socket.js';
import { NodeStreamSocket } from './stream-socket.js';

/** Node's own sockets. */
export const NODE_SOCKETS: ClientSockets = {
  name: 'node',
  openStream: (target, handler) => new NodeStreamSocket(target, handler),
  openDatagram: (ip, port, options) => NodeDatagramSocket.connected(ip, port, options),
  joinGroup: (target) => NodeDatagramSocket.member(target),
};
