/** A subscriber process of a cell: its share of the clients, each accounted for. */
import { setMaxListeners } from 'node:events';
import { loadCodec } from '../../src/codecs/registry.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import { openNativeSockets } from '../../src/transports/native/client/native-sockets.js';
import { openVirtualSockets } from '../../src/transports/native/client/virtual-sockets.js';
import { NODE_SOCKETS } from '../../src/transports/node/node-sockets.js';
import { loadTransport } from '../../src/transports/registry.js';
import type {
  FromSubscribers,
  SubscribersReport,
  SubscribersSpec,
  ToSubscribers,
} from '../ipc/subscribers.js';
import type { DroppedDatagrams } from '../link/link-book.js';
import { send, serveChannel } from '../process/channel.js';
import { UsageMeter } from '../process/usage.js';
import { LatencyTotal } from '../record/distribution.js';
import type { LatencyCounts } from '../record/latency-recorder.js';
import type { CountsSoFar } from '../record/live-account.js';
import { WindowRecorder } from '../record/window-recorder.js';
import { offsetOf } from '../workload/clock-offset.js';
import { planFeed } from '../workload/feed-plan.js';
import { ObservedMembership } from '../workload/observed-membership.js';
import { PlannedMembership } from '../workload/planned-membership.js';
import type { PublishedRange, Window } from '../workload/window.js';
import { publishedIn } from '../workload/window.js';
import { ClientPool } from './client-pool.js';
import { collectReport } from './collect.js';
import { awaitReceiveEmpty, UnreadAtDeadline } from './drain.js';
import { receiveDrops, WindowDrops } from './receive-drops.js';

const PROGRESS_MS = 500;
const DRAIN_CHECK_MS = 10;
const MARK_MS = 10;

const SOCKETS: Readonly<Record<ClientSockets['name'], (clock: Clock) => Promise<ClientSockets>>> = {
  native: openNativeSockets,
  virtual: openVirtualSockets,
  node: async () => NODE_SOCKETS,
};

class SubscribersWorker {
  readonly #clock: Clock;
  readonly #pool: ClientPool;
  readonly #recorder: WindowRecorder;
  readonly #usage = new UsageMeter();
  readonly #drops: WindowDrops;
  /** By shard. */
  #ranges: readonly PublishedRange[];
  #lastP99: number | null = null;
  #deliveredBefore = 0;
  #deliveredAtMark = 0;

  private constructor(clock: Clock, recorder: WindowRecorder, pool: ClientPool, shards: number) {
    this.#clock = clock;
    this.#recorder = recorder;
    this.#pool = pool;
    // A reliable transport has no datagrams to drop, and its port numbers may be those of
    // strangers' UDP sockets.
    this.#drops = new WindowDrops(
      async () =>
        pool.reliable ? new Map() : await receiveDrops(pool.subscribers, pool.sharesPorts),
      clock,
    );
    this.#ranges = Array.from({ length: shards }, () => ({ first: 1, last: 0 }));
  }

  static async open(spec: SubscribersSpec): Promise<SubscribersWorker> {
    const clock = systemClock(spec.anchor);
    let worker: SubscribersWorker | undefined;
    const codec = await loadCodec(spec.codec);
    const membership =
      spec.feed === null
        ? new ObservedMembership(codec)
        : new PlannedMembership(await planFeed(spec.feed));
    const shards = spec.endpoints.length;
    const onSecond = (second: number, counts: LatencyCounts): void =>
      worker?.secondIsOver(second, counts);
    const recorder = new WindowRecorder(membership, clock, onSecond, shards);
    const sockets = await SOCKETS[spec.receiver](clock);
    const pool = new ClientPool(spec, {
      sockets,
      transport: await loadTransport(spec.transport),
      codec,
      clock,
      recorder,
    });
    worker = new SubscribersWorker(clock, recorder, pool, shards);
    return worker;
  }

  async join(signal: AbortSignal): Promise<void> {
    let toldAt = 0;
    await this.#pool.join((joined) => {
      if (this.#clock.now() - toldAt < PROGRESS_MS * 1_000) return;
      toldAt = this.#clock.now();
      send<FromSubscribers>({ type: 'joined', joined });
    }, signal);
    const { subscribers, failures, epochs } = this.#pool;
    send<FromSubscribers>({ type: 'ready', joined: subscribers.length, failures, epochs });
  }

  begin(window: Window): void {
    this.#recorder.open(window);
    this.#drops.open(window.start);
    this.#at(window.start, () => {
      this.#usage.begin(this.#clock.now() - window.start);
      this.#pool.beginRepairs();
      this.#markWhileReceiving();
    });
    this.#progress();
  }

  secondIsOver(second: number, counts: LatencyCounts): void {
    const total = new LatencyTotal();
    total.add(counts);
    this.#lastP99 = total.percentile(0.99);
    send<FromSubscribers>({ type: 'second', second, counts, soFar: this.#soFar() });
  }

  #soFar(): CountsSoFar {
    let due = 0;
    let missing = 0;
    for (const { account } of this.#pool.subscribers) {
      const { next, first, unique } = account;
      due += next - first;
      missing += next - first - unique;
    }
    const { instrument, received } = this.#recorder;
    return {
      due,
      missing,
      stamped: instrument.recorded.count,
      instrumentSum: instrument.recorded.sum,
      received: received.count,
      receiptSum: received.sum,
    };
  }

  /**
   * Publishing is over, and with it the window. Waits until every subscriber has what it is owed,
   * or the deadline.
   */
  drain(ranges: readonly PublishedRange[], deadline: number): void {
    this.#ranges = ranges;
    this.#recorder.drain(this.#clock.now(), deadline);
    this.#usage.end();
    const unread = new UnreadAtDeadline(deadline);
    const check = (): void => {
      const now = this.#clock.now();
      this.#mark();
      const { delivered, stamped } = this.#recorder;
      if (!unread.isOver(now, delivered, stamped > 0) && !this.#complete()) {
        this.#clock.setTimeout(check, DRAIN_CHECK_MS);
        return;
      }
      this.#recorder.close(now);
      send<FromSubscribers>({ type: 'drained', span: this.#recorder.membership.span });
    };
    check();
  }

  poll(): void {
    const told = this.#pool.subscribers.flatMap(
      ({ subscription }) => subscription?.exchanges ?? [],
    );
    const progress = { ...this.#observed.progress, offset: offsetOf(told) };
    send<FromSubscribers>({ type: 'progress', progress });
  }

  /**
   * Waits until every subscriber has come to what was published after the window, or the deadline.
   */
  finish(until: number, deadline: number): void {
    this.#observed.cut(until);
    this.#usage.end();
    const check = (): void => {
      const { beyond } = this.#observed;
      const waiting = this.#pool.subscribers.some(
        ({ account, cut }) => cut === undefined && account.next <= beyond,
      );
      if (waiting && this.#clock.now() < deadline) this.#clock.setTimeout(check, DRAIN_CHECK_MS);
      else void this.#finished();
    };
    check();
  }

  /** A feed that is not ours goes on: what the kernel drops from here on is not of the window. */
  async #finished(): Promise<void> {
    await this.#drops.close();
    send<FromSubscribers>({ type: 'finished', span: this.#observed.span });
  }

  reconcile(ranges: readonly PublishedRange[]): void {
    this.#ranges = ranges;
  }

  async collect(onLink: readonly DroppedDatagrams[] | null): Promise<SubscribersReport> {
    this.#recorder.membership.assertSound();
    const { subscribers, reliable, sharesPorts } = this.#pool;
    if (!reliable) await awaitReceiveEmpty(subscribers, sharesPorts, this.#clock);
    const drops = await this.#drops.total();
    return collectReport(
      this.#recorder,
      subscribers,
      this.#ranges,
      drops,
      reliable,
      this.#usage.report(),
      onLink === null ? null : this.#pool.ownOf(onLink),
      this.#pool.repairs,
    );
  }

  close(): Promise<void> {
    return this.#pool.leave();
  }

  /** @throws LAB_ERR_INTERNAL when the feed was planned */
  get #observed(): ObservedMembership {
    const { membership } = this.#recorder;
    if (membership instanceof ObservedMembership) return membership;
    throw new LabError('LAB_ERR_INTERNAL', 'the feed is a planned one');
  }

  #complete(): boolean {
    for (const subscriber of this.#pool.subscribers) {
      const range = this.#ranges[subscriber.stream.shard] as PublishedRange;
      const published = publishedIn(range);
      // What arrived corrupt does not arrive again.
      const arrived = subscriber.delivered + subscriber.corrupt;
      if (subscriber.cut !== undefined || arrived >= published) continue;
      const { first, last } = range;
      const leftOut = subscriber.droppedByPolicy(first, last) + subscriber.conflated(first, last);
      if (arrived + leftOut < published) return false;
    }
    return true;
  }

  #progress(): void {
    if (this.#recorder.closed) return;
    const delivered = this.#recorder.delivered - this.#deliveredBefore;
    this.#deliveredBefore = this.#recorder.delivered;
    this.#recorder.roll(this.#clock.now());
    send<FromSubscribers>({ type: 'interval', delivered, p99Micros: this.#lastP99 });
    if (this.#pool.subscribers.every(({ cut }) => cut !== undefined))
      send<FromSubscribers>({ type: 'gone' });
    this.#clock.setTimeout(() => this.#progress(), PROGRESS_MS);
  }

  #markWhileReceiving(): void {
    if (this.#recorder.closed) return;
    this.#mark();
    this.#clock.setTimeout(() => this.#markWhileReceiving(), MARK_MS);
  }

  #mark(): void {
    if (this.#recorder.delivered === this.#deliveredAtMark) return;
    this.#deliveredAtMark = this.#recorder.delivered;
    this.#usage.mark();
  }

  #at(time: number, action: () => void): void {
    this.#clock.setTimeout(action, Math.max(0, (time - this.#clock.now()) / 1_000));
  }
}

let worker: SubscribersWorker | undefined;
/** Aborted when nobody waits any more for those who are still joining. */
const joining = new AbortController();
// Every client that is joining listens to it: more than ten are no leak, and no warning.
setMaxListeners(0, joining.signal);

serveChannel<ToSubscribers>(async (message) => {
  if (message.type === 'connect') {
    worker = await SubscribersWorker.open(message.spec);
    await worker.join(joining.signal);
    return;
  }
  if (message.type === 'give-up-joining') {
    joining.abort();
    return;
  }
  if (message.type === 'close') {
    joining.abort();
    await worker?.close();
    process.disconnect();
    return;
  }
  if (worker === undefined)
    throw new LabError('LAB_ERR_INTERNAL', `'${message.type}' before 'connect'`);
  if (message.type === 'begin') worker.begin(message.window);
  else if (message.type === 'drain') worker.drain(message.ranges, message.deadline);
  else if (message.type === 'poll') worker.poll();
  else if (message.type === 'finish') worker.finish(message.until, message.deadline);
  else if (message.type === 'reconcile') worker.reconcile(message.ranges);
  else
    send<FromSubscribers>({
      type: 'subscribers-report',
      report: await worker.collect(message.droppedOnLink),
    });
});
