import { checkCongestion } from '../stream/check.js';
import type { Transport } from '../transport.js';
import { connectTcp } from './client.js';
import { listenTcp } from './server.js';

/**
 * One TCP connection a subscriber: reliable, ordered, and as slow as the slowest reader of its own
 * connection only.
 */
export const tcp: Transport = {
  name: 'tcp',
  reliable: true,
  check: checkCongestion,
  listen: listenTcp,
  connect: connectTcp,
};
