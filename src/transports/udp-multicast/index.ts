import type { Transport } from '../transport.js';
import { connect } from './client.js';
import { listen } from './server.js';

/**
 * The datagrams of `udp`, each sent once to a multicast group and received by every member. See
 * docs/design/protocol-udp.md.
 */
export const udpMulticast: Transport = {
  name: 'udp-multicast',
  reliable: false,
  multicast: true,
  listen,
  connect,
};
