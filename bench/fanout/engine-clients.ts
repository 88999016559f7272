/** Subscribers of the engine, who count what arrives. A forked process. */
import { loadCodec } from '../../src/codecs/registry.js';
import { createAnchor, systemClock } from '../../src/core/clock.js';
import { loadTransport } from '../../src/transports/registry.js';
import type { Receiver, Subscription } from '../../src/transports/transport.js';
import { SharedScan } from '../record/shared-scan.js';
import { send, serveChannel } from '../workers/channel.js';
import type { FromEngineClients, ToEngineClients } from './messages.js';

/** Connections being set up at one time, as the subscribers of a run do. */
const CONCURRENT_CONNECTS = 64;

const ignoring: Receiver = { begin: () => {}, message: () => {}, end: () => {}, control: () => {} };
const subscriptions: Subscription[] = [];

function reads(): number {
  return subscriptions.reduce((sum, { counters }) => sum + counters.reads, 0);
}

async function join({
  transport: name,
  endpoint,
  clients,
}: ToEngineClients & { type: 'connect' }): Promise<void> {
  const transport = await loadTransport(name);
  const codec = new SharedScan(await loadCodec('line-json'));
  const clock = systemClock(createAnchor());
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < clients) {
      started += 1;
      subscriptions.push(await transport.connect(endpoint, { codec, receiver: ignoring, clock }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CONNECTS, clients) }, lane));
}

serveChannel<ToEngineClients>(async (message) => {
  if (message.type === 'connect') {
    await join(message);
    send<FromEngineClients>({ type: 'ready' });
  } else if (message.type === 'count') {
    send<FromEngineClients>({ type: 'counted', reads: reads(), atMs: performance.now() });
  } else {
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    process.disconnect();
  }
});
