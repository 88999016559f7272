/** One server and one process of subscribers, looked at twice: what went through in between. */

import { WorkerHandle } from '../../bench/process/worker-process.js';
import { createAnchor } from '../../src/core/clock.js';
import { sleep } from '../../src/core/timer.js';
import type {
  EngineSpec,
  FeedSettings,
  FromClients,
  FromServer,
  ToClients,
  ToServer,
} from './messages.js';

const TIMEOUT_MS = 60_000;
const WARMUP_SHARE = 0.3;

export interface Flow {
  /**
   * Writes or datagrams that the server's kernel took: what a flood of datagrams loses at the
   * receivers is not the sender's.
   */
  readonly sendsPerSecond: number;
  /** Mean of one send, headers of ours included. */
  readonly bytesPerSend: number;
  /**
   * Time from publishing to the kernel of a subscriber, or to its code where there is no stamp, µs;
   * null at full speed, where subscribers only count.
   */
  readonly p50Micros: number | null;
  readonly p99Micros: number | null;
  /** The server's heap once a second. */
  readonly heapBytes: readonly number[];
}

type Counted = Extract<FromServer, { type: 'counted' }> & {
  readonly heard: Extract<FromClients, { type: 'counted' }>;
};

/** @throws LAB_ERR_* when a worker fails */
export async function engineFlow(
  spec: Omit<EngineSpec, 'anchor'>,
  durationMs: number,
): Promise<Flow> {
  return await flowOf('tools/fanout/engine-server.js', spec.transport, spec, durationMs);
}

/** The same feed from a bare loop over TCP sockets. @throws LAB_ERR_* when a worker fails */
export async function bareFlow(
  spec: Omit<FeedSettings, 'anchor'>,
  durationMs: number,
): Promise<Flow> {
  return await flowOf('tools/fanout/bare-server.js', 'tcp', spec, durationMs);
}

async function flowOf(
  script: string,
  transport: 'tcp' | 'udp',
  settings: Omit<FeedSettings, 'anchor'>,
  durationMs: number,
): Promise<Flow> {
  const server = new WorkerHandle<ToServer<FeedSettings>, FromServer>('server', script);
  const clients = new WorkerHandle<ToClients, FromClients>('clients', 'tools/fanout/clients.js');
  const anchor = createAnchor();
  const count = async (): Promise<Counted> => {
    server.tell({ type: 'count' });
    clients.tell({ type: 'count' });
    const [sent, heard] = await Promise.all([
      server.expect('counted', TIMEOUT_MS),
      clients.expect('counted', TIMEOUT_MS),
    ]);
    return { ...sent, heard };
  };
  try {
    server.tell({ type: 'listen', spec: { ...settings, anchor } });
    const { endpoint } = await server.expect('listening', TIMEOUT_MS);
    const countOnly = settings.ratePerSecond === null;
    clients.tell({
      type: 'connect',
      anchor,
      transport,
      countOnly,
      endpoint,
      clients: settings.clients,
    });
    await clients.expect('ready', TIMEOUT_MS);
    server.tell({ type: 'go' });
    await sleep(durationMs * WARMUP_SHARE);
    const before = await count();
    const heapBytes: number[] = [];
    let after = before;
    for (let left = durationMs; left > 0; left -= 1_000) {
      await sleep(Math.min(left, 1_000));
      // The medians of the seconds in between are not asked for: only a short trial has one, over
      // all of it.
      after = await count();
      heapBytes.push(after.heapBytes);
    }
    return flow(before, after, heapBytes);
  } finally {
    await Promise.all([clients.stop({ type: 'close' }), server.stop({ type: 'close' })]);
  }
}

function flow(before: Counted, after: Counted, heapBytes: readonly number[]): Flow {
  const sends = after.sends - before.sends;
  return {
    sendsPerSecond: sends / ((after.atMs - before.atMs) / 1_000),
    bytesPerSend: (after.bytes - before.bytes) / Math.max(1, sends),
    p50Micros: after.heard.p50Micros,
    p99Micros: after.heard.p99Micros,
    heapBytes,
  };
}
