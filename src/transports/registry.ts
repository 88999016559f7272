import { checkOptions } from '../core/options.js';
import { LabError, shown } from '../errors.js';
import { CONNECT_OPTIONS, ENDPOINT, LISTEN_OPTIONS } from './options.js';
import type { Transport } from './transport.js';

/**
 * Name → lazy factory: a transport costs nothing, and needs none of its dependencies, until it is
 * asked for.
 */
const TRANSPORTS: ReadonlyMap<string, () => Promise<Transport>> = new Map([
  ['tcp', async () => (await import('./tcp/index.js')).tcp],
  ['udp', async () => (await import('./udp/index.js')).udp],
  ['ws', async () => (await import('./ws/index.js')).ws],
  ['udp-multicast', async () => (await import('./udp-multicast/index.js')).udpMulticast],
]);

export function transportNames(): string[] {
  return [...TRANSPORTS.keys()];
}

/**
 * The transport of this name; what its `listen` and `connect` are given is checked first.
 * @throws LAB_ERR_UNKNOWN_TRANSPORT
 */
export async function loadTransport(name: string): Promise<Transport> {
  const load = TRANSPORTS.get(name);
  if (load === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_TRANSPORT', `unknown transport ${shown(name)}`, {
      hint: `choose one of: ${transportNames().join(', ')}`,
    });
  }
  return checking(await load());
}

/** Nothing but a promise comes of a bad option, too. */
function checking(transport: Transport): Transport {
  return {
    ...transport,
    listen: async (broadcast, options) => {
      checkOptions(LISTEN_OPTIONS, options);
      return await transport.listen(broadcast, options);
    },
    connect: async (endpoint, options) => {
      checkOptions(ENDPOINT, endpoint, 'endpoint');
      checkOptions(CONNECT_OPTIONS, options);
      return await transport.connect(endpoint, options);
    },
  };
}
