import { LabError } from '../errors.js';
import type { Transport } from './transport.js';

/** Name → lazy factory: a transport costs nothing, and needs none of its dependencies, until it is asked for. */
const TRANSPORTS: ReadonlyMap<string, () => Promise<Transport>> = new Map([
  ['tcp', async () => (await import('./tcp/index.js')).tcp],
  ['udp', async () => (await import('./udp/index.js')).udp],
  ['ws', async () => (await import('./ws/index.js')).ws],
  ['udp-multicast', async () => (await import('./udp-multicast/index.js')).udpMulticast],
]);

export function transportNames(): string[] {
  return [...TRANSPORTS.keys()];
}

/** @throws LAB_ERR_UNKNOWN_TRANSPORT */
export async function loadTransport(name: string): Promise<Transport> {
  const load = TRANSPORTS.get(name);
  if (load === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_TRANSPORT', `unknown transport '${name}'`, {
      hint: `choose one of: ${transportNames().join(', ')}`,
    });
  }
  return load();
}
