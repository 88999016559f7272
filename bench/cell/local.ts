/**
 * The life of one cell: bind → connect all → readiness barrier → warm-up → window → drain →
 * collect.
 */
import { type Clock, systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import { passedOn } from '../../src/options/option.js';
import { transportTable } from '../../src/transports/registry.js';
import type { CellRecord, LinkRecord } from '../cell-record.js';
import type { LocalCell } from '../config.js';
import type { FromServer, ServerReport, ToServer } from '../ipc/server.js';
import type { SubscribersReport } from '../ipc/subscribers.js';
import { droppedIn } from '../link/dropped.js';
import type { LinkBook } from '../link/link-book.js';
import { type HostCounters, hostCounters, hostGrowth } from '../probe/host-counters.js';
import { type IpCounters, ipCounters, ipGrowth } from '../probe/ip-counters.js';
import { numbered, WorkerHandle } from '../process/worker-process.js';
import type { CellResult } from '../result/result.js';
import { wholeMicros } from '../workload/schedule.js';
import type { Window } from '../workload/window.js';
import type { CellContext } from './cell-context.js';
import { type Killable, runKillable } from './killable.js';
import { feedSpec, serverSpec } from './server-spec.js';
import { REPLY_TIMEOUT_MS, SubscriberPool } from './subscriber-pool.js';
import { WindowCpu } from './window-cpu.js';
import { WindowPing } from './window-ping.js';

const LISTEN_TIMEOUT_MS = 30_000;
const COLLECT_TIMEOUT_MS = 30_000;

/** Between the barrier and the first message: time for 'begin' to reach every process. */
const LEAD_MICROS = 200_000;

/** Of Node, for `heldBytes`. */
const SERVER_OPTIONS = ['--expose-gc'];

type Server = WorkerHandle<ToServer, FromServer>;

/** Runs a cell. Whatever fails is in its record. @throws what `hooks.kill` was aborted with */
export async function runCell(plan: LocalCell, context: CellContext): Promise<CellRecord> {
  return await runKillable(new CellRun(plan, context), context.hooks.kill);
}

class CellRun implements Killable<CellRecord> {
  readonly #plan: LocalCell;
  readonly #context: CellContext;
  readonly #servers: readonly Server[];
  readonly #pool: SubscriberPool;
  readonly #ping: WindowPing;
  readonly #cpu: WindowCpu;
  readonly #clock: Clock;
  /** Where its servers listen. */
  readonly #host: string;
  #window: Window | null = null;
  /** Rejects when the link has ended; never resolves. */
  readonly #linkDied: Promise<never>;
  #linkBefore: LinkBook | null = null;
  #link: LinkRecord | null = null;
  #sendBufferBytes: number | null = null;
  #sender: string | null = null;
  #congestionControl: string | null = null;
  #kernel: CellResult['kernel'] | null = null;
  #ip: IpCounters | null = null;
  #interrupted = false;

  constructor(plan: LocalCell, context: CellContext) {
    this.#plan = plan;
    this.#context = context;
    this.#clock = systemClock(context.anchor);
    const { link } = context;
    const { shards } = context.config;
    const nodeOptions = [...SERVER_OPTIONS, ...(context.serverNodeOptions ?? [])];
    this.#servers = Array.from(
      { length: shards },
      (_, i) =>
        new WorkerHandle(numbered('server', i, shards), 'bench/worker-server/main.js', {
          nodeOptions,
          enter: link?.serverEnd.enter,
        }),
    );
    // Without it nobody hears anybody, and whoever waits would wait for nothing.
    this.#linkDied =
      link?.closed.then((error) => {
        throw error ?? new LabError('LAB_ERR_CLOSED', 'the link of the cell was closed');
      }) ?? new Promise(() => {});
    this.#linkDied.catch(() => {});
    this.#host = link?.serverAddress ?? context.config.host;
    this.#pool = new SubscriberPool(
      plan.clients,
      context.processes,
      context.hooks,
      this.#clock,
      link,
    );
    this.#cpu = new WindowCpu(this.#clock, link);
    this.#ping = new WindowPing(
      {
        host: this.#host,
        sizeBytes: context.pingSizeBytes,
        from: link?.probeAddress,
        enter: link?.clientEnd.enter,
      },
      context.config.baselines,
    );
  }

  async run(): Promise<CellRecord> {
    let failure: LabError | null = null;
    let servers: ServerReport[] = [];
    let subscribers: SubscribersReport[] = [];
    try {
      await this.#connect();
      // Nobody to measure, or nothing left to do: the record says so.
      if (this.#pool.joined > 0 && !this.#context.hooks.stop.aborted) {
        await this.#publishAndDrain();
        this.#pool.phase('collect');
        [servers, subscribers] = await this.#collect();
      }
    } catch (error) {
      failure = LabError.from(error);
      this.#context.hooks.kill.throwIfAborted();
    }
    const { stop } = this.#context.hooks;
    const stoppedBefore = this.#window === null && stop.aborted;
    return {
      plan: this.#plan,
      window: this.#window,
      joined: this.#pool.joined,
      joinFailures: this.#pool.joinFailures,
      receiver: this.#context.receiver,
      link: this.#link,
      server: {
        kind: 'local',
        sendBufferBytes: this.#sendBufferBytes,
        sender: this.#sender,
        congestionControl: this.#congestionControl,
      },
      servers,
      subscribers,
      seconds: this.#pool.seconds,
      ping: await this.#ping.stop(),
      kernel: this.#kernel,
      ip: this.#ip,
      // A signal to all of us ends a worker that has not come so far as to leave it to us.
      failure: stoppedBefore ? null : (failure?.toJSON() ?? null),
      interrupted: this.#interrupted || stoppedBefore,
    };
  }

  kill(): void {
    this.#pool.kill();
    for (const worker of this.#servers) worker.kill();
  }

  async cleanUp(): Promise<void> {
    await this.#pool.stop();
    await Promise.all(this.#servers.map((worker) => worker.stop({ type: 'close' })));
  }

  async #connect(): Promise<void> {
    const { config, anchor, receiver } = this.#context;
    const { transport, codec, repair } = this.#plan;
    this.#pool.phase('connect');
    const feed = feedSpec(this.#plan, config);
    const listening = this.#servers.map((worker, i) => {
      worker.tell({ type: 'listen', spec: serverSpec(this.#plan, config, anchor, i, this.#host) });
      return worker.expect('listening', LISTEN_TIMEOUT_MS);
    });
    const opened = await Promise.all(listening);
    const buffers = opened
      .map(({ sendBufferBytes }) => sendBufferBytes)
      .filter((bytes) => bytes !== null);
    this.#sendBufferBytes = buffers.length === 0 ? null : Math.min(...buffers);
    this.#sender = opened[0]?.sender ?? null;
    const endpoints = opened.map(({ endpoint }) => endpoint);
    const epochs = opened.map(({ epoch }) => epoch);
    const { policy } = this.#plan;
    const { decode } = config;
    const shared = {
      anchor,
      transport,
      codec,
      endpoints,
      epochs,
      feed,
      policy,
      decode,
      receiver,
      transportOptions: passedOn(
        transportTable(transport),
        'connect',
        { ...config.transportOptions, repair },
        this.#host,
      ),
    };
    await this.#orServerDeath(this.#pool.connect(shared));
    await Promise.all(
      this.#servers.map((worker) => {
        worker.tell({ type: 'joined' });
        return worker.expect('memory-measured', REPLY_TIMEOUT_MS);
      }),
    );
  }

  async #publishAndDrain(): Promise<void> {
    const { config, hooks } = this.#context;
    const clock = this.#clock;
    const [countersBefore, ipBefore] = await Promise.all([this.#counters(), ipCounters()]);
    this.#linkBefore = (await this.#context.link?.book()) ?? null;
    const t0 = Math.floor(clock.now()) + LEAD_MICROS;
    const start = t0 + wholeMicros(config.warmupMs);
    const end = start + wholeMicros(this.#plan.durationMs);
    const window: Window = { t0, start, end, deadline: end + wholeMicros(config.tmaxMs) };
    this.#window = window;
    this.#pool.opens(start);
    this.#pool.tell({ type: 'begin', window });
    for (const worker of this.#servers) worker.tell({ type: 'begin', window });
    this.#pool.phase('warm-up');
    const runMs = (window.deadline - clock.now()) / 1_000;
    this.#cpu.schedule(window);
    this.#ping.schedule(window, clock.now(), () => this.#pool.phase('measure'));
    const stop = (): void => {
      this.#interrupted = true;
      for (const worker of this.#servers) worker.tell({ type: 'stop' });
    };
    hooks.stop.addEventListener('abort', stop);
    try {
      const published = this.#servers.map((worker) =>
        worker.expect('published', runMs + REPLY_TIMEOUT_MS),
      );
      const ranges = (await this.#orSubscriberDeath(Promise.all(published))).map(
        ({ range }) => range,
      );
      // From here on a stop cuts nothing short: all that is to be published has been.
      hooks.stop.removeEventListener('abort', stop);
      this.#pool.phase('drain');
      // An interrupted window ends now: Tmax counts from here.
      const deadline = this.#interrupted
        ? Math.min(window.deadline, clock.now() + config.tmaxMs * 1_000)
        : window.deadline;
      const patienceMs = Math.max(0, deadline - clock.now()) / 1_000 + REPLY_TIMEOUT_MS;
      const drained = this.#pool.ask({ type: 'drain', ranges, deadline }, 'drained', patienceMs);
      await this.#orServerDeath(drained);
      this.#ip = ipGrowth(ipBefore, await ipCounters());
      this.#kernel = hostGrowth(countersBefore, await this.#counters(), await this.#cpu.stop());
    } finally {
      hooks.stop.removeEventListener('abort', stop);
      await this.#cpu.stop();
      await this.#ping.stop();
    }
  }

  async #collect(): Promise<[ServerReport[], SubscribersReport[]]> {
    const servers = this.#servers.map((worker) => {
      worker.tell({ type: 'collect' });
      return worker.expect('server-report', COLLECT_TIMEOUT_MS);
    });
    // One after the other: a server in arrears over UDP sends on until it reports, and only then is
    // all there that will be.
    const fromServers = await this.#orSubscriberDeath(Promise.all(servers));
    this.#sender = fromServers[0]?.sender ?? null;
    this.#congestionControl = fromServers[0]?.congestionControl ?? null;
    await this.#closeBook();
    const fromSubscribers = await this.#pool.ask(
      { type: 'collect', droppedOnLink: droppedIn(this.#link?.after ?? null) },
      'subscribers-report',
      COLLECT_TIMEOUT_MS,
    );
    const hashes = await this.#hashFeeds();
    return [
      fromServers.map(({ report }, i) => ({ ...report, feedSha256: hashes[i] as string })),
      fromSubscribers.map(({ report }) => report),
    ];
  }

  /** Of the ends of the link, where there is one: server and clients are nowhere else. */
  async #counters(): Promise<HostCounters> {
    const [server, clients] = [this.#servers[0]?.pid, this.#pool.pid];
    if (this.#context.link === null || server === undefined || clients === undefined)
      return await hostCounters();
    return await hostCounters(undefined, [server, clients]);
  }

  async #closeBook(): Promise<void> {
    const { link } = this.#context;
    if (link === null || this.#linkBefore === null) return;
    this.#link = { spec: link.spec, before: this.#linkBefore, after: await link.book() };
  }

  /** Last of all, so that its CPU time is in nobody's figures. */
  async #hashFeeds(): Promise<string[]> {
    const { t0, end } = this.#window as Window;
    // The longer the feed was, the longer it takes.
    const patienceMs = (end - t0) / 1_000 + COLLECT_TIMEOUT_MS;
    const hashed = this.#servers.map((worker) => {
      worker.tell({ type: 'hash' });
      return worker.expect('hashed', patienceMs);
    });
    const answers = await Promise.all(hashed);
    return answers.map(({ feedSha256 }) => feedSha256);
  }

  #orServerDeath<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#linkDied, ...this.#servers.map(({ died }) => died)]);
  }

  #orSubscriberDeath<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#linkDied, this.#pool.died]);
  }
}
