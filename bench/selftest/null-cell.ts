/**
 * A cell without a network, all of it in this process: the real source, core, codec, publisher and
 * instrument.
 */
import { loadCodec } from '../../src/codecs/registry.js';
import type { Broadcast } from '../../src/core/broadcast.js';
import type { Clock } from '../../src/core/clock.js';
import { parseFlushMode } from '../../src/core/flush.js';
import { DEFAULT_RETENTION } from '../../src/core/log/message-log.js';
import { DEFAULT_POLICY } from '../../src/core/overload/policy.js';
import { fixedRate, type Schedule } from '../../src/pacer/schedule.js';
import { assembleServer } from '../../src/serve/assemble.js';
import type { Source } from '../../src/sources/source.js';
import { NODE_SOCKETS } from '../../src/transports/node/node-sockets.js';
import type { Transport, TransportServer } from '../../src/transports/transport.js';
import { DEFAULT_CONFIG, DEFAULT_CONGESTION } from '../config.js';
import { cellResult } from '../figures/cell-result.js';
import type { ServerReport } from '../ipc/server.js';
import type { SubscribersReport } from '../ipc/subscribers.js';
import { NO_LINK } from '../link/link-spec.js';
import { unavailable } from '../probe/round-trip.js';
import { UsageMeter } from '../process/usage.js';
import { SecondsMerger } from '../record/seconds.js';
import { WindowRecorder } from '../record/window-recorder.js';
import type { CellResult } from '../result/result.js';
import { EncodeTimer } from '../worker-server/encode-timer.js';
import { Publisher } from '../worker-server/publisher.js';
import { ClientPool } from '../worker-subscriber/client-pool.js';
import { collectReport } from '../worker-subscriber/collect.js';
import { ContentCheck } from '../worker-subscriber/content-check.js';
import { hashFeed } from '../workload/feed-hash.js';
import { openFeed, planFeed } from '../workload/feed-plan.js';
import type { ItemQueue } from '../workload/item-queue.js';
import { queueOf } from '../workload/on-demand.js';
import { PlannedMembership } from '../workload/planned-membership.js';
import { wholeMicros } from '../workload/schedule.js';
import type { Window } from '../workload/window.js';
import type { FaultInjection } from './fault-injection.js';
import type { FaultStage } from './faults.js';
import { feedOf, type NullLoad, subscribersOf } from './null-load.js';
import { NullTransport } from './null-transport.js';

/** Longest wait for what is still on its way after the window. */
const TMAX_MS = 3_000;

/** Opened, joined and ready to begin; whoever holds it lets time pass. */
export class NullCell {
  readonly transport: NullTransport;
  readonly schedule: Schedule;
  readonly #load: NullLoad;
  readonly #clock: Clock;
  readonly #parts: Parts;
  readonly #injection: FaultInjection;
  #publisher: Publisher | undefined;
  #window: Window | undefined;

  private constructor(load: NullLoad, clock: Clock, parts: Parts, injection: FaultInjection) {
    this.#load = load;
    this.#clock = clock;
    this.#parts = parts;
    this.#injection = injection;
    this.transport = parts.transport;
    this.schedule = fixedRate(load.ratePerSecond);
  }

  static async open(
    load: NullLoad,
    clock: Clock,
    stage: FaultStage,
    injection: FaultInjection,
  ): Promise<NullCell> {
    const codec = await loadCodec(load.codec);
    const encoding = new EncodeTimer(codec, clock);
    const transport = new NullTransport(stage, load.reliable);
    const feed = feedOf(load);
    const plan = await planFeed(feed);
    const seconds = new SecondsMerger(1);
    const itsClock = injection.clock?.(clock) ?? clock;
    const recorder = new WindowRecorder(new PlannedMembership(plan), itsClock, (second, counts) =>
      seconds.add(second, counts),
    );
    const source = await openFeed(feed);
    const assembly = assembleServer({
      clock,
      host: '',
      codecs: [encoding.codec],
      maxClients: load.clients,
      retention: { ...DEFAULT_RETENTION, messages: load.retained },
      flush: parseFlushMode(load.flush),
      policy: DEFAULT_POLICY,
    });
    const { broadcast } = assembly;
    const server = await assembly.listen(transport, 0);
    const pool = new ClientPool(subscribersOf(load, feed), {
      sockets: NODE_SOCKETS,
      transport: heardThrough(transport, injection),
      codec,
      clock: itsClock,
      recorder,
    });
    await pool.join(() => {}, new AbortController().signal);
    const queue = queueOf(source);
    await queue.primed;
    const check = new ContentCheck(codec, plan);
    const parts = {
      transport,
      broadcast,
      server,
      source,
      queue,
      recorder,
      seconds,
      pool,
      check,
      encoding,
    };
    return new NullCell(load, clock, parts, injection);
  }

  /** The window opens at `t0` + warm-up. Call `tick` from `t0` on, every `schedule.tickMicros`. */
  begin(t0: number): Window {
    const { broadcast, queue, recorder, encoding } = this.#parts;
    const start = t0 + wholeMicros(this.#load.warmupMs);
    const end = start + wholeMicros(this.#load.durationMs);
    const window = { t0, start, end, deadline: end + wholeMicros(TMAX_MS) };
    this.#window = window;
    this.#publisher = new Publisher(broadcast, this.#clock, this.schedule, queue, window, () =>
      encoding.start(),
    );
    recorder.open(window);
    return window;
  }

  /** Publishes what is due; false when there will be no more. */
  tick(): boolean {
    this.#publisher?.publishDue();
    return this.#publisher?.finished === false;
  }

  /**
   * Whether the content of this message of the window is compared when it comes to the `client`-th
   * subscriber.
   */
  verifies(client: number, seq: number): boolean {
    const at = seq - this.#parts.recorder.plan.first;
    return this.#parts.check.next(at, client) === at;
  }

  /** Ends measuring, and makes the figures of a cell from it as for any other. */
  async collect(): Promise<CellResult> {
    const { server, recorder, seconds, pool, encoding } = this.#parts;
    const { clients, codec, ratePerSecond, sizeBytes, durationMs, warmupMs, flush, reliable } =
      this.#load;
    const publisher = this.#publisher as Publisher;
    recorder.close(this.#clock.now());
    const usage = new UsageMeter().report();
    const report = collectReport(
      recorder,
      pool.subscribers,
      [publisher.range],
      new Map(),
      reliable,
      usage,
    );
    const fromServer: ServerReport = {
      ...publisher.report(),
      encodeMicros: encoding.mean,
      feedSha256: await hashFeed(await openFeed(feedOf(this.#load)), publisher.published),
      meanMessageBytes: null,
      totalSends: server.counters.sends,
      // Through no socket.
      traffic: { sends: 0, sendBytes: 0, received: 0 },
      segmentationRefused: 0,
      counters: server.counters,
      usage,
      held: null,
    };
    const noPing = unavailable(
      { host: 'null', size_bytes: sizeBytes },
      'there is no network',
      null,
    );
    const record = {
      plan: {
        id: 'null',
        kind: 'local' as const,
        transport: 'null',
        codec,
        clients,
        ratePerSecond,
        sizeBytes,
        durationMs,
        flush,
        repair: 'none' as const,
        congestion: DEFAULT_CONGESTION,
        link: NO_LINK,
        policy: DEFAULT_POLICY,
        run: 1,
      },
      window: this.#window as Window,
      joined: pool.subscribers.length,
      joinFailures: pool.failures,
      receiver: NODE_SOCKETS.name,
      link: null,
      server: {
        kind: 'local' as const,
        sendBufferBytes: null,
        sender: server.sender,
        congestionControl: null,
      },
      servers: [fromServer],
      subscribers: [this.#injection.report?.(report) ?? report] satisfies SubscribersReport[],
      seconds,
      ping: noPing,
      kernel: null,
      ip: null,
      failure: null,
      interrupted: false,
    };
    const noEcho = { ...noPing, via: null };
    return cellResult(record, {
      config: { ...DEFAULT_CONFIG, warmupMs, flushes: [flush] },
      baselines: { size_bytes: sizeBytes, ping: noPing, echo: { tcp: noEcho, udp: noEcho } },
      reliable,
      multicast: false,
      bufferFactor: 1,
      sizeBytes,
      linkTraces: null,
    });
  }

  async close(): Promise<void> {
    await this.#parts.pool.leave();
    await this.#parts.server.close();
    await this.#parts.source.close();
  }
}

interface Parts {
  readonly transport: NullTransport;
  readonly broadcast: Broadcast;
  readonly server: TransportServer;
  readonly source: Source;
  readonly queue: ItemQueue;
  readonly recorder: WindowRecorder;
  readonly seconds: SecondsMerger;
  readonly pool: ClientPool;
  /** Not the pool's own: it only says what is checked. */
  readonly check: ContentCheck;
  readonly encoding: EncodeTimer;
}

/** The same transport, its receivers wrapped if the injection says so. */
function heardThrough(transport: NullTransport, { receiver: wrap }: FaultInjection): Transport {
  if (wrap === undefined) return transport;
  return {
    name: transport.name,
    reliable: transport.reliable,
    listen: (broadcast, options) => transport.listen(broadcast, options),
    connect: (endpoint, options) =>
      transport.connect(endpoint, { ...options, receiver: wrap(options.receiver) }),
  };
}
