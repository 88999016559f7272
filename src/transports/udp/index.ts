import type { Transport } from '../transport.js';
import { connect } from './client.js';
import { listen } from './server.js';

/**
 * Datagrams of whole messages, never repeated and never delayed: what is lost is counted. See
 * docs/protocol-udp.md.
 */
export const udp: Transport = { name: 'udp', reliable: false, listen, connect };
