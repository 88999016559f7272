import type { Codec } from '../codecs/codec.js';
import { Broadcast } from '../core/broadcast.js';
import { type Clock, followingClock } from '../core/clock.js';
import type { MessageValue } from '../core/message.js';
import { LabError } from '../errors.js';
import { countOpenFiles, openFilesLimit } from '../kernel/open-files.js';
import { readingText } from '../sources/reading.js';
import { openSource } from '../sources/registry.js';
import type { Source } from '../sources/source.js';
import { localAddress } from '../transports/host.js';
import type { ServerTransport, TransportServer } from '../transports/transport.js';
import { WaitingQuota } from '../transports/waiting-quota.js';
import { checkCloseOptions, checkServerOptions } from './check.js';
import { type Allotment, allotDescriptors } from './descriptors.js';
import { Feeder } from './feeder.js';
import type { HttpServer } from './http/http.js';
import { type ServerLog, SILENT } from './log.js';
import { KernelCounters } from './metrics/kernel-counters.js';
import { DEFAULTS, type LabServer, portFlag, portOf, type ServerOptions } from './options.js';
import { loadCodecs, loadTransports, namingPort, urlOf } from './parts.js';
import type { ServerStats, SourceStatus } from './stats.js';
import { ClockWatch } from './watch/clock-watch.js';
import { Watch } from './watch/watch.js';
import { within } from './within.js';

/** How much longer than the drain time closing may take: then what still hangs is left behind. */
const CLOSE_MARGIN_MS = 500;
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
  const clock = followingClock();
  const allotment = allotDescriptors({
    limit: await openFilesLimit(),
    inUse: (await countOpenFiles()) ?? OPEN_FILES,
    clients: options.maxClients,
    mostClients: DEFAULTS.maxClients,
    streams: transports.filter(({ name }) => !name.startsWith('udp')).length,
    http: options.httpPort !== undefined,
  });
  const { maxClients, warning } = allotment;
  if (warning !== undefined) options.log?.warn({ max_clients: maxClients }, warning);
  const { retention, flush, policy } = options;
  const broadcast = new Broadcast({
    clock,
    encoder: codecs[0] as Codec,
    maxClients,
    ...(retention === undefined ? {} : { retention }),
    ...(flush === undefined ? {} : { flush }),
    ...(policy === undefined ? {} : { policy }),
  });
  const host = await addressOf(options.host);
  const server = new Server(options, allotment, clock, broadcast, codecs, host);
  try {
    // What is likeliest to fail, and has no effect on others, first: nobody is welcomed by a server
    // that cannot start.
    await server.openSource();
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
 * The one address of everything that listens: a name is looked up once. What is no name (an
 * interface, which multicast takes) is left to each transport to make out.
 */
async function addressOf(host: string = DEFAULTS.host): Promise<string> {
  return await localAddress(host).catch(() => host);
}

interface Listening {
  readonly name: string;
  readonly url: string;
  readonly server: TransportServer;
}

class Server implements LabServer {
  readonly closed: Promise<LabError | undefined>;
  readonly #options: ServerOptions;
  readonly #host: string;
  readonly #allotment: Allotment;
  readonly #waitingQuota = new WaitingQuota();
  readonly #clock: Clock;
  readonly #broadcast: Broadcast;
  readonly #codecs: readonly Codec[];
  readonly #log: ServerLog;
  readonly #listening: Listening[] = [];
  readonly #kernel = new KernelCounters(() =>
    this.#listening.map(({ name, server: { socketInodes } }) => ({ name, socketInodes })),
  );
  readonly #onAbort = (): void => void this.close();
  #settleClosed: (error: LabError | undefined) => void = () => {};
  #feeder: Feeder | undefined;
  #http: HttpServer | undefined;
  #watch: Watch | undefined;
  readonly #clockWatch: ClockWatch;
  #closing: Promise<void> | undefined;
  #failure: LabError | undefined;

  constructor(
    options: ServerOptions,
    allotment: Allotment,
    clock: Clock,
    broadcast: Broadcast,
    codecs: readonly Codec[],
    host: string,
  ) {
    this.#options = options;
    this.#host = host;
    this.#allotment = allotment;
    this.#clock = clock;
    this.#broadcast = broadcast;
    this.#codecs = codecs;
    this.#log = options.log ?? SILENT;
    this.#clockWatch = new ClockWatch(clock, this.#log);
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
  }

  get urls(): readonly string[] {
    return this.#listening.map(({ url }) => url);
  }

  get httpUrl(): string | undefined {
    return this.#http?.url;
  }

  get codec(): string {
    return (this.#codecs[0] as Codec).name;
  }

  get source(): string | undefined {
    return this.#feeder?.name;
  }

  get notReady(): string | undefined {
    if (this.#closing !== undefined) return 'draining';
    const feeder = this.#feeder;
    if (feeder === undefined) return undefined;
    if (feeder.state === 'failed') return `source failed: ${feeder.failure?.code}`;
    if (feeder.state === 'ended') return 'source ended';
    const { staleMs = DEFAULTS.staleMs } = this.#options;
    const silentMs = feeder.silence / 1_000;
    return staleMs > 0 && silentMs >= staleMs
      ? `source silent for ${Math.floor(silentMs / 1_000)} s`
      : undefined;
  }

  publish(key: string, value: MessageValue, time?: number): number {
    return this.#broadcast.publish(key, value, time);
  }

  stats(): ServerStats {
    this.#broadcast.settle();
    return {
      ...this.#broadcast.counters,
      notReady: this.notReady,
      maxClients: this.#broadcast.maxClients,
      backlog: this.#broadcast.backlog,
      clock: this.#clockWatch.status,
      transports: this.#listening.map(({ name, url, server }) => ({
        ...server.counters,
        name,
        url,
        clients: server.counters.accepted - server.counters.ended,
        packets: structuredClone(server.packets),
        kernelReceiveDrops: this.#kernel.receiveDrops(name, server.socketInodes),
      })),
      source: this.#sourceStatus(),
      hostListen: this.#kernel.listen,
      http: this.#http?.counters,
    };
  }

  async openSource(): Promise<void> {
    const { source, rate, speed, onEnd } = this.#options;
    if (source === undefined) return;
    const spec = typeof source === 'string';
    const opened = spec ? await this.#openSpec(source, onEnd === 'loop') : source;
    // What comes when it happens has its own pace, and cannot be asked to happen again.
    const live = !('deterministic' in opened && opened.deterministic === true);
    this.#feeder = new Feeder({
      broadcast: this.#broadcast,
      clock: this.#clock,
      source: opened,
      pace: { rate, speed, live },
      log: this.#log,
    });
    if (live && onEnd === 'loop') {
      throw new LabError(
        'LAB_ERR_BAD_VALUE',
        `--on-end loop: the source '${opened.name}' cannot begin again`,
        {
          hint: 'use --on-end hold or exit; a recording (replay:FILE) can be looped',
        },
      );
    }
    if (spec && !live) await this.#feeder.prepare();
  }

  async #openSpec(spec: string, loop: boolean): Promise<Source> {
    const source = await openSource(spec, {
      onNotice: (notice) => this.#log.warn({}, notice),
      ...DEFAULTS.source,
      ...this.#options.sourceOptions,
      loop,
    });
    if (source.reading !== undefined)
      this.#log.info({}, `recording: ${readingText(source.reading)}`);
    return source;
  }

  async listen(transport: ServerTransport): Promise<void> {
    const host = this.#host;
    const { ports, transportOptions } = this.#options;
    const { name } = transport;
    const port = portOf(name, ports);
    const { maxWaiting } = this.#allotment;
    const server = await namingPort(
      portFlag(name),
      { host, port },
      transport.listen(this.#broadcast, {
        onNotice: (notice) => this.#log.warn({ transport: name }, notice),
        ...transportOptions,
        maxWaiting: Math.min(transportOptions?.maxWaiting ?? maxWaiting, maxWaiting),
        waitingQuota: this.#waitingQuota,
        host,
        port,
        codecs: this.#codecs,
        clock: this.#clock,
      }),
    );
    this.#listening.push({ name, url: urlOf(name, server.endpoint), server });
  }

  /** Has what the kernel counts read, at most once a second, to be in the stats. */
  readKernel(): Promise<void> {
    return this.#kernel.refresh();
  }

  /** Opens HTTP and lets the source feed. */
  async start(): Promise<void> {
    const host = this.#host;
    const { httpPort, signal } = this.#options;
    if (httpPort !== undefined) {
      // Loaded for those who want it.
      const { listenHttp } = await import('./http/http.js');
      this.#http = await namingPort(
        '--http-port',
        { host, port: httpPort },
        listenHttp({ host, port: httpPort }, this, this.#allotment.httpConnections, this.#clock),
      );
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#watch = new Watch(
      this.#clock,
      this.#log,
      () => this.stats(),
      () => this.#feeder?.lastRejection?.message,
      () => this.#broadcast.takeLosses(),
      () => (this.#log === SILENT ? undefined : this.readKernel()),
    );
    void this.#feed();
    this.#log.info(
      {
        source: this.source ?? 'none',
        codec: this.codec,
        urls: this.urls.join(' '),
        http: this.httpUrl ?? 'off',
      },
      'serving',
    );
  }

  /** @throws LAB_ERR_BAD_VALUE, and then nothing is closed */
  async close(options: { readonly drainMs?: number } = {}): Promise<void> {
    checkCloseOptions(options);
    const { drainMs = this.#options.drainMs ?? DEFAULTS.drainMs } = options;
    this.#closing ??= this.#close(drainMs);
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number): Promise<void> {
    const limit = drainMs + CLOSE_MARGIN_MS;
    const { clients } = this.#broadcast.counters;
    const started = this.#watch !== undefined;
    if (started) this.#log.info({ clients, drain_ms: drainMs }, 'closing');
    // The order matters, though nothing is awaited before the end: no more messages, then END, then
    // closed sockets.
    await Promise.all([
      this.#release('the source', limit, async () => this.#feeder?.stop()),
      this.#release('the broadcast', limit, async () => this.#broadcast.close()),
      ...this.#listening.map(({ url, server }) =>
        this.#release(url, limit, async () => server.close(drainMs)),
      ),
    ]);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#watch?.stop();
    this.#clockWatch.stop();
    await this.#http?.close();
    if (started) this.#log.info({ published: this.#broadcast.counters.published }, 'closed');
    this.#settleClosed(this.#failure);
  }

  /**
   * Closes one thing. Sources and transports may be the user's own: one that throws or hangs must
   * not keep the others open.
   */
  async #release(what: string, limitMs: number, close: () => Promise<void>): Promise<void> {
    try {
      if (!(await within(this.#clock, close(), limitMs)))
        this.#log.warn({ what }, 'takes too long to close');
    } catch (error) {
      this.#log.error({ what, error: LabError.from(error).message }, 'could not be closed');
    }
  }

  async #feed(): Promise<void> {
    const feeder = this.#feeder;
    if (feeder === undefined) return;
    await feeder.run();
    if (feeder.state === 'stopped') return;
    const { failure } = feeder;
    const { items } = feeder.counters;
    if (failure === undefined) this.#log.info({ source: feeder.name, items }, 'source ended');
    else {
      const { code, message } = failure;
      this.#log.error({ source: feeder.name, items, code, error: message }, 'source failed');
    }
    if (this.#options.onEnd !== 'exit') return;
    this.#failure = failure;
    await this.close();
  }

  #sourceStatus(): SourceStatus | undefined {
    const feeder = this.#feeder;
    if (feeder === undefined) return undefined;
    return {
      ...feeder.counters,
      name: feeder.name,
      state: feeder.state,
      ageSeconds: feeder.age === undefined ? undefined : feeder.age / 1e6,
      upstream: feeder.upstream,
    };
  }
}
