import type { z } from 'zod';
import { type Clock, followingClock } from '../core/clock.js';
import {
  callback,
  checkOptions,
  clockLike,
  membersOf,
  oneOf,
  signalLike,
  text,
  whole,
  yesOrNo,
} from '../core/options.js';
import { LabError } from '../errors.js';
import { WISHES } from '../transports/options.js';
import { LONGEST_DEADLINE_MS, REPAIRS, type Repair } from '../transports/repair.js';
import type { FeedEvent } from './feed-event.js';
import { type BufferLimit, DEFAULT_BUFFER } from './message-buffer.js';
import { type FeedUrl, parseFeedUrl } from './url.js';

/** What a subscriber may want. What the URL's query says too is overridden by what stands here. */
export interface FeedOptions {
  /** Codec on the wire. Default line-json. */
  readonly codec?: string;
  /** Only these keys. Absent or empty = all. */
  readonly keys?: readonly string[];
  /** Replay from this sequence number instead of a snapshot. */
  readonly from?: number;
  /**
   * The epoch (of a welcome) that `from` belongs to: a server of another one begins at its first
   * message, and `restarted` is noticed.
   */
  readonly epoch?: string;
  /**
   * What the server does when this subscriber falls behind: 'drop-oldest/messages=1000', 'conflate',
   * 'disconnect', … Default: the server's; a `policy` event says when it allows less of a backlog.
   */
  readonly policy?: string;
  /** Hand the snapshot (newest message of each key) over before the live feed. Default true. */
  readonly snapshot?: boolean;
  /** Connect again after a cut, and go on with the next message. Default true. */
  readonly reconnect?: boolean;
  /**
   * Keep trying also when the first connection fails, and come back after an orderly end of the
   * feed. Default false.
   */
  readonly retry?: boolean;
  /** Leaves, like `close()`. */
  readonly signal?: AbortSignal;
  /**
   * Told what happens beside the messages, when it happens: earlier messages may still wait to be
   * taken. What it throws ends the feed.
   */
  readonly onEvent?: (notice: FeedEvent) => void;
  /** Messages that wait for the loop. Default 65,536 messages, 64 MiB. */
  readonly buffer?: Partial<BufferLimit>;
  /** Give up one attempt to connect after this. Default 10,000 ms. */
  readonly timeoutMs?: number;
  /**
   * UDP: SO_RCVBUF to ask for; a `receive-buffer` event says when less is granted. Default: the
   * system's.
   */
  readonly receiveBufferBytes?: number;
  /**
   * UDP: `nak` = ask the server for what is lost, `fec` = take parities, `copy` = take the latest
   * values twice, each if it offers that; a gap is told later then. Not with `keys`: which lost
   * datagrams held messages of theirs cannot be told. Default none.
   */
  readonly repair?: Repair;
  /**
   * UDP with repair: what comes more than this after it was missed is late, and not waited for.
   * Default 500 ms.
   */
  readonly repairDeadlineMs?: number;
  /** For tests: from 0 to 1, spreads the waits between attempts. Default Math.random. */
  readonly random?: () => number;
  /** For tests. Default the system's. */
  readonly clock?: Clock;
}

/** Options with their defaults, checked. */
export interface FeedSettings extends Omit<FeedOptions, 'buffer'> {
  readonly url: FeedUrl;
  readonly codec: string;
  readonly keys: readonly string[];
  readonly snapshot: boolean;
  readonly reconnect: boolean;
  readonly retry: boolean;
  readonly buffer: BufferLimit;
  readonly random: () => number;
  readonly clock: Clock;
}

const DEFAULT_CODEC = 'line-json';

const count = whole(1, Number.MAX_SAFE_INTEGER);

const FEED: z.ZodType = membersOf({
  ...WISHES,
  repair: oneOf(REPAIRS),
  repairDeadlineMs: whole(1, LONGEST_DEADLINE_MS),
  codec: text(DEFAULT_CODEC),
  from: count,
  snapshot: yesOrNo,
  reconnect: yesOrNo,
  retry: yesOrNo,
  signal: signalLike,
  onEvent: callback,
  buffer: membersOf({ messages: count, bytes: count }),
  random: callback,
  clock: clockLike,
} satisfies Record<keyof Required<FeedOptions>, z.ZodType>);

/** @throws LAB_ERR_BAD_VALUE */
export function feedSettings(address: string, options: FeedOptions): FeedSettings {
  const url = parseFeedUrl(address);
  checkOptions(FEED, options);
  const keys = options.keys ?? url.keys ?? [];
  const { repair = 'none' } = options;
  if (repair !== 'none' && keys.length > 0)
    throw new LabError('LAB_ERR_BAD_VALUE', '`repair` is for a feed of all keys', {
      option: 'repair',
      value: repair,
      hint: 'leave the keys out, or the repair: what of lost datagrams was theirs cannot be told',
    });
  const from = options.from ?? url.from;
  const buffer = { ...DEFAULT_BUFFER, ...options.buffer };
  return {
    ...options,
    url,
    codec: options.codec ?? url.codec ?? DEFAULT_CODEC,
    keys,
    ...(from === undefined ? {} : { from }),
    snapshot: options.snapshot ?? true,
    reconnect: options.reconnect ?? true,
    retry: options.retry ?? false,
    buffer,
    random: options.random ?? Math.random,
    clock: options.clock ?? followingClock(),
  };
}
