import type { Clock } from '../../src/core/clock.js';
import { SampledTimer } from '../process/sampled-timer.js';
import type { FeedPlan } from '../workload/feed-plan.js';
import type { Window } from '../workload/window.js';
import type { WindowMembership } from '../workload/window-membership.js';
import { ArrivalDoubt } from './arrival-doubt.js';
import { ArrivalTracker } from './arrivals.js';
import { type JitterState, newJitterState } from './jitter.js';
import { type LatencyCounts, LatencyRecorder } from './latency-recorder.js';
import { MessageTimes } from './message-times.js';
import { Publication } from './publication.js';
import { StalenessTracker } from './staleness.js';

/** What the recorder keeps for each subscriber. */
export interface Stream {
  readonly jitter: JitterState;
  /** Sum of its latencies, µs, for the mean by position; and of how many deliveries. */
  latencySum: number;
  dated: number;
  /** Place among the followed of the staleness tracker, −1 = not followed. */
  readonly followed: number;
  /** Which server process of the cell it is of, from 0. */
  readonly shard: number;
}

export function newStream(followed: number, shard = 0): Stream {
  return { jitter: newJitterState(), latencySum: 0, dated: 0, followed, shard };
}

/**
 * What one process receives in the measured window, second by second (of reading, counted from the
 * window's start). Messages come in runs: a read mostly holds many in order. All that can be is
 * done once a run; per message remain its latencies and its arrival. Positions count the messages
 * of the window from 0.
 *
 * An arrival is the kernel's stamp of a read, and of a read without one the time of the read; a
 * receipt is always the time of the read. A negative stamp is the latest time at which it can have
 * arrived: what counts to the arrival of one message alone has none of those.
 */
export class WindowRecorder {
  readonly membership: WindowMembership;
  /** That of the membership. */
  readonly plan: FeedPlan;
  readonly staleness: StalenessTracker;
  readonly arrivals: ArrivalTracker;
  readonly ipdv: LatencyRecorder = new LatencyRecorder();
  readonly service: LatencyRecorder = new LatencyRecorder();
  /** Receipt − arrival, of stamped reads. */
  readonly instrument: LatencyRecorder = new LatencyRecorder();
  /** Deliveries in reads that the kernel stamped. */
  stamped = 0;
  /** Times the finding of messages in a read, per message. */
  readonly scanning: SampledTimer;
  /** The deadline has passed, or everything is there. */
  closed = false;
  delivered = 0;
  deliveredBytes = 0;
  lastDeliveredAt = 0;
  /**
   * Sum over deliveries of the time from the server's send call to the arrival, where the wire
   * tells (UDP), and how many.
   */
  transitSum = 0;
  transitCount = 0;
  /** What the latency of each message counts from: its intended time, or its stamp. */
  readonly #origins: MessageTimes;
  /** By shard. */
  readonly #publications: readonly Publication[];
  /** Of this second, by arrival. */
  readonly #latency = new LatencyRecorder();
  /** Of the whole window, by receipt; until a read is stamped that of the seconds handed over. */
  readonly #receipt = new LatencyRecorder();
  readonly #onSecond: (second: number, counts: LatencyCounts) => void;
  readonly #doubt = new ArrivalDoubt();
  #t0: number = Number.NaN;
  /**
   * What latency and service time are counted from: an intended time is of t0, a stamp is of the
   * clock of its server.
   */
  #latencyZero: number = Number.NaN;
  #serviceZero = 0;
  /** What arrives after this is late. A window cut short has an earlier one. */
  #deadline: number = Number.POSITIVE_INFINITY;
  #second = 0;
  #nextSecondAt: number = Number.POSITIVE_INFINITY;
  /** Before this time `roll` has nothing to do. */
  #nextRollAt: number = Number.POSITIVE_INFINITY;

  /** `shards`: server processes that the subscribers are spread over. */
  constructor(
    membership: WindowMembership,
    clock: Clock,
    onSecond: (second: number, counts: LatencyCounts) => void,
    shards = 1,
  ) {
    this.scanning = new SampledTimer(() => clock.now());
    const plan = membership.feed;
    this.membership = membership;
    this.plan = plan;
    this.staleness = new StalenessTracker(plan);
    this.arrivals = new ArrivalTracker(plan.due.length);
    this.#publications = Array.from(
      { length: shards },
      () => new Publication(plan.due.length, this.ipdv),
    );
    // Where intended times are unknown, a latency begins with the publishing.
    this.#origins = membership.kind === 'planned' ? MessageTimes.of(plan.due) : this.#of(0).sent;
    this.#onSecond = onSecond;
  }

  open(window: Window): void {
    this.#t0 = window.t0;
    const { latency, service } = this.membership.open(window);
    this.#latencyZero = latency;
    this.#serviceZero = service;
    this.#deadline = window.deadline;
    this.#nextSecondAt = window.start + 1e6;
    this.staleness.open(window.start - window.t0, window.end - window.t0);
    this.#planRoll();
  }

  /** Publishing was over at `now`; what has not arrived by `deadline` is late. */
  drain(now: number, deadline: number): void {
    // Cut short: ages that only grow because nothing is published any more say nothing.
    if (deadline < this.#deadline) this.staleness.endBy(now - this.#t0);
    this.#deadline = deadline;
    this.#planRoll();
  }

  /**
   * To be called before anything is recorded at `now`: takes samples that are due, hands over every
   * second that is complete, silent ones too, and closes past the deadline. Cheap else.
   */
  roll(now: number): void {
    if (now >= this.#nextRollAt) this.#roll(now);
  }

  /** All messages of this shard from `at`, itself known, to this position (exclusive) are known. */
  knownTo(at: number, shard = 0): number {
    return this.#of(shard).knownTo(at);
  }

  /** Somebody has received message `at` of this shard before. */
  knows(at: number, shard = 0): boolean {
    return this.#of(shard).knows(at);
  }

  /** Whether what arrived at `arrivedAt` came too late to be recorded. */
  isLate(arrivedAt: number): boolean {
    return this.closed || arrivedAt > this.#deadline;
  }

  /**
   * Message `at`, not known so far, has come from this shard, stamped with `time`. To be called
   * before the run that it is in.
   */
  note(at: number, time: number, arrivedAt: number, shard = 0): void {
    this.#of(shard).note(at, time);
    this.arrivals.first(at, arrivedAt);
  }

  /**
   * Messages `from` to `to` (inclusive, noted) reached a subscriber, `bytes` in all: read at `now`,
   * and with the kernel's `stamp` on that read, 0 = it has none; none came before `unreadSince`, 0
   * when unknown. `sendTime`: of the server's send call, 0 when unknown. Times are whole µs, but
   * for `unreadSince`.
   */
  run(
    stream: Stream,
    from: number,
    to: number,
    now: number,
    stamp: number,
    unreadSince: number,
    bytes: number,
    sendTime: number,
  ): void {
    const messages = to - from + 1;
    const { sent, jitter } = this.#of(stream.shard);
    const isStamped = stamp > 0;
    const arrivedAt = isStamped ? stamp : now;
    const [elapsed, { exact }] = [arrivedAt - this.#latencyZero, this.#origins];
    const isUndated = this.#doubt.isUnknown(
      messages,
      isStamped,
      arrivedAt,
      unreadSince,
      elapsed - (exact[from] as number),
      elapsed - (exact[to] as number),
    );
    stream.latencySum += this.#latencies(from, to, now, stamp, isUndated);
    if (isUndated) {
      this.service.countUndated(messages);
    } else {
      stream.dated += messages;
      this.service.recordRun(arrivedAt - this.#serviceZero, sent, from, to);
    }
    if (arrivedAt > this.lastDeliveredAt) this.lastDeliveredAt = arrivedAt;
    this.delivered += messages;
    this.deliveredBytes += bytes;
    jitter.run(stream.jitter, from, to, arrivedAt);
    this.arrivals.add(from, to, arrivedAt);
    if (stream.followed >= 0) this.staleness.run(stream.followed, from, to);
    if (sendTime > 0) {
      this.transitSum += messages * (arrivedAt - sendTime);
      this.transitCount += messages;
    }
  }

  /** Latencies by receipt so far: how many, and their sum, µs. Of the seconds handed over at least. */
  get received(): { readonly count: number; readonly sum: number } {
    return this.#receipt.recorded;
  }

  /** Latencies by receipt, of everything recorded. Once, at the end. */
  takeReceipt(): LatencyCounts {
    return this.#receipt.take();
  }

  /**
   * What the latencies of `count` messages from position `from` on were counted from: the plan's
   * intended times, µs after t0, or stamps, µs since the epoch, NaN where nobody here received it.
   */
  originsOf(from: number, count: number): Float64Array<ArrayBuffer> {
    const { exact } = this.#origins;
    return Float64Array.from({ length: count }, (_, i) =>
      this.#origins.has(from + i) ? (exact[from + i] as number) : Number.NaN,
    );
  }

  /** Records the latencies of a run by arrival and by receipt; the sum of those by arrival. */
  #latencies(from: number, to: number, now: number, stamp: number, isUndated: boolean): number {
    const zero = this.#latencyZero;
    const latency = this.#latency;
    if (stamp === 0 && !isUndated) {
      if (this.stamped > 0) this.#receipt.recordRun(now - zero, this.#origins, from, to);
      return latency.recordRun(now - zero, this.#origins, from, to);
    }
    // So far every arrival was a receipt.
    if (this.stamped === 0) this.#receipt.add(latency.counts());
    const messages = to - from + 1;
    this.stamped += messages;
    if (isUndated) {
      this.#receipt.recordRun(now - zero, this.#origins, from, to);
      latency.countUndated(messages);
      return 0;
    }
    this.instrument.recordTimes(now - stamp, messages);
    const received = now - zero;
    return latency.recordRunTwice(stamp - zero, this.#receipt, received, this.#origins, from, to);
  }

  /** Completes what is known of the jitter. Once, at the end. */
  finish(): void {
    for (const { jitter } of this.#publications) jitter.finish();
  }

  /** Ends recording and hands over what is left. */
  close(now: number): void {
    if (this.closed) return;
    this.#roll(Math.min(now, this.#deadline));
    this.#close();
  }

  #of(shard: number): Publication {
    return this.#publications[shard] as Publication;
  }

  #roll(now: number): void {
    const until = Math.min(now, this.#deadline);
    this.staleness.advance(until - this.#t0);
    while (until >= this.#nextSecondAt && !this.closed) this.#handOver();
    // Stamped reads tell what had arrived by then, also after it.
    if (now > this.#deadline && this.stamped === 0) this.#close();
    this.#planRoll();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.membership.close();
    // Nothing more comes: what is held until the end of the window is known.
    this.staleness.advance(Number.POSITIVE_INFINITY);
    if (!this.#latency.empty) this.#handOver();
  }

  #planRoll(): void {
    // The first microsecond after the deadline is late.
    const isOver = this.closed || this.stamped > 0;
    const deadline = isOver ? Number.POSITIVE_INFINITY : this.#deadline + 1;
    const second = this.closed ? Number.POSITIVE_INFINITY : this.#nextSecondAt;
    this.#nextRollAt = Math.min(deadline, second, this.#t0 + this.staleness.next);
  }

  #handOver(): void {
    const counts = this.#latency.take();
    if (this.stamped === 0) this.#receipt.add(counts);
    this.#onSecond(this.#second, counts);
    this.#second += 1;
    this.#nextSecondAt += 1e6;
  }
}
