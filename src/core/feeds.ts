import { LabError } from '../errors.js';
import { EncodedLog } from './encoded-log.js';
import type { MessageEncoder } from './encoder.js';
import type { Message } from './message.js';
import type { MessageLog, Retention } from './message-log.js';

const DEFAULT_MAX_FILTERS = 64;

/**
 * The encoded logs: one for each codec and key filter in use, written by `append` all at once, given up when nobody reads it any
 * more. That of the default encoder exists always, with or without readers: it gives every message its encoded length.
 */
export class Feeds {
  readonly #messages: MessageLog;
  readonly #retention: Retention;
  readonly #maxFilters: number;
  readonly #feeds = new Map<string, Feed>();
  readonly #snapshots = new Map<string, { readonly next: number; readonly log: EncodedLog }>();
  #filters = 0;
  #maxMessageBytes = Number.POSITIVE_INFINITY;
  #limitedBy = '';

  /** `messages`: all that is retained, for a log that begins later and for snapshots. */
  constructor(
    encoder: MessageEncoder,
    messages: MessageLog,
    retention: Retention,
    maxFilters = DEFAULT_MAX_FILTERS,
  ) {
    this.#messages = messages;
    this.#retention = retention;
    this.#maxFilters = maxFilters;
    this.#feeds.set(feedId(encoder, []), { log: this.#newLog(encoder), filtered: false, users: 1 });
  }

  /** A message that is longer in any codec in use is refused from now on; the smallest of several limits counts. */
  limitMessageBytes(bytes: number, why: string): void {
    if (bytes >= this.#maxMessageBytes) return;
    this.#maxMessageBytes = bytes;
    this.#limitedBy = why;
  }

  /**
   * Appends a message to every log, or to none. Returns its bytes in the default encoding.
   * @throws LAB_ERR_MESSAGE_TOO_LARGE, LAB_ERR_MESSAGE_INVALID
   */
  append(message: Message): number {
    let bytes = 0;
    for (const feed of this.#feeds.values()) {
      const staged = feed.log.stage(message);
      if (staged > this.#maxMessageBytes) this.#refuse(message, staged);
      // The default feed is the first in the map: its length is the one that counts.
      if (bytes === 0) bytes = staged;
    }
    for (const feed of this.#feeds.values()) feed.log.commit(message);
    return bytes;
  }

  /**
   * The log that a subscriber reads, until it leaves it, and the newest message of each key as a log of its own if it wants them.
   * `keys`: sorted, without doubles; empty = all.
   * @throws LAB_ERR_MAX_FILTERS, LAB_ERR_MESSAGE_TOO_LARGE (what is retained does not fit this codec's limits)
   */
  join(
    encoder: MessageEncoder,
    keys: readonly string[],
    wantsSnapshot: boolean,
  ): { readonly log: EncodedLog; readonly snapshot: EncodedLog | undefined } {
    const log = this.#acquire(encoder, keys);
    try {
      return { log, snapshot: wantsSnapshot ? this.#snapshot(encoder, keys) : undefined };
    } catch (error) {
      // A message that this codec cannot carry: the subscriber that never was must not hold a feed.
      this.leave(log);
      throw error;
    }
  }

  /** One reader less. */
  leave(log: EncodedLog): void {
    for (const [id, feed] of this.#feeds) {
      if (feed.log !== log) continue;
      feed.users -= 1;
      if (feed.users === 0) {
        this.#feeds.delete(id);
        if (feed.filtered) this.#filters -= 1;
        this.#snapshots.delete(id);
      }
      return;
    }
  }

  #acquire(encoder: MessageEncoder, keys: readonly string[]): EncodedLog {
    const id = feedId(encoder, keys);
    const existing = this.#feeds.get(id);
    if (existing !== undefined) {
      existing.users += 1;
      return existing.log;
    }
    if (keys.length > 0 && this.#filters >= this.#maxFilters) {
      throw new LabError('LAB_ERR_MAX_FILTERS', `too many different key filters: ${this.#filters}`, {
        hint: 'subscribe without keys, or with the same keys as others',
      });
    }
    const log = this.#newLog(encoder, keys);
    this.#fill(log, this.#messages.from(1));
    const feed: Feed = { log, filtered: keys.length > 0, users: 1 };
    if (feed.filtered) this.#filters += 1;
    this.#feeds.set(id, feed);
    return log;
  }

  /** The newest message of each key as a little log of its own, shared by all who join before the next message. */
  #snapshot(encoder: MessageEncoder, keys: readonly string[]): EncodedLog {
    const id = feedId(encoder, keys);
    const next = this.#messages.next;
    const cached = this.#snapshots.get(id);
    if (cached !== undefined && cached.next === next) return cached.log;
    const retention = { messages: Math.max(1, this.#messages.keys), bytes: Number.POSITIVE_INFINITY };
    const log = new EncodedLog(encoder, keys.length > 0 ? new Set(keys) : undefined, retention);
    this.#fill(log, this.#messages.latest());
    this.#snapshots.set(id, { next, log });
    return log;
  }

  /** Messages published before this codec was in use meet its limits here. */
  #fill(log: EncodedLog, messages: Iterable<Message>): void {
    for (const message of messages) {
      const staged = log.stage(message);
      if (staged > this.#maxMessageBytes) this.#refuse(message, staged);
      log.commit(message);
    }
  }

  #refuse(message: Message, bytes: number): never {
    throw new LabError(
      'LAB_ERR_MESSAGE_TOO_LARGE',
      `message ${message.seq} (key '${message.key}') is ${bytes} bytes encoded, more than ${this.#limitedBy} carries: ${this.#maxMessageBytes}`,
      { hint: 'publish smaller messages, raise --datagram (up to 1472) or use TCP' },
    );
  }

  #newLog(encoder: MessageEncoder, keys: readonly string[] = []): EncodedLog {
    const filter = keys.length > 0 ? new Set(keys) : undefined;
    return new EncodedLog(encoder, filter, this.#retention, this.#messages.first);
  }
}

interface Feed {
  readonly log: EncodedLog;
  readonly filtered: boolean;
  users: number;
}

function feedId(encoder: MessageEncoder, keys: readonly string[]): string {
  return JSON.stringify([encoder.name, ...keys]);
}
