/** The server process of a cell: source + broadcast + transport, nothing else. */
import { loadCodec } from '../../src/codecs/registry.js';
import type { Broadcast } from '../../src/core/broadcast.js';
import type { BroadcastCounters } from '../../src/core/broadcast-counters.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import { Pacer } from '../../src/pacer/pacer.js';
import { type ReadyThread, readyThread } from '../../src/pacer/thread-ticker.js';
import { leaveDeletedFolder } from '../../src/process/fork-folder.js';
import { type AssembledServer, assembleServer } from '../../src/serve/assemble.js';
import type { Source } from '../../src/sources/source.js';
import type { ServerCounters } from '../../src/transports/counters.js';
import { loadTransport } from '../../src/transports/registry.js';
import type { TransportServer } from '../../src/transports/transport.js';
import type {
  FeedTraffic,
  FromServer,
  HeldReading,
  MeasuredServer,
  ServerSpec,
  ToServer,
} from '../ipc/server.js';
import { send, sendError, serveChannel } from '../process/channel.js';
import { UsageMeter } from '../process/usage.js';
import { awaitSendIdle } from '../worker-subscriber/drain.js';
import { DelayLine } from '../workload/delay-line.js';
import { hashFeed } from '../workload/feed-hash.js';
import { openFeed } from '../workload/feed-plan.js';
import type { ItemQueue } from '../workload/item-queue.js';
import { queueOf } from '../workload/on-demand.js';
import { scheduleOf } from '../workload/schedule.js';
import type { Window } from '../workload/window.js';
import { EncodeTimer } from './encode-timer.js';
import { heldMemory } from './held-memory.js';
import { JoiningMemory } from './joining-memory.js';
import { Publisher } from './publisher.js';
import { settingsOf } from './settings.js';

const MARK_MS = 10;

class ServerWorker {
  readonly #spec: ServerSpec;
  readonly #clock: Clock;
  readonly #assembly: AssembledServer;
  readonly #broadcast: Broadcast;
  readonly #server: TransportServer;
  readonly #reliable: boolean;
  readonly #source: Source;
  readonly #feed: ItemQueue;
  readonly #thread: ReadyThread;
  readonly #encoding: EncodeTimer;
  readonly #usage: UsageMeter;
  readonly #delayLine: DelayLine | undefined;
  readonly #memory: JoiningMemory | undefined;
  #held: readonly HeldReading[] | null = null;
  #publisher: Publisher | undefined;
  #pacer: Pacer | undefined;
  /** Right before the first message of the window. */
  #atStart: { readonly sent: ServerCounters; readonly broadcast: BroadcastCounters } | undefined;
  #atBegin: FeedTraffic = NO_TRAFFIC;
  #sendsMarked = 0;

  private constructor(spec: ServerSpec, parts: Parts) {
    this.#spec = spec;
    this.#clock = parts.clock;
    this.#assembly = parts.assembly;
    this.#broadcast = parts.assembly.broadcast;
    this.#server = parts.server;
    this.#reliable = parts.reliable;
    this.#encoding = parts.encoding;
    this.#source = parts.source;
    this.#thread = parts.thread;
    this.#feed = queueOf(parts.source);
    this.#usage = new UsageMeter(() => this.#feed.cpuMicros);
    const clients = (): number => this.#broadcast.counters.clients;
    if (parts.held !== null)
      this.#memory = new JoiningMemory(parts.clock, clients, spec.maxClients, parts.held);
    const { injectDelayMs: delay, injectPerSecond: limit } = spec;
    if (delay > 0 || limit !== null) {
      const onError = (error: unknown): void => this.#fail(error);
      const { clock } = parts;
      this.#delayLine = new DelayLine(this.#broadcast, clock, delay, onError, limit ?? undefined);
    }
  }

  static async open(spec: ServerSpec): Promise<ServerWorker> {
    const clock = systemClock(spec.anchor);
    const encoding = new EncodeTimer(await loadCodec(spec.codec), clock);
    const transport = await loadTransport(spec.transport);
    const source = await openFeed(spec.feed);
    // Now, as its clients may leave it no file to open.
    leaveDeletedFolder();
    const thread = readyThread(spec.anchor);
    const assembly = assembleServer(settingsOf(spec, clock, encoding.codec));
    const server = await assembly.listen(transport, spec.port);
    const { reliable } = transport;
    const held = spec.weighsClients ? await heldMemory() : null;
    const worker = new ServerWorker(spec, {
      clock,
      assembly,
      server,
      reliable,
      encoding,
      source,
      thread,
      held,
    });
    await worker.#feed.primed;
    await worker.#memory?.begin();
    return worker;
  }

  listening(): FromServer {
    const { endpoint, sendBufferBytes, sender } = this.#server;
    return { type: 'listening', endpoint, epoch: this.#broadcast.epoch, sendBufferBytes, sender };
  }

  async measureMemory(): Promise<void> {
    this.#held = (await this.#memory?.end()) ?? null;
    send<FromServer>({ type: 'memory-measured' });
  }

  begin(window: Window): void {
    this.#atBegin = this.#traffic();
    const { feed } = this.#spec;
    const schedule = scheduleOf(feed);
    const onWindow = (): void => {
      // The timer below may be late, and what the first messages cost must not be missed.
      this.#usage.begin();
      this.#encoding.start();
      this.#atStart = { sent: { ...this.#server.counters }, broadcast: this.#broadcast.counters };
      this.#sendsMarked = this.#server.counters.sends;
      this.#markWhileSending();
    };
    const entry = this.#delayLine ?? this.#broadcast;
    const publisher = new Publisher(
      entry,
      this.#clock,
      schedule,
      this.#feed,
      window,
      onWindow,
      this.#broadcast.backpressure,
      // Not in the middle of a flush.
      () => this.#clock.setImmediate(() => this.#pacer?.tick()),
    );
    this.#publisher = publisher;
    this.#at(window.start, () => this.#usage.begin());
    const times = { first: window.t0, tickMicros: schedule.tickMicros };
    const pacer = new Pacer(this.#clock, this.#thread.start, times, () =>
      this.#publishDue(publisher),
    );
    this.#pacer = pacer;
    // A slow feed may have no tick for long after it.
    this.#at(window.end, pacer.tick);
  }

  stop(): void {
    this.#publisher?.stop();
    this.#pacer?.tick();
  }

  async collect(): Promise<FromServer> {
    // Over a reliable transport what has not left yet is on its way, and a blocked client would
    // never take it.
    if (!this.#reliable) await awaitSendIdle(() => this.#server.counters.sends, this.#clock);
    const { sender, congestionControl = null } = this.#server;
    return { type: 'server-report', report: this.#report(), sender, congestionControl };
  }

  #report(): MeasuredServer {
    const publisher = this.#publisher;
    if (publisher === undefined) throw new LabError('LAB_ERR_INTERNAL', 'collect before begin');
    const now = this.#server.counters;
    const { sent, broadcast } = this.#atStart ?? { sent: now, broadcast: this.#broadcast.counters };
    const counters = { ...now };
    for (const name of Object.keys(counters) as (keyof ServerCounters)[])
      counters[name] -= sent[name];
    const { published, publishedBytes } = this.#broadcast.counters;
    const messages = published - broadcast.published;
    this.#mark();
    return {
      ...publisher.report(),
      encodeMicros: this.#encoding.mean,
      totalSends: now.sends,
      segmentationRefused: now.segmentationRefused,
      counters,
      traffic: trafficSince(this.#atBegin, this.#traffic()),
      meanMessageBytes:
        messages > 0 ? (publishedBytes - broadcast.publishedBytes) / messages : null,
      usage: this.#usage.report(),
      held: this.#held,
    };
  }

  #traffic(): FeedTraffic {
    const { counters, packets } = this.#server;
    const received = Object.values(packets?.received ?? {}).reduce((sum, n) => sum + n, 0);
    return { sends: counters.sends, sendBytes: counters.sendBytes, received };
  }

  /** Of what this process holds of the source: a recording may have been exchanged on disk. */
  async hash(): Promise<string> {
    const feed = this.#source.again?.() ?? (await openFeed(this.#spec.feed));
    return await hashFeed(feed, this.#publisher?.published ?? 0);
  }

  async close(): Promise<void> {
    this.#pacer?.stop();
    this.#thread.stop();
    this.#delayLine?.drain();
    await this.#assembly.close(0);
    await this.#source.close();
  }

  #publishDue(publisher: Publisher): boolean {
    try {
      const more = publisher.publishDue();
      if (publisher.finished) this.#published(publisher);
      return more;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#publisher?.stop();
    this.#pacer?.stop();
    sendError(error);
  }

  #published(publisher: Publisher): void {
    this.#pacer?.stop();
    this.#usage.end();
    send<FromServer>({ type: 'published', range: publisher.range });
  }

  #markWhileSending(): void {
    this.#mark();
    this.#clock.setTimeout(() => this.#markWhileSending(), MARK_MS);
  }

  #mark(): void {
    const { sends } = this.#server.counters;
    if (sends === this.#sendsMarked) return;
    this.#sendsMarked = sends;
    this.#usage.mark();
  }

  /** Not before `time`, as a timer of Node may fire. */
  #at(time: number, action: () => void): void {
    const left = (time - this.#clock.now()) / 1_000;
    if (left <= 0) action();
    else this.#clock.setTimeout(() => this.#at(time, action), left);
  }
}

const NO_TRAFFIC: FeedTraffic = { sends: 0, sendBytes: 0, received: 0 };

function trafficSince(before: FeedTraffic, now: FeedTraffic): FeedTraffic {
  return {
    sends: now.sends - before.sends,
    sendBytes: now.sendBytes - before.sendBytes,
    received: now.received - before.received,
  };
}

interface Parts {
  readonly clock: Clock;
  readonly assembly: AssembledServer;
  readonly server: TransportServer;
  readonly reliable: boolean;
  readonly encoding: EncodeTimer;
  readonly source: Source;
  readonly thread: ReadyThread;
  /** Memory that the process holds; null = not asked for. */
  readonly held: (() => number | null) | null;
}

let worker: ServerWorker | undefined;

serveChannel<ToServer>(async (message) => {
  if (message.type === 'listen') {
    worker = await ServerWorker.open(message.spec);
    send<FromServer>(worker.listening());
    return;
  }
  if (message.type === 'close') {
    await worker?.close();
    process.disconnect();
    return;
  }
  if (worker === undefined)
    throw new LabError('LAB_ERR_INTERNAL', `'${message.type}' before 'listen'`);
  if (message.type === 'joined') await worker.measureMemory();
  else if (message.type === 'begin') worker.begin(message.window);
  else if (message.type === 'stop') worker.stop();
  else if (message.type === 'hash')
    send<FromServer>({ type: 'hashed', feedSha256: await worker.hash() });
  else send<FromServer>(await worker.collect());
});
