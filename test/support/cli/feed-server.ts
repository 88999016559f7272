import { onTestFinished } from 'vitest';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import type { BroadcastOptions } from '../../../src/core/broadcast-options.js';
import { systemClock } from '../../../src/core/clock.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { until } from '../conformance/transport-support.js';

export interface FeedServer {
  readonly broadcast: Broadcast;
  readonly url: string;
  /** Resolves when `count` subscribers are there. */
  joined(count?: number): Promise<void>;
  close(): Promise<void>;
}

/** A TCP feed on a loopback port, a free one unless told otherwise; closed after the test. */
export async function feedServer(
  options: Partial<BroadcastOptions> = {},
  port = 0,
): Promise<FeedServer> {
  const clock = systemClock();
  const codecs = await Promise.all(codecNames().map((name) => loadCodec(name)));
  const broadcast = new Broadcast({ clock, encoder: codecs[0]!, ...options });
  const tcp = await loadTransport('tcp');
  const server = await tcp.listen(broadcast, { host: '127.0.0.1', port, codecs, clock });
  const close = async (): Promise<void> => {
    broadcast.close();
    await server.close();
  };
  onTestFinished(close);
  return {
    broadcast,
    url: `tcp://127.0.0.1:${server.endpoint.port}`,
    joined: (count = 1) => until(() => broadcast.counters.clients >= count, `${count} to join`),
    close,
  };
}
