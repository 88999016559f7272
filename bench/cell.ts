/** The life of one cell: bind → connect all → readiness barrier → warm-up → window → drain → collect. */
import { type Clock, systemClock } from '../src/core/clock.js';
import { type ErrorCode, LabError, type SerializedLabError } from '../src/errors.js';
import { LEFT_OUT } from './baseline/baselines.js';
import { hostCounters, hostGrowth } from './baseline/kernel.js';
import { startPing } from './baseline/ping.js';
import { unavailable } from './baseline/round-trip.js';
import type { Phase, RunHooks } from './events.js';
import type { CellPlan, RunConfig } from './plan.js';
import { LiveRate } from './record/live-rate.js';
import { SecondsMerger } from './record/seconds.js';
import type { CellResult, RoundTrip } from './result.js';
import { wholeMicros } from './schedule.js';
import { share } from './share.js';
import { WorkerHandle } from './worker-handle.js';
import type { FeedSpec } from './workers/feed-plan.js';
import type {
  FromServer,
  FromSubscribers,
  JoinFailure,
  ServerReport,
  SubscribersReport,
  ToServer,
  ToSubscribers,
  Window,
} from './workers/messages.js';

const LISTEN_TIMEOUT_MS = 30_000;
const COLLECT_TIMEOUT_MS = 30_000;
const READY_TIMEOUT_MS = 20_000;
/** Added to the readiness timeout per client. */
const READY_PER_CLIENT_MS = 5;
/** Between the barrier and the first message: time for 'begin' to reach every process. */
const LEAD_MICROS = 200_000;
const PING_INTERVAL_MS = 100;
/** On top of what the schedule says, before a silent worker counts as dead. */
const PATIENCE_MS = 15_000;
/** With these no cell would fare better. */
const HOPELESS: readonly ErrorCode[] = ['LAB_ERR_PORT_IN_USE', 'LAB_ERR_LISTEN', 'LAB_ERR_UDP_SENDER'];

/**
 * Connections being set up with one server process at one time, by all subscriber processes: enough to keep it busy, few enough
 * for the listen backlog of a stock system (128 on older ones) and for what a server holds that has not subscribed yet.
 */
const CONNECTS_PER_SERVER = 128;
const MOST_CONNECTS_PER_PROCESS = 64;
/** Of Node, for `heldBytes`. */
const SERVER_OPTIONS = ['--expose-gc'];

type Server = WorkerHandle<ToServer, FromServer>;
type Subscribers = WorkerHandle<ToSubscribers, FromSubscribers>;

export interface CellContext {
  readonly anchor: number;
  readonly config: RunConfig;
  /** How many subscriber processes to split the clients among. */
  readonly processes: number;
  readonly hooks: RunHooks;
  readonly pingSizeBytes: number;
  /** Options of the server's Node, as for a profile. */
  readonly serverNodeOptions?: readonly string[];
}

/** Everything a cell left behind, before it is turned into figures. */
export interface CellRecord {
  readonly plan: CellPlan;
  readonly window: Window | null;
  readonly joined: number;
  readonly joinFailures: readonly JoinFailure[];
  /** Smallest effective SO_SNDBUF of the servers. */
  readonly sendBufferBytes: number | null;
  /** As the transport names it; null when it never listened. */
  readonly sender: string | null;
  /** One for each shard; empty when the cell did not get that far. */
  readonly servers: readonly ServerReport[];
  readonly subscribers: readonly SubscribersReport[];
  readonly seconds: SecondsMerger;
  readonly ping: RoundTrip;
  /** Growth of the host's counters from before the feed to the end of the drain; null when it did not come to that. */
  readonly kernel: CellResult['kernel'] | null;
  /** A worker died or went silent: the cell has no trustworthy figures. */
  readonly failure: SerializedLabError | null;
  readonly interrupted: boolean;
}

/**
 * Runs a cell. A worker that dies fails the cell, not the run.
 * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_UDP_SENDER: no other cell would fare better; whatever `hooks.kill` was aborted with
 */
export async function runCell(plan: CellPlan, context: CellContext): Promise<CellRecord> {
  const run = new CellRun(plan, context);
  const kill = (): void => run.kill();
  context.hooks.kill.addEventListener('abort', kill);
  try {
    return await run.run();
  } finally {
    context.hooks.kill.removeEventListener('abort', kill);
    await run.cleanUp();
  }
}

class CellRun {
  readonly #plan: CellPlan;
  readonly #context: CellContext;
  readonly #servers: readonly Server[];
  readonly #subscribers: Subscribers[];
  readonly #seconds: SecondsMerger;
  readonly #clock: Clock;
  #live: LiveRate | undefined;
  #window: Window | null = null;
  #joined = 0;
  #joinFailures: JoinFailure[] = [];
  #sendBufferBytes: number | null = null;
  #sender: string | null = null;
  #ping: RoundTrip;
  #kernel: CellResult['kernel'] | null = null;
  #interrupted = false;

  constructor(plan: CellPlan, context: CellContext) {
    this.#plan = plan;
    this.#context = context;
    this.#clock = systemClock(context.anchor);
    const processes = Math.min(context.processes, plan.clients);
    const { shards } = context.config;
    const nodeOptions = [...SERVER_OPTIONS, ...(context.serverNodeOptions ?? [])];
    this.#servers = Array.from(
      { length: shards },
      (_, i) => new WorkerHandle(numbered('server', i, shards), 'workers/server.js', nodeOptions),
    );
    this.#subscribers = Array.from(
      { length: processes },
      (_, i) => new WorkerHandle(numbered('subscriber', i, processes), 'workers/subscribers.js'),
    );
    this.#seconds = new SecondsMerger(processes);
    this.#ping = unavailable(
      { host: context.config.host, size_bytes: context.pingSizeBytes },
      context.config.baselines ? 'the cell ended before its window' : LEFT_OUT,
      null,
    );
  }

  async run(): Promise<CellRecord> {
    let failure: LabError | null = null;
    let servers: ServerReport[] = [];
    let subscribers: SubscribersReport[] = [];
    try {
      await this.#connect();
      // Nobody to measure, or nothing left to do: the record says so.
      if (this.#joined > 0 && !this.#context.hooks.stop.aborted) {
        await this.#publishAndDrain();
        this.#phase('collect');
        [servers, subscribers] = await this.#collect();
      }
    } catch (error) {
      failure = LabError.from(error);
      this.#context.hooks.kill.throwIfAborted();
      if (HOPELESS.includes(failure.code)) throw failure;
    }
    return {
      plan: this.#plan,
      window: this.#window,
      joined: this.#joined,
      joinFailures: this.#joinFailures,
      sendBufferBytes: this.#sendBufferBytes,
      sender: this.#sender,
      servers,
      subscribers,
      seconds: this.#seconds,
      ping: this.#ping,
      kernel: this.#kernel,
      failure: failure?.toJSON() ?? null,
      interrupted: this.#interrupted || (this.#window === null && this.#context.hooks.stop.aborted),
    };
  }

  kill(): void {
    for (const worker of [...this.#servers, ...this.#subscribers]) worker.kill();
  }

  async cleanUp(): Promise<void> {
    await Promise.all(this.#subscribers.map((worker) => worker.stop({ type: 'close' })));
    await Promise.all(this.#servers.map((worker) => worker.stop({ type: 'close' })));
  }

  async #connect(): Promise<void> {
    const { config, anchor } = this.#context;
    const { transport, codec, clients, ratePerSecond, sizeBytes, durationMs, flush } = this.#plan;
    const multicastInterface = config.multicastInterface ?? config.host;
    this.#phase('connect');
    const feed: FeedSpec = {
      ratePerSecond,
      speed: config.speed ?? 1,
      source: config.source,
      from: config.replayFrom,
      to: config.replayTo,
      symbols: config.symbols,
      sizeBytes,
      seed: config.seed,
      warmupMs: config.warmupMs,
      durationMs,
    };
    const { shards } = config;
    const listening = this.#servers.map((worker, i) => {
      worker.tell({
        type: 'listen',
        spec: {
          anchor,
          transport,
          codec,
          host: config.host,
          port: config.port === 0 ? 0 : config.port + i,
          maxClients: share(clients, shards, i),
          feed,
          flush,
          policy: config.policy,
          injectDelayMs: config.inject?.delayMs ?? 0,
          datagramBytes: config.datagramBytes,
          sendBufferBytes: config.sendBufferBytes,
          udpSender: config.udpSender,
          group: config.group,
          multicastTtl: config.multicastTtl,
          multicastInterface,
        },
      });
      return worker.expect('listening', LISTEN_TIMEOUT_MS);
    });
    const opened = await Promise.all(listening);
    const buffers = opened.map(({ sendBufferBytes }) => sendBufferBytes).filter((bytes) => bytes !== null);
    this.#sendBufferBytes = buffers.length === 0 ? null : Math.min(...buffers);
    this.#sender = opened[0]?.sender ?? null;
    const endpoints = opened.map(({ endpoint }) => endpoint);
    const lanes = Math.floor((CONNECTS_PER_SERVER * shards) / this.#subscribers.length);
    let firstClient = 0;
    const readyTimeoutMs = READY_TIMEOUT_MS + clients * READY_PER_CLIENT_MS;
    const joinedBy = new Map<Subscribers, number>();
    const ready = this.#subscribers.map(async (worker, i) => {
      worker.onMessage((message) => this.#observe(worker, message, joinedBy));
      const mine = share(clients, this.#subscribers.length, i);
      worker.tell({
        type: 'connect',
        spec: {
          anchor,
          transport,
          codec,
          endpoints,
          feed,
          clients: mine,
          firstClient,
          lanes: Math.max(1, Math.min(lanes, MOST_CONNECTS_PER_PROCESS)),
          policy: config.policy,
          receiveBufferBytes: config.receiveBufferBytes,
          decode: config.decode,
          multicastInterface,
          readyTimeoutMs,
        },
      });
      firstClient += mine;
      return worker.expect('ready', readyTimeoutMs + PATIENCE_MS);
    });
    const answers = await this.#orServerDeath(Promise.all(ready));
    this.#joined = answers.reduce((sum, { joined }) => sum + joined, 0);
    this.#joinFailures = answers.flatMap(({ failures }) => failures);
    await Promise.all(
      this.#servers.map((worker) => {
        worker.tell({ type: 'joined' });
        return worker.expect('weighed', PATIENCE_MS);
      }),
    );
  }

  async #publishAndDrain(): Promise<void> {
    const { config, hooks, pingSizeBytes } = this.#context;
    const clock = this.#clock;
    const countersBefore = await hostCounters();
    const t0 = Math.floor(clock.now()) + LEAD_MICROS;
    const start = t0 + wholeMicros(config.warmupMs);
    const end = start + wholeMicros(this.#plan.durationMs);
    const window: Window = { t0, start, end, deadline: end + wholeMicros(config.tmaxMs) };
    this.#window = window;
    for (const worker of this.#subscribers) worker.tell({ type: 'begin', window });
    for (const worker of this.#servers) worker.tell({ type: 'begin', window });
    this.#phase('warm-up');
    const runMs = (window.deadline - clock.now()) / 1_000;
    const ping = this.#pingDuring(window, clock.now(), pingSizeBytes);
    const stop = (): void => {
      this.#interrupted = true;
      for (const worker of this.#servers) worker.tell({ type: 'stop' });
    };
    hooks.stop.addEventListener('abort', stop);
    try {
      const published = this.#servers.map((worker) => worker.expect('published', runMs + PATIENCE_MS));
      const ranges = (await this.#orSubscriberDeath(Promise.all(published))).map(({ range }) => range);
      // From here on a stop cuts nothing short: all that is to be published has been.
      hooks.stop.removeEventListener('abort', stop);
      this.#phase('drain');
      // An interrupted window ends now: Tmax counts from here.
      const deadline = this.#interrupted
        ? Math.min(window.deadline, clock.now() + config.tmaxMs * 1_000)
        : window.deadline;
      const drained = this.#subscribers.map((worker) => {
        worker.tell({ type: 'drain', ranges, deadline });
        return worker.expect('drained', Math.max(0, deadline - clock.now()) / 1_000 + PATIENCE_MS);
      });
      await this.#orServerDeath(Promise.all(drained));
      this.#kernel = hostGrowth(countersBefore, await hostCounters());
    } finally {
      hooks.stop.removeEventListener('abort', stop);
      this.#ping = await ping.stop();
    }
  }

  async #collect(): Promise<[ServerReport[], SubscribersReport[]]> {
    const servers = this.#servers.map((worker) => {
      worker.tell({ type: 'collect' });
      return worker.expect('server-report', COLLECT_TIMEOUT_MS);
    });
    const subscribers = this.#subscribers.map((worker) => {
      worker.tell({ type: 'collect' });
      return worker.expect('subscribers-report', COLLECT_TIMEOUT_MS);
    });
    const [fromServers, fromSubscribers] = await Promise.all([
      Promise.all(servers),
      Promise.all(subscribers),
    ]);
    return [fromServers.map(({ report }) => report), fromSubscribers.map(({ report }) => report)];
  }

  /** The system's ping while the window lasts: it tells what the load does to the path. */
  #pingDuring(window: Window, now: number, sizeBytes: number): { stop(): Promise<RoundTrip> } {
    const { config } = this.#context;
    const { host } = config;
    let running: ReturnType<typeof startPing> | undefined;
    const timer = setTimeout(
      () => {
        this.#phase('measure');
        const maxMs = (window.end - window.start) / 1_000;
        if (config.baselines) running = startPing({ host, sizeBytes, intervalMs: PING_INTERVAL_MS, maxMs });
      },
      Math.max(0, (window.start - now) / 1_000),
    );
    return {
      stop: async () => {
        clearTimeout(timer);
        return running === undefined ? this.#ping : running.stop();
      },
    };
  }

  #observe(worker: Subscribers, message: FromSubscribers, joinedBy: Map<Subscribers, number>): void {
    if (message.type === 'second') {
      this.#seconds.add(message.second, message.counts);
    } else if (message.type === 'joined') {
      joinedBy.set(worker, message.joined);
      this.#joined = [...joinedBy.values()].reduce((sum, joined) => sum + joined, 0);
      this.#phase('connect');
    } else if (message.type === 'interval') {
      this.#interval(worker.name, message.delivered, message.p99Micros);
    }
  }

  #interval(worker: string, delivered: number, p99Micros: number | null): void {
    const now = this.#clock.now();
    this.#live ??= new LiveRate(now);
    const rate = this.#live.add(worker, delivered, p99Micros, now, this.#subscribers.length);
    if (rate === undefined || this.#window === null) return;
    this.#context.hooks.onEvent({
      type: 'interval',
      elapsedSeconds: (now - this.#window.start) / 1e6,
      deliveredPerSecond: rate.perSecond,
      p99Micros: rate.p99Micros,
    });
  }

  #phase(phase: Phase): void {
    const { onEvent } = this.#context.hooks;
    onEvent({ type: 'phase', phase, joined: this.#joined, clients: this.#plan.clients });
  }

  #orServerDeath<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, ...this.#servers.map(({ died }) => died)]);
  }

  #orSubscriberDeath<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, ...this.#subscribers.map(({ died }) => died)]);
  }
}

/** A process of one kind, of which there are `count`. */
function numbered(name: string, index: number, count: number): string {
  return count === 1 ? name : `${name} ${index + 1}`;
}
