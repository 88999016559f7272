import type { Welcome } from '../core/message.js';
import type { LabError } from '../errors.js';

/**
 * Why messages are missing:
 * - `lagged`: this subscriber fell behind what the server retains, or its codec cannot carry them:
 *   the server skipped them.
 * - `conflated`: this subscriber fell behind, or they were lost on the way, and gets a later
 *   message of each of their keys.
 * - `retention`: asked for (by `from`, or after a cut), but no longer retained.
 * - `restart`: published by a restarted server, and gone there before this feed was back.
 * - `network`: lost on the way.
 * - `slow-consumer`: they came, but the loop did not take them, and the buffer was full.
 */
export type GapReason =
  | 'lagged'
  | 'conflated'
  | 'retention'
  | 'network'
  | 'restart'
  | 'slow-consumer';

/** A subscription begins or goes on: the server's welcome. */
export interface ConnectedEvent {
  readonly type: 'connected';
  readonly welcome: Welcome;
  /** True when it goes on where an earlier connection was cut. */
  readonly resumed: boolean;
}

/**
 * Messages that will not come. Each is in one notice only, and none of them is handed over
 * afterwards. `from` and `to` (both included) are where in the feed they are missing.
 */
export interface GapEvent {
  readonly type: 'gap';
  readonly from: number;
  readonly to: number;
  /** How many. Without `keys` exactly `to − from + 1`, but fewer where others were `conflated`. */
  readonly missed: number;
  readonly reason: GapReason;
  /**
   * False only with `keys`, when nobody knows how many of the missing ones had these keys:
   * `retention` and `restart` then count all keys (an upper bound), `network` counts datagrams
   * (each of at least one message).
   */
  readonly exact: boolean;
}

/**
 * Of the snapshot (newest message of each key, before the live feed) `missed` messages will not
 * come.
 */
export interface SnapshotIncompleteEvent {
  readonly type: 'snapshot-incomplete';
  readonly missed: number;
  readonly reason: 'lagged' | 'network' | 'slow-consumer';
  /**
   * False when `missed` is an upper bound (`network`): those that newer messages of their keys have
   * replaced before they were sent are not missing, and nobody counts them.
   */
  readonly exact: boolean;
}

/** The connection is lost; the next attempt (1, 2, …) begins after `delayMs`. */
export interface ReconnectingEvent {
  readonly type: 'reconnecting';
  readonly attempt: number;
  readonly delayMs: number;
  readonly cause: LabError;
}

/**
 * The server is another one, and its sequence numbers begin anew. What the old one published after
 * the cut is lost without a count.
 */
export interface RestartedEvent {
  readonly type: 'restarted';
  readonly oldEpoch: string;
  readonly newEpoch: string;
}

/** UDP: the system granted less of a receive buffer than `receiveBufferBytes` asks for, bytes. */
export interface ReceiveBufferEvent {
  readonly type: 'receive-buffer';
  readonly requested: number;
  readonly granted: number;
}

/** The server allows less of a backlog than the `policy` asked for: this is what holds. */
export interface PolicyEvent {
  readonly type: 'policy';
  readonly requested: string;
  readonly granted: string;
}

/**
 * The last notice. `reason`: 'closed' (the feed is over), 'left' (by close, abort or break), or a
 * LAB_ERR_* code with its `error`.
 */
export interface EndedEvent {
  readonly type: 'ended';
  readonly reason: string;
  readonly error?: LabError;
}

/** What happens to a feed beside its messages. */
export type FeedEvent =
  | ConnectedEvent
  | GapEvent
  | SnapshotIncompleteEvent
  | ReconnectingEvent
  | RestartedEvent
  | ReceiveBufferEvent
  | PolicyEvent
  | EndedEvent;
