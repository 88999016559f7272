import { randomBytes } from 'node:crypto';
import { LabError } from '../errors.js';
import type { BroadcastCounters } from './broadcast-counters.js';
import {
  BROADCAST,
  type BroadcastOptions,
  REQUEST,
  SINK,
  type SubscribeRequest,
} from './broadcast-options.js';
import { CatchUpScheduler } from './catch-up/scheduler.js';
import { type Clock, timeOfDay } from './clock.js';
import { EncodedLogs } from './encoded-logs.js';
import { type FlushMode, FlushScheduler } from './flush.js';
import { DEFAULT_RETENTION, MessageLog } from './log/message-log.js';
import { LossCount, type Losses } from './losses/count.js';
import type { Message, MessageValue } from './message.js';
import { checkOptions } from './options.js';
import { AgeHorizon } from './overload/age-horizon.js';
import { Backpressure } from './overload/backpressure.js';
import { type BacklogLimits, backlogLimits, UNLIMITED } from './overload/limits.js';
import {
  capped,
  DEFAULT_POLICY,
  type OverflowPolicy,
  overflowPolicy,
  servedPolicy,
} from './overload/policy.js';
import { type Pass, Rotation } from './rotation.js';
import type { Sink } from './sink.js';
import { type SlowClient, slowestOf } from './slowest.js';
import { Subscriber, type SubscriberHost } from './subscriber.js';

const DEFAULT_MAX_CLIENTS = 1_000;
/** Subscribers flushed between two looks at the clock. */
const CLOCK_STRIDE = 16;

/**
 * The broadcast core. Publishing writes a message once per codec (and filter) in use; subscribers
 * are cursors.
 *
 * # Delivery
 * Everything published after `subscribe` returns is owed to that subscriber, in order, once —
 * unless its policy skips it, and then it is told how many. A new subscriber first gets a snapshot:
 * the newest message of each key.
 *
 * # Isolation
 * What one subscriber costs or does is nobody else's business: joining builds nothing, catching up
 * has turns of its own, and a sink that throws loses its subscription. Only the default codec and
 * the limits of the server's transports may refuse a message.
 *
 * # Closing
 * `close` lets every subscriber flush what is due, then ends it with reason 'closed'. One whose
 * socket takes no more ends when it has caught up; how long to wait for that is for its transport
 * to say.
 */
export class Broadcast {
  /** Identity of this sequence space: 64 random bits as 16 hex digits. */
  readonly epoch: string = randomBytes(8).toString('hex');
  readonly maxClients: number;
  readonly byInvitation: boolean;
  /** When it sends what is published. */
  readonly flushMode: FlushMode;
  readonly #clock: Clock;
  readonly #messages: MessageLog;
  readonly #policy: OverflowPolicy;
  /** What no subscriber's backlog may be above. */
  readonly #cap: BacklogLimits;
  /** With policy `block`: what a publisher has to wait for. */
  readonly backpressure: Backpressure | undefined;
  readonly #feeds: EncodedLogs;
  readonly #scheduler: FlushScheduler;
  readonly #catchUps: CatchUpScheduler<Subscriber>;
  readonly #host: SubscriberHost;
  readonly #ages = new AgeHorizon((age) => this.#messages.seqSince(this.#clock.now() - age));
  readonly #subscribers = new Rotation<Subscriber>();
  #pass: Pass<Subscriber> | undefined;
  readonly #losses = new LossCount();
  #publishedBytes = 0;
  #disconnectedForLag = 0;
  #sinkErrors = 0;
  #truncatedReplays = 0;
  #closed = false;

  /** @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_POLICY */
  constructor(options: BroadcastOptions) {
    checkOptions(BROADCAST, options);
    this.#clock = options.clock;
    const kept = options.retention ?? DEFAULT_RETENTION;
    this.#messages = new MessageLog(kept);
    this.#host = this.#newHost();
    this.#feeds = new EncodedLogs(options.encoder, this.#messages, kept, options.maxFilters);
    this.maxClients = options.maxClients ?? DEFAULT_MAX_CLIENTS;
    this.byInvitation = options.byInvitation ?? false;
    this.flushMode = options.flush ?? 'auto';
    const { maxBacklog } = options;
    this.#cap = maxBacklog === undefined ? UNLIMITED : backlogLimits(maxBacklog);
    const policy = overflowPolicy(options.policy ?? DEFAULT_POLICY);
    if (policy.rule === 'block') this.backpressure = new Backpressure(policy.limits, kept);
    this.#policy = this.#granted(policy);
    this.#scheduler = new FlushScheduler(options.clock, this.flushMode, (until) =>
      this.#flushUntil(until),
    );
    this.#catchUps = new CatchUpScheduler<Subscriber>(options.clock, (subscriber) => {
      this.#ages.nextTurn();
      if (!subscriber.ended) this.#offer(subscriber);
    });
  }

  #newHost(): SubscriberHost {
    const messages = this.#messages;
    return {
      get next() {
        return messages.next;
      },
      conflate: (log, after) => this.#feeds.conflate(log, after),
      repeats: (log, from, since) => this.#feeds.repeats(log, from, since),
      countOf: (log, from, to) => this.#feeds.countOf(log, from, to),
      publishedAt: (seq) => messages.appendedAt(seq),
      now: () => this.#clock.now(),
      seqSince: (age) => this.#ages.seqSince(age),
      takePage: () => this.#catchUps.take(),
      awaitTurn: (subscriber) => this.#catchUps.add(subscriber),
      countTruncated: () => {
        this.#truncatedReplays += 1;
      },
      countDisconnected: () => {
        this.#disconnectedForLag += 1;
      },
      expel: (subscriber) => this.#expel(subscriber),
    };
  }

  /** @throws LAB_ERR_UNKNOWN_POLICY, LAB_ERR_BAD_VALUE */
  #policyFor(asked: string | undefined): OverflowPolicy {
    if (asked === undefined) return this.#policy;
    const blocks = this.backpressure !== undefined;
    return this.#granted(blocks ? overflowPolicy(asked) : servedPolicy(asked));
  }

  #granted(policy: OverflowPolicy): OverflowPolicy {
    const { backpressure } = this;
    if (policy.rule !== 'block' || backpressure === undefined) return capped(policy, this.#cap);
    return { ...policy, limits: backpressure.limits };
  }

  /** Sequence number the next message will get. */
  get next(): number {
    return this.#messages.next;
  }

  /** Sequence number of the oldest message retained, whatever the logs of codecs hold. */
  get retainedFrom(): number {
    return this.#messages.first;
  }

  /** Of a retained message, the sequence number of the next one of its key; 0 when it is the newest. */
  successorOf(seq: number): number {
    return this.#messages.successorOf(seq);
  }

  /**
   * Whether a later message of its key has been published. False for what is no longer retained,
   * and for a message without a key.
   */
  isReplaced(seq: number): boolean {
    return this.#messages.isReplaced(seq);
  }

  get counters(): BroadcastCounters {
    return {
      clients: this.#subscribers.size,
      published: this.#messages.next - 1,
      publishedBytes: this.#publishedBytes,
      forgottenKeys: this.#messages.latest.forgotten,
      disconnectedForLag: this.#disconnectedForLag,
      sinkErrors: this.#sinkErrors,
      refusedMessages: this.#feeds.refused,
      truncatedReplays: this.#truncatedReplays,
      flushes: this.#scheduler.flushes,
      flushMicros: this.#scheduler.busyMicros,
    };
  }

  /** Messages retained and not yet handed to a socket, summed over the subscribers. */
  get backlog(): number {
    let sum = 0;
    for (const subscriber of this.#subscribers) if (!subscriber.ended) sum += subscriber.lag;
    return sum;
  }

  /** Those furthest behind: see `slowestOf`. */
  slowest(most: number): SlowClient[] {
    return slowestOf(this.#subscribers, most);
  }

  /**
   * Counts what slow subscribers have lost up to now, which every flush does as well: between two,
   * their books are a flush old. Ends none.
   */
  accountLosses(): void {
    this.#ages.nextTurn();
    for (const subscriber of this.#subscribers) {
      if (subscriber.ended) continue;
      const before = subscriber.dropped;
      try {
        subscriber.applyOverflowPolicy();
      } catch {
        this.#expel(subscriber);
      }
      this.#losses.add(subscriber, subscriber.dropped - before);
    }
  }

  /**
   * Subscribers whose policy skipped messages since the last call, and how many messages, summed
   * over them.
   */
  takeLosses(): Losses {
    return this.#losses.take();
  }

  /**
   * A transport that cannot carry longer encoded messages says so; publishing then refuses them.
   */
  limitMessageBytes(bytes: number, why: string): void {
    this.#feeds.limitMessageBytes(bytes, why);
  }

  /**
   * Appends a message and schedules a flush; returns its sequence number. `time`: integer µs since
   * the epoch, default now.
   * @throws LAB_ERR_MESSAGE_TOO_LARGE, LAB_ERR_MESSAGE_INVALID (nothing is published then),
   * LAB_ERR_CLOSED
   */
  publish(
    key: string,
    value: MessageValue,
    time: number = Math.floor(timeOfDay(this.#clock)),
  ): number {
    if (this.#closed) throw new LabError('LAB_ERR_CLOSED', 'publish on a closed broadcast');
    const message: Message = { seq: this.#messages.next, time, key, value };
    const bytes = this.#feeds.append(message);
    this.#messages.append(message, bytes, this.#clock.now());
    this.#publishedBytes += bytes;
    this.backpressure?.published(bytes);
    this.#scheduler.request();
    return message.seq;
  }

  /**
   * Adds a subscriber. Its snapshot or replay and the live feed are flushed to its sink from the
   * next flush on.
   * @throws LAB_ERR_MAX_CLIENTS, LAB_ERR_MAX_FILTERS, LAB_ERR_UNKNOWN_POLICY, LAB_ERR_CLOSED,
   *   LAB_ERR_BAD_VALUE
   */
  subscribe(request: SubscribeRequest, sink: Sink): Subscriber {
    checkOptions(REQUEST, request, 'request');
    checkOptions(SINK, sink, 'sink');
    if (this.#closed) throw new LabError('LAB_ERR_CLOSED', 'the feed is closed');
    if (this.#subscribers.size >= this.maxClients) {
      throw new LabError('LAB_ERR_MAX_CLIENTS', `the server is full: ${this.maxClients} clients`, {
        hint: 'try later, or raise what the server allows: `maxClients`',
      });
    }
    const policy = this.#policyFor(request.policy);
    const keys = [...new Set(request.keys ?? [])].sort();
    const begin = this.#feeds.join(request.encoder, keys, request.fromSeq, this.#clock.now());
    const subscriber = new Subscriber(begin.log, policy, sink, { ...begin, host: this.#host });
    if (begin.missed > 0) this.#truncatedReplays += 1;
    this.#subscribers.add(subscriber);
    if (begin.catchUp !== undefined) this.#catchUps.add(subscriber);
    this.#scheduler.request();
    return subscriber;
  }

  /** Forgets a subscriber; its sink is not told. Safe to call twice. */
  unsubscribe(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber)) return;
    subscriber.detach();
    this.backpressure?.note(subscriber, false);
    this.#catchUps.remove(subscriber);
    this.#feeds.leave(subscriber.log);
  }

  /** Asks for a flush: a sink that was blocked can take more. */
  requestFlush(): void {
    this.#scheduler.request();
  }

  /**
   * Offers what is due to one subscriber, in a turn as those have that catch up: its sink takes
   * more again. Nobody else is asked.
   */
  requestTurn(subscriber: Subscriber): void {
    if (!subscriber.ended) this.#catchUps.add(subscriber);
  }

  /**
   * Offers what is due to every subscriber, beginning with another one each time so that none is
   * always last.
   */
  flush(): void {
    this.#pass = undefined;
    this.#flushUntil(Number.POSITIVE_INFINITY);
  }

  /**
   * Goes on with the pass under way, or begins one, until all had their turn (true) or the clock
   * has passed `until`.
   */
  #flushUntil(until: number): boolean {
    this.#ages.nextTurn();
    if (this.#pass === undefined) this.backpressure?.flushing();
    this.#pass ??= this.#subscribers.pass();
    const pass = this.#pass;
    while (!pass.isOver) {
      const subscriber = pass.next();
      if (!subscriber.ended) this.#offer(subscriber);
      if (pass.done % CLOCK_STRIDE === 0 && this.#clock.now() >= until) break;
    }
    if (!pass.isOver) return false;
    this.#pass = undefined;
    return true;
  }

  /** Lets one subscriber read what is due. */
  #offer(subscriber: Subscriber): void {
    const before = subscriber.dropped;
    try {
      if (!subscriber.endIfOverrun()) {
        subscriber.watch(subscriber.sink.flush(subscriber));
        subscriber.offered();
      }
    } catch {
      this.#expel(subscriber);
    }
    this.backpressure?.note(subscriber, subscriber.holdsUp);
    if (subscriber.dropped !== before) this.#losses.add(subscriber, subscriber.dropped - before);
  }

  /** Ends the subscription of a sink that threw. */
  #expel(subscriber: Subscriber): void {
    if (!this.#subscribers.has(subscriber)) return;
    this.#sinkErrors += 1;
    this.unsubscribe(subscriber);
    try {
      subscriber.watch(subscriber.sink.end('LAB_ERR_INTERNAL'));
    } catch {
      // It has been counted, and there is nobody to tell.
    }
  }

  /**
   * Flushes, ends every subscriber that has everything, refuses further publishing. Safe to call
   * twice.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#scheduler.cancel();
    this.flush();
    for (const subscriber of [...this.#subscribers]) {
      try {
        subscriber.finish();
      } catch {
        this.#expel(subscriber);
      }
    }
  }
}
