/**
 * What the coordinator and its workers say to each other over IPC. Times are µs since the epoch on
 * the shared clock.
 */
import type { ClockAnchor } from '../../src/core/clock.js';
import type { SerializedLabError } from '../../src/errors.js';
import type { Endpoint, ServerCounters, UdpSender } from '../../src/transports/transport.js';
import type { Arrivals } from '../record/arrivals.js';
import type { LatencyCounts } from '../record/latency-recorder.js';
import type { Reordering } from '../record/sequence-account.js';
import type { DecodeMode } from '../worker-subscriber/decoding.js';
import type { FeedSpec } from '../workload/feed-plan.js';

export interface ServerSpec {
  readonly anchor: ClockAnchor;
  readonly transport: string;
  readonly codec: string;
  readonly host: string;
  readonly port: number;
  readonly maxClients: number;
  readonly feed: FeedSpec;
  readonly flush: string;
  readonly policy: string;
  /** Every message is held back for this long on purpose; 0 = not at all. */
  readonly injectDelayMs: number;
  readonly datagramBytes: number;
  readonly sendBufferBytes: number | null;
  readonly udpSender: UdpSender;
  /** Of a multicast group; other transports take no notice. */
  readonly group: string;
  readonly multicastTtl: number;
  readonly multicastInterface: string;
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
  /** Connections that it may be setting up at one time. */
  readonly lanes: number;
  /** To ask for; null = that of the server. */
  readonly policy: string | null;
  readonly receiveBufferBytes: number | null;
  readonly decode: DecodeMode;
  /** Where to join a multicast group; null = as the routes of the system have it. */
  readonly multicastInterface: string | null;
  readonly readyTimeoutMs: number;
}

/**
 * The measured window: messages with an intended time in `[start, end)`. Publishing begins at `t0`,
 * the warm-up before `start`. All are whole microseconds, so that publisher and subscribers draw
 * the same line.
 */
export interface Window {
  readonly t0: number;
  readonly start: number;
  readonly end: number;
  /** A message that arrives after this is late, and lost. */
  readonly deadline: number;
  /** How the window of a feed that is not ours is drawn. */
  readonly observed?: ObservedWindow;
}

/**
 * A window by the stamps of a server that is not ours, which its own clock gave: messages with one
 * in `[from, until)`.
 */
export interface ObservedWindow {
  readonly from: number;
  readonly until: number;
  /** What is taken off receipt − stamp, whole µs: 0 where both clocks tell the same time. */
  readonly clockShift: number;
  /** By how much the clock of the stamps is ahead of ours at most, µs; infinite = not known. */
  readonly mostAhead: number;
}

/** What a process has seen of an observed feed by now. */
export interface Sight {
  /** Highest sequence number; 0 = nothing. */
  readonly newest: number;
  /** Smallest receipt − stamp, µs; infinite when there was nothing. */
  readonly fastest: number;
}

/** Which messages of an observed window a process has seen. */
export interface Span {
  /** Newest message seen that was published before the window; 0 = none. */
  readonly before: number;
  /** Newest message seen of the window; 0 = none. */
  readonly last: number;
  /** Something published after the window was seen. */
  readonly isOver: boolean;
}

/** Sequence numbers published in the window, both inclusive; `last < first` when none was. */
export interface PublishedRange {
  readonly first: number;
  readonly last: number;
}

export type ToServer =
  | { readonly type: 'listen'; readonly spec: ServerSpec }
  /** All clients have joined, or failed to: what do they weigh? */
  | { readonly type: 'joined' }
  | { readonly type: 'begin'; readonly window: Window }
  | { readonly type: 'stop' }
  | { readonly type: 'collect' }
  | { readonly type: 'close' };

export type FromServer =
  | {
      readonly type: 'listening';
      readonly endpoint: Endpoint;
      /** Of its feed: whoever does not name it is no subscriber of the run. */
      readonly epoch: string;
      readonly sendBufferBytes: number | null;
      /** As the transport names it. */
      readonly sender: string;
    }
  /** In answer to `joined`: the feed may begin. */
  | { readonly type: 'weighed' }
  | { readonly type: 'published'; readonly range: PublishedRange }
  | { readonly type: 'server-report'; readonly report: ServerReport }
  | { readonly type: 'error'; readonly error: SerializedLabError };

export type ToSubscribers =
  | { readonly type: 'connect'; readonly spec: SubscribersSpec }
  /** Who has not joined by now need not. */
  | { readonly type: 'give-up-joining' }
  | { readonly type: 'begin'; readonly window: Window }
  /** Of an observed feed: what have you seen? */
  | { readonly type: 'look' }
  /**
   * Of an observed feed: the window ends at the stamp `until`, or where it was to. Tell when all of
   * it has come, or `deadline` has.
   */
  | { readonly type: 'finish'; readonly until: number; readonly deadline: number }
  /** Of an observed feed: these were its messages. */
  | { readonly type: 'settle'; readonly ranges: readonly PublishedRange[] }
  /**
   * `ranges`: what each shard published. `deadline`: that of the window, or an earlier one when it
   * was cut short.
   */
  | {
      readonly type: 'drain';
      readonly ranges: readonly PublishedRange[];
      readonly deadline: number;
    }
  | { readonly type: 'collect' }
  | { readonly type: 'close' };

export type FromSubscribers =
  | { readonly type: 'joined'; readonly joined: number }
  | { readonly type: 'ready'; readonly joined: number; readonly failures: readonly JoinFailure[] }
  | { readonly type: 'interval'; readonly delivered: number; readonly p99Micros: number | null }
  | { readonly type: 'second'; readonly second: number; readonly counts: LatencyCounts }
  | { readonly type: 'seen'; readonly sight: Sight }
  | { readonly type: 'finished'; readonly span: Span }
  /** Every subscription has ended. */
  | { readonly type: 'gone' }
  /** `span`: of an observed feed. */
  | { readonly type: 'drained'; readonly span: Span | null }
  | { readonly type: 'subscribers-report'; readonly report: SubscribersReport }
  | { readonly type: 'error'; readonly error: SerializedLabError };

export interface JoinFailure extends SerializedLabError {
  readonly count: number;
}

/**
 * What one process used between the start of the window and its end: as planned, at the stop, or
 * when a late server was done. Null is what is not known: of a window that never began, or where
 * the system does not tell.
 */
export interface UsageReport {
  /**
   * CPU (user + system) from the start of the window until its last message was sent or received,
   * seen every 10 ms: deliveries go on while draining, but waiting for what was lost is no work of
   * the transport's.
   */
  readonly cpuMicros: number | null;
  /** CPU in the window alone, for the share of a core. */
  readonly windowCpuMicros: number | null;
  readonly windowMicros: number | null;
  /** Event-loop utilisation in the window, 0 to 1. */
  readonly loopUtilization: number | null;
  readonly loopDelayP99Micros: number | null;
  readonly loopDelayMaxMicros: number | null;
  readonly rssStartBytes: number | null;
  readonly rssBytes: number | null;
  readonly rssPeakBytes: number | null;
}

/** Of one server process; a cell with shards has several. */
export interface ServerReport {
  readonly range: PublishedRange;
  /** The generator was still publishing when the deadline passed: the schedule was not kept. */
  readonly behind: boolean;
  /** When the last message of the window was published; 0 when none was. */
  readonly lastPublishedAt: number;
  /**
   * When its window ended: as planned, or, stopped before, when the first message that it did not
   * publish any more was due, but not before the stop.
   */
  readonly endedAt: number;
  readonly publishedPerSecond: readonly number[];
  readonly lag: LatencyCounts;
  /** Mean µs of a sample of `publish` calls: encoding and appending; null when none was timed. */
  readonly encodeMicros: number | null;
  readonly feedSha256: string;
  readonly meanMessageBytes: number | null;
  /**
   * Writes or datagrams since the server began to listen: comparable with what subscribers received
   * since they joined.
   */
  readonly totalSends: number;
  /**
   * Growth of the transport's counters since right before the first message of the window; all 0
   * when there was none.
   */
  readonly counters: ServerCounters;
  readonly usage: UsageReport;
  /**
   * Memory held (`heldBytes`) while listening, before anybody could join, and when all had, before
   * the feed; null where that is not known.
   */
  readonly heldAloneBytes: number | null;
  readonly heldJoinedBytes: number | null;
  /** Times the source had no message ready when one was due. */
  readonly starved: number;
}

export interface SubscribersReport {
  /** Subscribers that joined, by shard. */
  readonly joined: readonly number[];
  /**
   * Unique messages of the window received in time, over all subscribers, and their encoded bytes.
   */
  readonly delivered: number;
  readonly deliveredBytes: number;
  /** Arrival of the last of them, µs since the epoch; 0 when there was none. */
  readonly lastDeliveredAt: number;
  readonly duplicates: number;
  readonly reordering: Reordering;
  readonly verified: number;
  readonly service: LatencyCounts;
  readonly ipdv: LatencyCounts;
  readonly staleness: LatencyCounts;
  /** RFC 3550 jitter of each subscriber that received something, µs. */
  readonly jitters: Float64Array;
  /** Mean latency of each subscriber, in the order in which they joined; NaN where nothing came. */
  readonly means: Float64Array;
  readonly arrivals: Arrivals;
  /** The plan's intended times, µs after t0: for the completion times. */
  readonly due: Float64Array;
  /**
   * From the server's send call (of the batch) to the receipt, summed over deliveries where the
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
  /**
   * Missing messages of lost datagrams that the kernel counted as dropped at the subscriber's own
   * socket; null without /proc.
   */
  readonly kernelDrops: number | null;
  /**
   * Of an observed feed: missing messages in datagrams that did not reach the subscriber's socket.
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
  /** Smallest effective SO_RCVBUF; null where it cannot be read. */
  readonly receiveBufferBytes: number | null;
  readonly usage: UsageReport;
}
