import { LabError } from '../errors.js';
import { type CatchUp, type CatchUpSource, Replay, Snapshot } from './catch-up/catch-up.js';
import { Conflation } from './catch-up/conflation.js';
import type { MessageEncoder } from './encoder.js';
import { EncodedLog } from './log/encoded-log.js';
import type { MessageLog, Retention } from './log/message-log.js';
import type { Message } from './message.js';

const DEFAULT_MAX_FILTERS = 64;
/** Who joins this soon after another reads the same snapshot, and then what came in between. */
const SNAPSHOT_SHARED_US = 100_000;
/** Unless that is more than this part of the snapshot. */
const SNAPSHOT_SHARED_PART = 1 / 8;

/** Where a new subscriber begins. */
export interface Beginning {
  readonly log: EncodedLog;
  readonly position: number;
  /** First sequence number of its live feed. */
  readonly next: number;
  /** What it reads first, from behind the sequence number `after` on. */
  readonly catchUp: CatchUp | undefined;
  readonly after: number;
  /** Messages asked for that are no longer retained; with keys, of all keys. */
  readonly missed: number;
  /** Lowest sequence number from which on nothing is missing that can be asked for. */
  readonly oldest: number;
}

/**
 * The encoded logs: one for each codec and key filter in use, written by `append` all at once,
 * given up when nobody reads it any more. That of the default encoder exists always, with or
 * without readers: it gives every message its encoded length, and it alone may refuse one. A log
 * begins empty, with the next message; what came before is a catch-up.
 */
export class EncodedLogs {
  readonly #messages: MessageLog;
  readonly #retention: Retention;
  readonly #maxFilters: number;
  readonly #feeds = new Map<string, Feed>();
  readonly #default: Feed;
  #filters = 0;
  #maxMessageBytes = Number.POSITIVE_INFINITY;
  #limitedBy = '';
  /** Messages that a codec other than the default one refused, counted once for each log. */
  refused = 0;

  /** `messages`: all that is retained, for those who join later. */
  constructor(
    encoder: MessageEncoder,
    messages: MessageLog,
    retention: Retention,
    maxFilters = DEFAULT_MAX_FILTERS,
  ) {
    this.#messages = messages;
    this.#retention = retention;
    this.#maxFilters = maxFilters;
    this.#default = this.#newFeed(encoder, undefined);
    this.#default.users = 1;
    this.#feeds.set(feedId(encoder, []), this.#default);
  }

  /**
   * A message that is longer in the default codec is refused from now on; the smallest of several
   * limits counts.
   */
  limitMessageBytes(bytes: number, why: string): void {
    if (bytes >= this.#maxMessageBytes) return;
    this.#maxMessageBytes = bytes;
    this.#limitedBy = why;
  }

  /**
   * Appends a message to every log, or to none when the default encoder or a limit refuses it. A
   * log whose own encoder refuses it is left with a hole. Returns its bytes in the default
   * encoding.
   * @throws LAB_ERR_MESSAGE_TOO_LARGE, LAB_ERR_MESSAGE_INVALID
   */
  append(message: Message): number {
    const bytes = this.#default.log.stage(message);
    if (bytes > this.#maxMessageBytes) this.#refuse(message, bytes);
    this.#default.log.commit(message);
    if (this.#feeds.size > 1) this.#appendToOthers(message);
    return bytes;
  }

  /**
   * Where a subscriber begins to read, until it leaves the log: `fromSeq`, or undefined for a
   * snapshot. `keys`: sorted, without doubles; empty = all. `now`: µs. Costs the same however much
   * is retained.
   * @throws LAB_ERR_MAX_FILTERS
   */
  join(
    encoder: MessageEncoder,
    keys: readonly string[],
    fromSeq: number | undefined,
    now: number,
  ): Beginning {
    const feed = this.#acquire(encoder, keys);
    return fromSeq === undefined ? this.#beginNow(feed, now) : this.#beginAt(feed, fromSeq);
  }

  /** What a reader of `log` goes on with instead of all from behind the sequence number `after`. */
  conflate(log: EncodedLog, after: number): Conflation | undefined {
    const end = this.#messages.next;
    const feed = this.#feedOf(log);
    if (feed === undefined) return undefined;
    if (feed.conflation?.after !== after || feed.conflation.end !== end)
      feed.conflation = new Conflation(feed.source, after, end);
    return feed.conflation;
  }

  /**
   * Whether a message from `since` on has a key, of those that `log` takes, which one between `from`
   * and itself has as well.
   */
  repeats(log: EncodedLog, from: number, since: number): boolean {
    const keys = this.#feedOf(log)?.source.keys;
    return this.#messages.hasRepeated(from, since, this.#messages.next, keys);
  }

  /** Messages of `[from, to)` that `log` takes: of keys, those that are known. */
  countOf(log: EncodedLog, from: number, to: number): number {
    if (to <= from) return 0;
    const keys = this.#feedOf(log)?.source.keys;
    return keys === undefined ? to - from : this.#messages.countOf(keys, from, to);
  }

  #feedOf(log: EncodedLog): Feed | undefined {
    if (log === this.#default.log) return this.#default;
    for (const feed of this.#feeds.values()) if (feed.log === log) return feed;
    return undefined;
  }

  /** One reader less. */
  leave(log: EncodedLog): void {
    for (const [id, feed] of this.#feeds) {
      if (feed.log !== log) continue;
      feed.users -= 1;
      if (feed.users > 0) return;
      this.#feeds.delete(id);
      if (feed.source.keys !== undefined) this.#countFilters(-1);
      return;
    }
  }

  #beginNow(feed: Feed, now: number): Beginning {
    const { log } = feed;
    const { next } = this.#messages;
    let shared = feed.snapshot;
    if (shared === undefined || !this.#isFresh(shared, now)) {
      shared?.catchUp.retire();
      shared = { catchUp: new Snapshot(feed.source), madeAt: now };
      feed.snapshot = shared;
    }
    const { catchUp: base } = shared;
    const snapshot = base.end === next ? base : new Snapshot(feed.source, base);
    const catchUp = snapshot.count > 0 ? snapshot : undefined;
    return {
      log,
      position: log.head,
      next,
      catchUp,
      after: 0,
      missed: 0,
      oldest: this.#oldest(log),
    };
  }

  /** What came since is sent besides: it must be little. */
  #isFresh({ catchUp, madeAt }: SharedSnapshot, now: number): boolean {
    const since = this.#messages.next - catchUp.end;
    if (since === 0) return true;
    return now - madeAt <= SNAPSHOT_SHARED_US && since <= catchUp.count * SNAPSHOT_SHARED_PART;
  }

  #beginAt(feed: Feed, fromSeq: number): Beginning {
    const { log } = feed;
    const next = Math.min(fromSeq, this.#messages.next);
    const oldest = this.#oldest(log);
    const missed = Math.max(0, oldest - next);
    const start = next + missed;
    if (start >= log.completeFrom) {
      const position = log.positionOf(start);
      return { log, position, next, catchUp: undefined, after: 0, missed, oldest };
    }
    // The log began later than what is still retained of the messages.
    if (feed.replay?.end !== log.completeFrom) {
      feed.replay?.retire();
      feed.replay = new Replay(feed.source, log.completeFrom);
    }
    const after = start - 1;
    return { log, position: log.first, next, catchUp: feed.replay, after, missed, oldest };
  }

  #oldest(log: EncodedLog): number {
    return Math.min(log.completeFrom, this.#messages.first);
  }

  #acquire(encoder: MessageEncoder, keys: readonly string[]): Feed {
    const id = feedId(encoder, keys);
    const existing = this.#feeds.get(id);
    if (existing !== undefined) {
      existing.users += 1;
      return existing;
    }
    if (keys.length > 0 && this.#filters >= this.#maxFilters) {
      throw new LabError(
        'LAB_ERR_MAX_FILTERS',
        `too many different key filters: ${this.#filters}`,
        {
          hint: 'subscribe without keys, or with the same keys as others',
        },
      );
    }
    const feed = this.#newFeed(encoder, keys.length > 0 ? new Set(keys) : undefined);
    feed.users = 1;
    this.#feeds.set(id, feed);
    if (keys.length > 0) this.#countFilters(1);
    return feed;
  }

  #appendToOthers(message: Message): void {
    for (const feed of this.#feeds.values()) {
      if (feed === this.#default) continue;
      if (feed.log.tryStage(message) >= 0) {
        feed.log.commit(message);
      } else {
        feed.log.refuse(message);
        this.refused += 1;
      }
    }
  }

  /**
   * What strangers ask for must not multiply what is retained: all filters together have as many
   * bytes as one log.
   */
  #countFilters(change: 1 | -1): void {
    this.#filters += change;
    const share = this.#retention.bytes / Math.max(1, this.#filters);
    for (const { source, log } of this.#feeds.values()) {
      if (source.keys !== undefined) log.retainBytes(share);
    }
  }

  #refuse(message: Message, bytes: number): never {
    throw new LabError(
      'LAB_ERR_MESSAGE_TOO_LARGE',
      `message ${message.seq} (key '${message.key}') is ${bytes} bytes encoded, more than ${this.#limitedBy} carries: ${this.#maxMessageBytes}`,
      { hint: 'publish smaller messages, raise `datagramBytes` (up to 1472) or use TCP' },
    );
  }

  #newFeed(encoder: MessageEncoder, keys: ReadonlySet<string> | undefined): Feed {
    const log = new EncodedLog(encoder, {
      keys,
      retention: this.#retention,
      completeFrom: this.#messages.next,
    });
    const source = { encoder, keys, messages: this.#messages };
    return { log, source, users: 0, snapshot: undefined, replay: undefined, conflation: undefined };
  }
}

interface SharedSnapshot {
  readonly catchUp: Snapshot;
  /** µs. */
  readonly madeAt: number;
}

interface Feed {
  readonly log: EncodedLog;
  readonly source: CatchUpSource;
  users: number;
  snapshot: SharedSnapshot | undefined;
  replay: Replay | undefined;
  /** The last one. */
  conflation: Conflation | undefined;
}

function feedId(encoder: MessageEncoder, keys: readonly string[]): string {
  return JSON.stringify([encoder.name, ...keys]);
}
