import { checkCongestion } from '../stream/check.js';
import type { Transport } from '../transport.js';
import { connectWs } from './client.js';
import { listenWs } from './server.js';

/**
 * One WebSocket a subscriber: what browsers speak. The stream of TCP in frames, so reliable and
 * ordered like it.
 */
export const ws: Transport = {
  name: 'ws',
  reliable: true,
  check: checkCongestion,
  listen: listenWs,
  connect: connectWs,
};
