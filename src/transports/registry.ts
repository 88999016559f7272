import type { z } from 'zod';
import type { Broadcast } from '../core/broadcast.js';
import { checkOptions } from '../core/options.js';
import { LabError, shown } from '../errors.js';
import { mergedTable, type OptionTable } from '../options/option.js';
import { connectSchema, ENDPOINT, listenSchema, tuningSchema } from './options.js';
import { STREAM_OPTIONS } from './stream/options.js';
import type { Transport, TransportServer } from './transport.js';
import { UDP_OPTIONS, type UdpListenOptions } from './udp/options.js';
import { type MulticastListenOptions, UDP_MULTICAST_OPTIONS } from './udp-multicast/options.js';
import { WS_OPTIONS, type WsListenOptions } from './ws/options.js';

/** What the transports here take; each picks its own. */
export interface TransportListenOptions
  extends WsListenOptions,
    UdpListenOptions,
    MulticastListenOptions {}

/** One of the transports here, of which a caller need not know which. */
export interface LoadedTransport extends Transport {
  listen(broadcast: Broadcast, options: TransportListenOptions): Promise<TransportServer>;
}

/** A transport: what it can be told, known without loading it, and how to load it. */
export interface RegisteredTransport {
  readonly options: OptionTable;
  readonly load: () => Promise<Transport>;
}

/**
 * Lazy: a transport costs nothing, and needs none of its dependencies, until it is asked for. Of
 * its options the tables alone are there from the start.
 */
export const TRANSPORTS: ReadonlyMap<string, RegisteredTransport> = new Map([
  ['tcp', { options: STREAM_OPTIONS, load: async () => (await import('./tcp/index.js')).tcp }],
  ['udp', { options: UDP_OPTIONS, load: async () => (await import('./udp/index.js')).udp }],
  ['ws', { options: WS_OPTIONS, load: async () => (await import('./ws/index.js')).ws }],
  [
    'udp-multicast',
    {
      options: UDP_MULTICAST_OPTIONS,
      load: async () => (await import('./udp-multicast/index.js')).udpMulticast,
    },
  ],
]);

export function transportNames(): string[] {
  return [...TRANSPORTS.keys()];
}

/** The options of one transport, empty for an unknown one; of all of them without a name. */
export function transportTable(name?: string): OptionTable {
  if (name !== undefined) return TRANSPORTS.get(name)?.options ?? [];
  return mergedTable([...TRANSPORTS.values()].map(({ options }) => options));
}

/** What a server may be told for its transports. */
export function transportOptionsSchema(): z.ZodType {
  return tuningSchema(transportTable());
}

/**
 * The transport of this name; what its `listen` and `connect` are given is checked first.
 * @throws LAB_ERR_UNKNOWN_TRANSPORT
 */
export async function loadTransport(name: string): Promise<LoadedTransport> {
  const registered = TRANSPORTS.get(name);
  if (registered === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_TRANSPORT', `unknown transport ${shown(name)}`, {
      hint: `choose one of: ${transportNames().join(', ')}`,
    });
  }
  return checking(await registered.load());
}

/** Nothing but a promise comes of a bad option, too. */
function checking(transport: Transport): LoadedTransport {
  const table = transportTable();
  const [listenOptions, connectOptions] = [listenSchema(table), connectSchema(table)];
  return {
    ...transport,
    listen: async (broadcast, options) => {
      checkOptions(listenOptions, options);
      return await transport.listen(broadcast, options);
    },
    connect: async (endpoint, options) => {
      checkOptions(ENDPOINT, endpoint, 'endpoint');
      checkOptions(connectOptions, options);
      return await transport.connect(endpoint, options);
    },
  };
}
