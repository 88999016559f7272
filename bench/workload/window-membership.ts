import type { FeedPlan } from './feed-plan.js';
import type { PublishedRange, Span, Window } from './window.js';

/** What times are counted from, µs since the epoch. */
export interface TimeOrigin {
  readonly latency: number;
  readonly service: number;
}

/**
 * Which messages are of the measured window, as one process of subscribers tells. All processes
 * draw the same line without asking each other. There is one in a process, and so one shape.
 */
export interface WindowMembership {
  /**
   * `planned`: all is known beforehand, nothing is published after the window, and the server is
   * ours. `observed`: the stamps of a server that goes on tell, and intended times, keys and
   * contents are unknown: latencies begin with the publishing.
   */
  readonly kind: 'planned' | 'observed';
  /** Its messages; the number of the first may be NaN until one has come. */
  readonly feed: FeedPlan;
  readonly span: Span;
  /** The oldest message known to have been published after the window; infinite = none. */
  readonly beyond: number;
  /** @throws LAB_ERR_WORKER_TIMEOUT when the window has begun without us */
  open(window: Window): TimeOrigin;
  /** Nothing more is recorded. */
  close(): void;
  /** Whether message `seq` is of the window: it came at `now`, as `bytes` from `start` to `end`. */
  includes(seq: number, bytes: Buffer, start: number, end: number, now: number): boolean;
  /** The positions to report where `range` was published: the first, and how many. */
  positionsOf(range: PublishedRange): { readonly from: number; readonly count: number };
  /** @throws LAB_ERR_PROTOCOL or LAB_ERR_BAD_VALUE when what was recorded cannot be trusted */
  assertSound(): void;
}
