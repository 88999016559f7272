/**
 * What the coordinator and a subscriber process say to each other over IPC. Times are µs since the
 * epoch on the shared clock.
 */
import type { ClockAnchor } from '../../src/core/clock.js';
import type { SerializedLabError } from '../../src/errors.js';
import type { OptionValues } from '../../src/options/option.js';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import type { RepairCounters } from '../../src/transports/counters.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import type { DecodeMode } from '../config.js';
import type { DroppedDatagrams } from '../link/link-book.js';
import type { UsageReport } from '../process/usage.js';
import type { Arrivals } from '../record/arrivals.js';
import type { LatencyCounts } from '../record/latency-recorder.js';
import type { CountsSoFar } from '../record/live-account.js';
import type { Reordering } from '../record/sequence-account.js';
import type { FeedSpec } from '../workload/feed-plan.js';
import type { Progress, PublishedRange, Span, Window } from '../workload/window.js';

export interface JoinFailure extends SerializedLabError {
  readonly count: number;
}

export interface SubscribersSpec {
  readonly anchor: ClockAnchor;
  readonly transport: string;
  readonly codec: string;
  /** One for each shard of the server. Client k of the cell goes to shard k mod shards. */
  readonly endpoints: readonly Endpoint[];
  /** What each of them asks its subscribers for; null: nothing. */
  readonly epochs: readonly string[] | null;
  /** The feed to expect; null: that of a server which is not ours. */
  readonly feed: FeedSpec | null;
  readonly clients: number;
  /** Which client of the cell its first one is, from 0. */
  readonly firstClient: number;
  /** Where each of its clients connects from; null = as the routes of the system have it. */
  readonly localAddresses: readonly string[] | null;
  /** Connections that it may be setting up at one time. */
  readonly connectConcurrency: number;
  /** To ask for; null = that of the server. */
  readonly policy: string | null;
  readonly decode: DecodeMode;
  /** What is to move the bytes. */
  readonly receiver: ClientSockets['name'];
  /** What `connect` of the transport is given besides. */
  readonly transportOptions: OptionValues;
  readonly readyTimeoutMs: number;
}

/** Of all subscribers together. */
export interface RepairReport {
  readonly counters: RepairCounters;
  /** From finding a gap to its repair, of every message. */
  readonly latency: LatencyCounts;
}

export interface SubscribersReport {
  /** Subscribers that joined, by shard. */
  readonly joined: readonly number[];
  /**
   * Unique messages of the window received in time, over all subscribers, and their encoded bytes.
   */
  readonly delivered: number;
  readonly deliveredBytes: number;
  /** Latest arrival of any of them, µs since the epoch; 0 when there was none. */
  readonly lastDeliveredAt: number;
  readonly duplicates: number;
  readonly reordering: Reordering;
  readonly verified: number;
  readonly service: LatencyCounts;
  /** Latencies by the time of reading, of all that was delivered. */
  readonly receipt: LatencyCounts;
  /** Reading − the kernel's stamp, of the deliveries in stamped reads, and how many those are. */
  readonly instrument: LatencyCounts;
  readonly stamped: number;
  readonly ipdv: LatencyCounts;
  readonly staleness: LatencyCounts;
  /** What those ages would have been without latency. */
  readonly stalenessIdeal: LatencyCounts;
  /** Mean RFC 3550 jitter over the window of each subscriber that received two messages, µs. */
  readonly jitters: Float64Array;
  /** Mean latency of each subscriber, in the order in which they joined; NaN where nothing came. */
  readonly means: Float64Array;
  readonly arrivals: Arrivals;
  /** The plan's intended times, µs after t0: for the completion times. */
  readonly due: Float64Array;
  /**
   * From the server's send call (of the batch) to the arrival, summed over deliveries where the
   * wire tells.
   */
  readonly transit: { readonly sum: number; readonly count: number };
  /**
   * Mean µs to find and account for a message, over a sample of reads; null when none was timed.
   */
  readonly decodeMicros: number | null;
  /** Subscribers with more than 0.01 % of their messages unexplained, or counted twice. */
  readonly unbalanced: number;
  /** Messages of the window that came after the deadline. */
  readonly late: number;
  readonly corrupt: number;
  /**
   * Messages of the window that the server said it skipped for a subscriber (policy), or cut it off
   * from.
   */
  readonly droppedByPolicy: number;
  /** Messages of the window that later ones of their keys have replaced. */
  readonly conflated: number;
  /**
   * Missing messages of lost datagrams that the kernel counted as dropped at the subscriber's own
   * socket; null without /proc.
   */
  readonly kernelDrops: number | null;
  /**
   * Missing messages in datagrams that did not reach the subscriber's socket: of an observed feed
   * by the numbers of the datagrams, behind a link by its book.
   */
  readonly network: number;
  /**
   * Missing messages of lost datagrams that the kernel here did not drop: all that send errors can
   * explain.
   */
  readonly inLostDatagrams: number;
  /**
   * What is left of each subscriber's account, too few or too many, added up without the sign:
   * errors do not cancel out.
   */
  readonly unexplained: number;
  /**
   * Missing messages behind the last one received over a reliable connection that is still whole:
   * on their way, so late.
   */
  readonly inFlight: number;
  /** Subscriptions that ended before the end of the run, by reason. */
  readonly cut: readonly JoinFailure[];
  readonly datagrams: {
    readonly received: number;
    readonly lost: number;
    readonly duplicated: number;
    readonly reordered: number;
  };
  /** What repair has done, and how long it took; null where there is none. */
  readonly repairs: RepairReport | null;
  /** Smallest effective SO_RCVBUF; null where it cannot be read. */
  readonly receiveBufferBytes: number | null;
  readonly usage: UsageReport;
}

export type ToSubscribers =
  | { readonly type: 'connect'; readonly spec: SubscribersSpec }
  /** Who has not joined by now need not. */
  | { readonly type: 'give-up-joining' }
  | { readonly type: 'begin'; readonly window: Window }
  /** Of an observed feed: what have you seen? */
  | { readonly type: 'poll' }
  /**
   * Of an observed feed: the window ends at the stamp `until`, or where it was to. Tell when all of
   * it has come, or `deadline` has.
   */
  | { readonly type: 'finish'; readonly until: number; readonly deadline: number }
  /** Of an observed feed: these were its messages. */
  | { readonly type: 'reconcile'; readonly ranges: readonly PublishedRange[] }
  /**
   * `ranges`: what each shard published. `deadline`: that of the window, or an earlier one when it
   * was cut short.
   */
  | {
      readonly type: 'drain';
      readonly ranges: readonly PublishedRange[];
      readonly deadline: number;
    }
  /** `droppedOnLink`: for each client of the cell; null where no link tells. */
  | { readonly type: 'collect'; readonly droppedOnLink: readonly DroppedDatagrams[] | null }
  | { readonly type: 'close' };

export type FromSubscribers =
  | { readonly type: 'joined'; readonly joined: number }
  | {
      readonly type: 'ready';
      readonly joined: number;
      readonly failures: readonly JoinFailure[];
      /** Of the welcomes, each once. */
      readonly epochs: readonly string[];
    }
  | { readonly type: 'interval'; readonly delivered: number; readonly p99Micros: number | null }
  | {
      readonly type: 'second';
      readonly second: number;
      readonly counts: LatencyCounts;
      readonly soFar: CountsSoFar;
    }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'finished'; readonly span: Span }
  /** Every subscription has ended. */
  | { readonly type: 'gone' }
  | { readonly type: 'drained'; readonly span: Span }
  | { readonly type: 'subscribers-report'; readonly report: SubscribersReport }
  | { readonly type: 'error'; readonly error: SerializedLabError };
