import type { Codec } from '../codecs/codec.js';
import { type Clock, createAnchor, followingClock, systemClock } from '../core/clock.js';
import { countOpenFiles, openFilesLimit } from '../kernel/open-files.js';
import { threadTicker } from '../pacer/thread-ticker.js';
import { localAddress } from '../transports/host.js';
import type { ServerSettings } from './assemble.js';
import { checkServerOptions } from './check.js';
import { type Allotment, allotDescriptors } from './descriptors.js';
import { DEFAULTS, type LabServer, type ServerOptions } from './options.js';
import { loadCodecs, loadTransports } from './parts.js';
import { Server } from './running-server.js';

/** Open in a process that has just begun, where the system does not tell. */
const OPEN_FILES = 32;

/**
 * Starts a broadcast server: one feed over any number of transports at once, in every codec.
 * Resolves when everything is bound and the source is open; when anything fails, whatever had been
 * opened is released first.
 *
 * ```ts
 * await using server = await createServer({ transports: ['tcp', 'udp'], ports: { tcp: 0, udp: 0 } });
 * console.log(server.urls);
 * server.publish('AAPL', { price: 219.68 });
 * ```
 * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_BAD_VALUE, LAB_ERR_FD_LIMIT,
 * LAB_ERR_UNKNOWN_*, LAB_ERR_SOURCE_*, and the reason of an aborted `signal`
 */
export async function createServer(options: ServerOptions = {}): Promise<LabServer> {
  checkServerOptions(options);
  options.signal?.throwIfAborted();
  const codecs = await loadCodecs(options.codec);
  const transports = await loadTransports(options.transports ?? ['tcp']);
  const anchor = createAnchor();
  const clock = followingClock(systemClock(anchor));
  const allotment = allotDescriptors({
    limit: await openFilesLimit(),
    inUse: (await countOpenFiles()) ?? OPEN_FILES,
    clients: options.maxClients,
    mostClients: DEFAULTS.maxClients,
    streams: transports.filter(({ name }) => !name.startsWith('udp')).length,
    http: options.httpPort !== undefined,
  });
  const { warning } = allotment;
  if (warning !== undefined) options.log?.warn({ max_clients: allotment.maxClients }, warning);
  const settings = settingsOf(options, {
    clock,
    host: await addressOf(options.host),
    codecs,
    allotment,
  });
  const server = new Server(options, settings, allotment);
  // A thread that fails makes a fast feed less punctual, and no more than that.
  const ticker = threadTicker(anchor, () => {});
  try {
    // What is likeliest to fail, and has no effect on others, first: nobody is welcomed by a server
    // that cannot start.
    await server.openSource(ticker);
    for (const transport of transports) {
      options.signal?.throwIfAborted();
      await server.listen(transport);
    }
    await server.start();
    options.signal?.throwIfAborted();
  } catch (error) {
    await server.close({ drainMs: 0 });
    throw error;
  }
  return server;
}

/**
 * The one address of everything that listens: a name is looked up once. What is not a name (an
 * interface, which multicast takes) is left to each transport to make out.
 */
async function addressOf(host: string = DEFAULTS.host): Promise<string> {
  return await localAddress(host).catch(() => host);
}

/** What a server is put together from. Pure. */
export function settingsOf(
  { retention, flush, policy, maxBacklog, transportOptions, log }: ServerOptions,
  parts: {
    readonly clock: Clock;
    readonly host: string;
    readonly codecs: readonly Codec[];
    readonly allotment: Allotment;
  },
): ServerSettings {
  const { allotment, ...shared } = parts;
  const { maxClients, maxWaiting } = allotment;
  return {
    ...shared,
    maxClients,
    maxWaiting,
    retention,
    flush,
    policy,
    maxBacklog,
    transportOptions,
    onNotice: (transport, notice) => log?.warn({ transport }, notice),
  };
}
