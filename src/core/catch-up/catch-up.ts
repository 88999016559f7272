import type { MessageEncoder } from '../encoder.js';
import { EncodedLog } from '../log/encoded-log.js';
import type { MessageLog } from '../log/message-log.js';
import type { Message } from '../message.js';

/** A page ends before it grows beyond either; a longer message has a page to itself. */
const PAGE_BYTES = 32 * 1024;
const PAGE_MESSAGES = 1_024;
/** Messages looked at for one page: a filter that nothing passes must not make it long. */
const PAGE_SCAN = 4_096;
/**
 * Bytes of pages kept for those who come after the one that asked first: of all keys, or of some.
 */
const CACHED_BYTES = 4 * 1024 * 1024;
const CACHED_BYTES_OF_KEYS = 512 * 1024;

/** What a page takes in memory besides its bytes. */
const PAGE_OVERHEAD = 1_024;

/**
 * Messages encoded together. Everything due after the place it was asked for, up to `through`, is
 * in it or was refused.
 */
export interface Page {
  readonly log: EncodedLog;
  /** Sequence number. */
  readonly through: number;
  /** Messages behind those of the log, up to `through`, that the codec refused. */
  readonly refused: number;
}

export interface CatchUpSource {
  readonly encoder: MessageEncoder;
  /** Undefined = all. */
  readonly keys: ReadonlySet<string> | undefined;
  readonly messages: MessageLog;
}

/**
 * What a new subscriber reads before its cursor in the encoded log: a snapshot (the newest message
 * of each key) or a replay of what that log does not hold. Nothing is built when it joins: pages
 * are encoded one by one, as sockets take them, and shared by all who read on from the same place.
 * A message of a snapshot that is replaced before its page is encoded is left out, as its successor
 * comes in the live feed.
 */
export abstract class CatchUp {
  /** The first sequence number that is not part of it: there the live feed begins. */
  readonly end: number;
  protected readonly source: CatchUpSource;
  readonly #pages = new Map<number, Page>();
  #cachedBytes = 0;
  #maxCachedBytes: number;

  constructor(source: CatchUpSource, end: number) {
    this.source = source;
    this.end = end;
    this.#maxCachedBytes = source.keys === undefined ? CACHED_BYTES : CACHED_BYTES_OF_KEYS;
  }

  abstract readonly isSnapshot: boolean;

  /** An older one whose pages are read first. */
  abstract readonly base: CatchUp | undefined;

  /** It has the messages of some keys only. */
  get isFiltered(): boolean {
    return this.source.keys !== undefined;
  }

  /** Messages it has, at most; 0 for a replay, whose messages belong to the feed. */
  abstract readonly count: number;

  /** Its messages with a `seq` above `after`, in order. */
  protected abstract from(after: number): Iterable<Message>;

  /**
   * Messages of a replay between `after` and the oldest one retained: they are gone. With keys, of
   * all keys.
   */
  evictedAfter(_after: number): number {
    return 0;
  }

  /** The same page for everyone who asks soon enough after the first. */
  page(after: number): Page {
    const cached = this.#pages.get(after);
    if (cached !== undefined) return cached;
    const page = this.#encode(after);
    page.log.seal();
    this.#pages.set(after, page);
    this.#cachedBytes += page.log.bytes + PAGE_OVERHEAD;
    this.#forgetPages();
    return page;
  }

  /**
   * Nobody new will begin with it: who still reads it shares no more than the page that was made
   * last.
   */
  retire(): void {
    this.#maxCachedBytes = 0;
    this.#forgetPages();
  }

  #forgetPages(): void {
    for (const [start, { log }] of this.#pages) {
      if (this.#pages.size <= 1 || this.#cachedBytes <= this.#maxCachedBytes) return;
      this.#pages.delete(start);
      this.#cachedBytes -= log.bytes + PAGE_OVERHEAD;
    }
  }

  #encode(after: number): Page {
    const { encoder, keys } = this.source;
    const retention = { messages: PAGE_MESSAGES, bytes: Number.POSITIVE_INFINITY };
    const log = new EncodedLog(encoder, { retention, chunkBytes: PAGE_BYTES });
    let through = after;
    let refused = 0;
    let scanned = 0;
    for (const message of this.from(after)) {
      if (scanned === PAGE_SCAN) return { log, through, refused };
      scanned += 1;
      if (keys === undefined || keys.has(message.key)) {
        const bytes = log.tryStage(message);
        if (bytes < 0) {
          refused += 1;
        } else {
          const isFull =
            log.head === PAGE_MESSAGES || (log.head > 0 && log.bytes + bytes > PAGE_BYTES);
          // The notice of what was refused stands between two messages, so between two pages.
          if (isFull || refused > 0) return { log, through, refused };
          log.commit(message);
        }
      }
      through = message.seq;
    }
    return { log, through: this.end - 1, refused };
  }
}

/**
 * The newest message of each key. On a `base`, that of somebody who joined a moment ago: then the
 * pages are mostly shared, and a key that has changed since comes twice, the newer message last.
 */
export class Snapshot extends CatchUp {
  readonly isSnapshot = true;
  readonly count: number;
  readonly base: Snapshot | undefined;

  constructor(source: CatchUpSource, base?: Snapshot) {
    const { messages, keys } = source;
    super(source, messages.next);
    this.base = base;
    const { latest } = messages;
    if (base === undefined) {
      this.count = keys === undefined ? latest.size : latest.of(keys, 0, this.end).length;
    } else {
      const since = this.end - base.end;
      this.count = base.count + (keys === undefined ? since : Math.min(since, keys.size));
    }
  }

  protected from(after: number): Iterable<Message> {
    const { messages, keys } = this.source;
    const { latest } = messages;
    return keys === undefined ? latest.between(after, this.end) : latest.of(keys, after, this.end);
  }
}

/** The retained messages before `end`. */
export class Replay extends CatchUp {
  readonly isSnapshot = false;
  readonly base = undefined;
  readonly count = 0;

  protected *from(after: number): Generator<Message> {
    for (const message of this.source.messages.from(after + 1)) {
      if (message.seq >= this.end) return;
      yield message;
    }
  }

  override evictedAfter(after: number): number {
    return Math.max(0, Math.min(this.source.messages.first, this.end) - 1 - after);
  }
}
