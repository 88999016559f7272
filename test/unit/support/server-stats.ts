import type { ServerStats } from '../../../src/serve/options.js';
import { newServerCounters } from '../../../src/transports/counters.js';

/** A server that has something to say about everything. */
export const FULL_STATS: ServerStats = {
  notReady: undefined,
  clients: 2,
  maxClients: 10,
  published: 3,
  publishedBytes: 300,
  forgottenKeys: 4,
  cut: 5,
  sinkErrors: 0,
  refusedMessages: 0,
  truncatedReplays: 0,
  flushes: 6,
  flushMicros: 1_500_000,
  backlog: 7,
  transports: ['tcp', 'udp'].map((name) => ({
    ...newServerCounters(),
    name,
    url: `${name}://h:1`,
    clients: 1,
    accepted: 8,
    sentMessages: 9,
    sendErrorMessages: 10,
    droppedMessages: 11,
  })),
  source: {
    name: 'x',
    state: 'feeding',
    items: 12,
    rejected: 13,
    errors: 14,
    ageSeconds: 1.5,
    upstream: {
      upstreamCalls: 15,
      upstreamErrors: { timeout: 16 },
      dropped: 17,
      skipped: 18,
      streaming: true,
      reconnects: 19,
      rateLimitWaits: 20,
      stale: 21,
      missing: ['A', 'B'],
    },
  },
};
