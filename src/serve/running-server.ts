import type { Codec } from '../codecs/codec.js';
import type { MessageValue } from '../core/message.js';
import type { SlowClient } from '../core/slowest.js';
import { LabError } from '../errors.js';
import type { StartTicker } from '../pacer/ticker.js';
import type { ServerTransport, TransportServer } from '../transports/transport.js';
import { type AssembledServer, assembleServer, type ServerSettings } from './assemble.js';
import { checkCloseOptions, checkMostClients } from './check.js';
import type { Allotment } from './descriptors.js';
import type { Feeder } from './feeder.js';
import type { HttpServer } from './http/http.js';
import { type ServerLog, SILENT } from './log.js';
import { KernelCounters } from './metrics/kernel-counters.js';
import { DEFAULTS, type LabServer, portOf, type ServerOptions } from './options.js';
import { namingPort, urlOf } from './parts.js';
import { feedToEnd, openFeeder, sourceStatus, sourceTrouble } from './source.js';
import type { ServerStats } from './stats.js';
import { ClockWatch } from './watch/clock-watch.js';
import { StatsLogger } from './watch/stats-logger.js';
import { within } from './within.js';

/** How much longer than the drain time closing may take: then what still hangs is left behind. */
const CLOSE_MARGIN_MS = 500;
/** Clients that `slowest` tells of. */
const SLOWEST = 10;

interface Listening {
  readonly name: string;
  readonly url: string;
  readonly server: TransportServer;
}

/** One broadcast, its source, its transports and its HTTP, from `listen` to `close`. */
export class Server implements LabServer {
  readonly closed: Promise<LabError | undefined>;
  readonly #options: ServerOptions;
  readonly #settings: ServerSettings;
  readonly #assembly: AssembledServer;
  readonly #allotment: Allotment;
  readonly #log: ServerLog;
  readonly #listening: Listening[] = [];
  readonly #kernel = new KernelCounters(() =>
    this.#listening.map(({ name, server: { socketInodes } }) => ({ name, socketInodes })),
  );
  readonly #onAbort = (): void => void this.close();
  #settleClosed: (error: LabError | undefined) => void = () => {};
  #feeder: Feeder | undefined;
  #http: HttpServer | undefined;
  #watch: StatsLogger | undefined;
  readonly #clockWatch: ClockWatch;
  #closing: Promise<void> | undefined;
  #failure: LabError | undefined;

  constructor(options: ServerOptions, settings: ServerSettings, allotment: Allotment) {
    this.#options = options;
    this.#settings = settings;
    this.#assembly = assembleServer(settings);
    this.#allotment = allotment;
    this.#log = options.log ?? SILENT;
    this.#clockWatch = new ClockWatch(settings.clock, this.#log);
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
    return (this.#settings.codecs[0] as Codec).name;
  }

  get source(): string | undefined {
    return this.#feeder?.name;
  }

  get notReady(): string | undefined {
    if (this.#closing !== undefined) return 'draining';
    const { staleMs = DEFAULTS.staleMs } = this.#options;
    return this.#feeder && sourceTrouble(this.#feeder, staleMs);
  }

  publish(key: string, value: MessageValue, time?: number): number {
    return this.#assembly.broadcast.publish(key, value, time);
  }

  stats(): ServerStats {
    const { broadcast } = this.#assembly;
    broadcast.accountLosses();
    return {
      ...broadcast.counters,
      notReady: this.notReady,
      maxClients: broadcast.maxClients,
      backlog: broadcast.backlog,
      clock: this.#clockWatch.status,
      transports: this.#listening.map(({ name, url, server }) => ({
        ...server.counters,
        name,
        url,
        clients: server.counters.accepted - server.counters.ended,
        packets: structuredClone(server.packets),
        kernelReceiveDrops: this.#kernel.receiveDrops(name, server.socketInodes),
      })),
      source: this.#feeder && sourceStatus(this.#feeder),
      hostListen: this.#kernel.listen,
      http: this.#http?.counters,
    };
  }

  slowest(most: number = SLOWEST): readonly SlowClient[] {
    checkMostClients(most);
    return this.#assembly.broadcast.slowest(most);
  }

  openSource(startTicker: StartTicker): Promise<void> {
    const { clock } = this.#settings;
    const { broadcast } = this.#assembly;
    const to = { broadcast, clock, startTicker, log: this.#log };
    return openFeeder(this.#options, to, (feeder) => {
      this.#feeder = feeder;
    });
  }

  async listen(transport: ServerTransport): Promise<void> {
    const { host } = this.#settings;
    const { name } = transport;
    const port = portOf(name, this.#options.ports);
    const server = await namingPort(
      `ports.${name}`,
      { host, port },
      this.#assembly.listen(transport, port),
    );
    this.#listening.push({ name, url: urlOf(name, server.endpoint), server });
  }

  /** Has what the kernel counts read, at most once a second, to be in the stats. */
  readKernel(): Promise<void> {
    return this.#kernel.refresh();
  }

  /** Opens HTTP and lets the source feed. */
  async start(): Promise<void> {
    const { host, clock } = this.#settings;
    const { httpPort, signal } = this.#options;
    if (httpPort !== undefined) {
      // Loaded for those who want it.
      const { listenHttp } = await import('./http/http.js');
      this.#http = await namingPort(
        'httpPort',
        { host, port: httpPort },
        listenHttp({ host, port: httpPort }, this, this.#allotment.httpConnections, clock),
      );
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#watch = new StatsLogger(
      clock,
      this.#log,
      () => this.stats(),
      () => this.#feeder?.lastRejection?.message,
      () => this.#assembly.broadcast.takeLosses(),
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
    const { clients } = this.#assembly.broadcast.counters;
    const started = this.#watch !== undefined;
    if (started) this.#log.info({ clients, drain_ms: drainMs }, 'closing');
    // The order matters, though nothing is awaited before the end: no more messages, then END, then
    // closed sockets.
    await Promise.all([
      this.#release('the source', limit, async () => this.#feeder?.stop()),
      this.#release('the broadcast', limit, async () => this.#assembly.broadcast.close()),
      ...this.#listening.map(({ url, server }) =>
        this.#release(url, limit, async () => server.close(drainMs)),
      ),
    ]);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#watch?.stop();
    this.#clockWatch.stop();
    await this.#http?.close();
    if (started)
      this.#log.info({ published: this.#assembly.broadcast.counters.published }, 'closed');
    this.#settleClosed(this.#failure);
  }

  /**
   * Closes one thing. Sources and transports may be the user's own: one that throws or hangs must
   * not keep the others open.
   */
  async #release(what: string, limitMs: number, close: () => Promise<void>): Promise<void> {
    try {
      if (!(await within(this.#settings.clock, close(), limitMs)))
        this.#log.warn({ what }, 'takes too long to close');
    } catch (error) {
      this.#log.error({ what, error: LabError.from(error).message }, 'could not be closed');
    }
  }

  async #feed(): Promise<void> {
    const feeder = this.#feeder;
    if (feeder === undefined || !(await feedToEnd(feeder, this.#log))) return;
    if (this.#options.onEnd !== 'exit') return;
    this.#failure = feeder.failure;
    await this.close();
  }
}
