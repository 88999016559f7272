/** A server whose clock, and not only its stamps, is ahead of the machine's. */
import { loadCodec } from '../../../src/codecs/registry.js';
import { createAnchor, systemClock } from '../../../src/core/clock.js';
import { assembleServer } from '../../../src/serve/assemble.js';
import { loadTransport } from '../../../src/transports/registry.js';

const PERIOD_MS = 2;

export async function openShiftedServer(
  transport: string,
  aheadMicros: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const clock = systemClock(createAnchor() + aheadMicros);
  const codecs = await Promise.all(['line-json', 'msgpack'].map((name) => loadCodec(name)));
  const assembly = assembleServer({ clock, host: '127.0.0.1', codecs, maxClients: 100 });
  const { endpoint } = await assembly.listen(await loadTransport(transport), 0);
  let published = 0;
  const timer = setInterval(() => assembly.broadcast.publish('k', published++), PERIOD_MS);
  return {
    url: `${transport}://127.0.0.1:${endpoint.port}`,
    close: async () => {
      clearInterval(timer);
      await assembly.close(0);
    },
  };
}
