import { LabError } from '../../errors.js';
import type { MessageEncoder } from '../encoder.js';
import type { Message } from '../message.js';
import { DEFAULT_RETENTION, type Retention } from './message-log.js';

/**
 * A contiguous run of whole messages: positions `[from, to)`. `bytes` is a view that every
 * subscriber at `from` shares; it is never written again, so it may sit in a socket's queue for as
 * long as it likes.
 */
export interface Slice {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
  /** Sequence number of the first message. */
  readonly seq: number;
}

/**
 * Slices that follow one another, for who sends several in one go. Shared by every subscriber at
 * the same position, like the slices in it.
 */
export interface SliceTrain {
  /** At least one. None but the last and only is longer than was asked for. */
  readonly slices: readonly Slice[];
  /** Bytes of the longest. */
  readonly longest: number;
  /** Bytes by which those before the last are shorter than that, together. */
  readonly padding: number;
}

const CHUNK_BYTES = 256 * 1024;
const MAX_CACHED_SLICES = 256;
/** A train ends where filling up its slices to one length would take more of it than this. */
const MOST_PADDING = 1 / 8;
/** Above any number of slices in a train: what tells the caches of trains apart. */
const TRAIN_STRIDE = 1_024;

export interface EncodedLogOptions {
  /** Only messages with these keys enter; undefined = all. */
  readonly keys?: ReadonlySet<string> | undefined;
  readonly retention?: Retention;
  /**
   * Sequence number from which on every message will be offered to this log; earlier ones were gone
   * before it began. Default 1.
   */
  readonly completeFrom?: number;
  /** Memory is taken in pieces of this size. Default 256 KiB. */
  readonly chunkBytes?: number;
}

/**
 * Messages in a row that the codec refused. They take no position: `position` is that of the
 * message behind them.
 */
interface Hole {
  readonly position: number;
  count: number;
  /** Sequence number after the last of them. */
  next: number;
  /** Messages refused up to here, these included. */
  total: number;
}

interface Chunk {
  readonly buffer: Buffer;
  /** Absolute offset of the chunk's first byte. */
  readonly base: number;
  used: number;
}

/**
 * The append-only byte log of one codec and one key filter. Messages have *positions* 0, 1, 2, … in
 * it; without a filter, positions and sequence numbers march in step. A subscriber is a position, a
 * batch is a slice.
 *
 * A message that the codec refuses leaves a hole between two positions, which no slice spans: who
 * reads on is told of it.
 *
 * Invariants: a message never spans two chunks; bytes once committed never change or move; memory
 * is bounded by the retention plus one chunk.
 */
export class EncodedLog {
  readonly encoder: MessageEncoder;
  readonly #retainedMessages: number;
  readonly #chunkBytes: number;
  #retainedBytes: number;
  #seqs: Float64Array;
  /** Absolute offset at which each position begins. */
  #offsets: Float64Array;
  readonly #accepts: ReadonlySet<string> | undefined;
  readonly #chunks: Chunk[] = [];
  /**
   * Slices handed out since the last commit, by size limit (one or two per transport) and position.
   */
  readonly #cache = new Map<number, Map<number, Slice>>();
  /** Trains, by size limit and most slices. */
  readonly #trains = new Map<number, Map<number, SliceTrain>>();
  #first = 0;
  #head = 0;
  #headOffset = 0;
  #staged = 0;
  #completeFrom: number;
  /**
   * In order of position; those before the first retained message are forgotten but for their
   * count.
   */
  #holes: Hole[] = [];
  #refusedBefore = 0;
  #refused = 0;

  constructor(encoder: MessageEncoder, options: EncodedLogOptions = {}) {
    const {
      keys,
      retention = DEFAULT_RETENTION,
      completeFrom = 1,
      chunkBytes = CHUNK_BYTES,
    } = options;
    this.encoder = encoder;
    this.#completeFrom = completeFrom;
    this.#accepts = keys;
    this.#retainedMessages = retention.messages;
    this.#retainedBytes = retention.bytes;
    this.#chunkBytes = chunkBytes;
    this.#seqs = new Float64Array(retention.messages);
    this.#offsets = new Float64Array(retention.messages);
  }

  /** Oldest retained position; equals `head` when empty. */
  get first(): number {
    return this.#first;
  }

  /** Position the next message will take. */
  get head(): number {
    return this.#head;
  }

  /**
   * Lowest sequence number from which on nothing that this log accepts is missing. Logs of one feed
   * differ in it: the same messages have other lengths in another codec, and a filtered log reaches
   * further back.
   */
  get completeFrom(): number {
    return this.#completeFrom;
  }

  get bytes(): number {
    return this.#head === this.#first ? 0 : this.#headOffset - this.#offsetOf(this.#first);
  }

  /** Bytes between a retained position and the head. */
  bytesFrom(position: number): number {
    return this.#headOffset - this.#offsetOf(position);
  }

  /** From the next message on, as many encoded bytes are retained. */
  retainBytes(bytes: number): void {
    this.#retainedBytes = bytes;
  }

  /** Messages that the codec refused, since this log began. */
  get refused(): number {
    return this.#refused;
  }

  /** Of these, the ones that stand before `position`, a retained one or the head. */
  refusedBefore(position: number): number {
    return this.#holes[this.#holesUpTo(position) - 1]?.total ?? this.#refusedBefore;
  }

  /**
   * Of those before `position`, the ones with a sequence number of at least `seq`, if they are the
   * last ones before it.
   */
  refusedFrom(seq: number, position: number): number {
    const hole = this.#holes[this.#holesUpTo(position) - 1];
    if (hole?.position !== position) return 0;
    return Math.min(hole.count, Math.max(0, hole.next - seq));
  }

  /** The message at the head of the feed is one that this codec refuses. */
  refuse(message: Message): void {
    this.#staged = 0;
    this.#refused += 1;
    const last = this.#holes.at(-1);
    if (last?.position === this.#head) {
      last.count += 1;
      last.next = message.seq + 1;
      last.total = this.#refused;
    } else {
      this.#holes.push({
        position: this.#head,
        count: 1,
        next: message.seq + 1,
        total: this.#refused,
      });
    }
  }

  /** Sequence number at a retained position; at the head, that behind the messages refused last. */
  seqAt(position: number): number {
    if (position === this.#head) return this.#holes.at(-1)?.next ?? this.#completeFrom;
    return this.#seqs[position % this.#retainedMessages] as number;
  }

  /** First retained position whose sequence number is at least `seq` (`head` if there is none). */
  positionOf(seq: number): number {
    let low = this.#first;
    let high = this.#head;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.seqAt(middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Encodes a message behind the head without making it visible, and returns its length: 0 when the
   * filter keeps it out. Publishing stages in every log first, so that a message one codec refuses
   * enters none.
   * @throws what the encoder throws
   */
  stage(message: Message): number {
    this.#staged = 0;
    if (this.#accepts !== undefined && !this.#accepts.has(message.key)) return 0;
    let chunk = this.#chunks.at(-1);
    let end = chunk === undefined ? -1 : this.encoder.encode(message, chunk.buffer, chunk.used);
    if (chunk === undefined || end < 0) {
      chunk = this.#grow(this.#chunkBytes);
      end = this.encoder.encode(message, chunk.buffer, 0);
      if (end < 0) {
        this.#chunks.pop();
        chunk = this.#grow(this.encoder.maxMessageBytes);
        end = this.encoder.encode(message, chunk.buffer, 0);
      }
    }
    if (end < 0) {
      throw new LabError(
        'LAB_ERR_INTERNAL',
        `codec ${this.encoder.name} cannot fit a message into its own limit`,
      );
    }
    this.#staged = end - chunk.used;
    return this.#staged;
  }

  /**
   * The same for a log that decides for no other: −1 when the encoder throws, as the message is not
   * for this codec then.
   */
  tryStage(message: Message): number {
    try {
      return this.stage(message);
    } catch {
      this.#staged = 0;
      return -1;
    }
  }

  /** Makes the staged message visible and evicts what falls out of retention. */
  commit(message: Message): void {
    if (this.#staged === 0) return;
    const chunk = this.#chunks.at(-1) as Chunk;
    if (this.#head - this.#first === this.#retainedMessages) this.#evict();
    const slot = this.#head % this.#retainedMessages;
    this.#seqs[slot] = message.seq;
    this.#offsets[slot] = chunk.base + chunk.used;
    chunk.used += this.#staged;
    this.#headOffset = chunk.base + chunk.used;
    this.#head += 1;
    this.#staged = 0;
    while (this.bytes > this.#retainedBytes && this.#head - this.#first > 1) this.#evict();
    const oldest = this.#offsetOf(this.#first);
    while (this.#chunks.length > 1 && endOf(this.#chunks[0] as Chunk) <= oldest)
      this.#chunks.shift();
    for (const cache of this.#cache.values()) if (cache.size > 0) cache.clear();
    for (const cache of this.#trains.values()) if (cache.size > 0) cache.clear();
  }

  /**
   * Nothing more will be added, nor has anything been evicted: gives back the room that is not
   * used.
   */
  seal(): void {
    this.#seqs = this.#seqs.slice(0, this.#head);
    this.#offsets = this.#offsets.slice(0, this.#head);
    const last = this.#chunks.pop();
    if (last === undefined) return;
    if (last.used > 0) this.#chunks.push({ ...last, buffer: exactly(last.buffer, last.used) });
    // Else it was taken for a message that did not come; the one before may be larger than its use.
    else if (this.#chunks.length > 0) this.seal();
  }

  /**
   * Whole messages from a retained position `from` on: as many as fit in `maxBytes` and lie
   * together in memory, but at least one. Undefined at the head. The same object for every caller
   * at the same position.
   */
  slice(from: number, maxBytes: number): Slice | undefined {
    if (from >= this.#head) return undefined;
    const cache = cacheOf(this.#cache, maxBytes);
    const cached = cache.get(from);
    if (cached !== undefined) return cached;
    if (cache.size >= MAX_CACHED_SLICES) cache.clear();
    const slice = this.#cut(from, maxBytes);
    cache.set(from, slice);
    return slice;
  }

  /**
   * Slices of `maxBytes` from a retained position `from` on, up to the head or a hole: `most`
   * (below 1,024) of them, or fewer that are much the same in length. Undefined at the head. The
   * same object for every caller at the same position.
   */
  train(from: number, maxBytes: number, most: number): SliceTrain | undefined {
    const cache = cacheOf(this.#trains, maxBytes * TRAIN_STRIDE + most);
    const cached = cache.get(from);
    if (cached !== undefined) return cached;
    const first = this.slice(from, maxBytes);
    if (first === undefined) return undefined;
    if (cache.size >= MAX_CACHED_SLICES) cache.clear();
    const train = this.#couple(first, maxBytes, most);
    cache.set(from, train);
    return train;
  }

  #evict(): void {
    this.#completeFrom = this.seqAt(this.#first) + 1;
    this.#first += 1;
    const hole = this.#holes[0];
    if (hole === undefined || hole.position >= this.#first) return;
    this.#refusedBefore = hole.total;
    this.#holes.shift();
  }

  #cut(from: number, maxBytes: number): Slice {
    const start = this.#offsetOf(from);
    const chunk = this.#chunkAt(start);
    const limit = Math.min(start + maxBytes, endOf(chunk));
    // Largest `to` whose end lies within the limit, by bisection over the ends; at least one
    // message.
    let low = from + 1;
    let high = this.#headAfter(from);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#offsetOf(middle) <= limit) low = middle;
      else high = middle - 1;
    }
    const end = Math.min(this.#offsetOf(low), endOf(chunk));
    return {
      from,
      to: low,
      bytes: chunk.buffer.subarray(start - chunk.base, end - chunk.base),
      seq: this.seqAt(from),
    };
  }

  #couple(first: Slice, maxBytes: number, most: number): SliceTrain {
    const slices = [first];
    const end = this.#headAfter(first.from);
    let last = first;
    let longest = first.bytes.length;
    let bytes = longest;
    let padding = 0;
    while (slices.length < most && last.to < end && longest <= maxBytes) {
      const next = this.slice(last.to, maxBytes) as Slice;
      const length = next.bytes.length;
      const longer = Math.max(longest, length);
      // As it would be with this one as the last, which is not filled up.
      const lacking = slices.length * longer - bytes;
      if (length > maxBytes || lacking > (bytes + length) * MOST_PADDING) break;
      slices.push(next);
      last = next;
      longest = longer;
      bytes += length;
      padding = lacking;
    }
    return { slices, longest, padding };
  }

  /** Where what can be read in one piece from `from` on ends: at the head, or at a hole. */
  #headAfter(from: number): number {
    if (this.#holes.length === 0) return this.#head;
    return this.#holes[this.#holesUpTo(from)]?.position ?? this.#head;
  }

  /** Holes that stand at or before a position. */
  #holesUpTo(position: number): number {
    let low = 0;
    let high = this.#holes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#holes[middle] as Hole).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #offsetOf(position: number): number {
    if (position === this.#head) return this.#headOffset;
    return this.#offsets[position % this.#retainedMessages] as number;
  }

  #chunkAt(offset: number): Chunk {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#chunks[middle] as Chunk).base <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#chunks[low] as Chunk;
  }

  #grow(bytes: number): Chunk {
    const last = this.#chunks.at(-1);
    // An empty chunk is one that a refused message left behind: replace it.
    if (last !== undefined && last.used === 0) this.#chunks.pop();
    const chunk: Chunk = { buffer: Buffer.allocUnsafeSlow(bytes), base: this.#headOffset, used: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}

function cacheOf<T>(caches: Map<number, Map<number, T>>, key: number): Map<number, T> {
  let cache = caches.get(key);
  if (cache === undefined) {
    cache = new Map();
    caches.set(key, cache);
  }
  return cache;
}

/** A copy without the room behind it. */
function exactly(buffer: Buffer, bytes: number): Buffer {
  if (bytes === buffer.length) return buffer;
  const copy = Buffer.allocUnsafeSlow(bytes);
  buffer.copy(copy, 0, 0, bytes);
  return copy;
}

function endOf(chunk: Chunk): number {
  return chunk.base + chunk.used;
}
