import { LabError } from '../../errors.js';
import type { MessageEncoder } from '../encoder.js';
import type { Message } from '../message.js';
import { type Chunk, ChunkList, endOf } from './chunk-list.js';
import { DEFAULT_RETENTION, type Retention } from './message-log.js';
import { PositionCache } from './position-cache.js';
import { Refusals } from './refusals.js';
import type { Slice } from './slice.js';
import { coupleTrain, type SliceTrain } from './slice-train.js';

const CHUNK_BYTES = 256 * 1024;
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
  /** What its codec has refused; only the log itself adds to it. */
  readonly refusals = new Refusals();
  readonly #retainedMessages: number;
  readonly #chunkBytes: number;
  #retainedBytes: number;
  #seqs: Float64Array;
  /** Absolute offset at which each position begins. */
  #offsets: Float64Array;
  readonly #accepts: ReadonlySet<string> | undefined;
  readonly #chunks = new ChunkList();
  /** Handed out since the last commit. */
  readonly #slices = new PositionCache<Slice>();
  readonly #trains = new PositionCache<SliceTrain>();
  #first = 0;
  #head = 0;
  #headOffset = 0;
  #staged = 0;
  #completeFrom: number;

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

  /** The message at the head of the feed is one that this codec refuses. */
  refuse(message: Message): void {
    this.#staged = 0;
    this.refusals.add(message.seq, this.#head);
  }

  /** Sequence number at a retained position; at the head, that behind the messages refused last. */
  seqAt(position: number): number {
    if (position === this.#head) return this.refusals.lastNext ?? this.#completeFrom;
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
    let chunk = this.#chunks.last;
    let end = chunk === undefined ? -1 : this.encoder.encode(message, chunk.buffer, chunk.used);
    if (chunk === undefined || end < 0) {
      chunk = this.#chunks.grow(this.#chunkBytes, this.#headOffset);
      end = this.encoder.encode(message, chunk.buffer, 0);
      if (end < 0) {
        chunk = this.#chunks.grow(this.encoder.maxMessageBytes, this.#headOffset);
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
    const chunk = this.#chunks.last as Chunk;
    if (this.#head - this.#first === this.#retainedMessages) this.#evict();
    const slot = this.#head % this.#retainedMessages;
    this.#seqs[slot] = message.seq;
    this.#offsets[slot] = chunk.base + chunk.used;
    chunk.used += this.#staged;
    this.#headOffset = chunk.base + chunk.used;
    this.#head += 1;
    this.#staged = 0;
    while (this.bytes > this.#retainedBytes && this.#head - this.#first > 1) this.#evict();
    this.#chunks.dropBefore(this.#offsetOf(this.#first));
    this.#slices.clear();
    this.#trains.clear();
  }

  /**
   * Nothing more will be added, nor has anything been evicted: gives back the room that is not
   * used.
   */
  seal(): void {
    this.#seqs = this.#seqs.slice(0, this.#head);
    this.#offsets = this.#offsets.slice(0, this.#head);
    this.#chunks.seal();
  }

  /**
   * Whole messages from a retained position `from` on: as many as fit in `maxBytes` and lie
   * together in memory, but at least one. Undefined at the head. The same object for every caller
   * at the same position.
   */
  slice(from: number, maxBytes: number): Slice | undefined {
    if (from >= this.#head) return undefined;
    const cached = this.#slices.get(maxBytes, from);
    if (cached !== undefined) return cached;
    const slice = this.#cut(from, maxBytes, this.#headAfter(from));
    this.#slices.set(maxBytes, from, slice);
    return slice;
  }

  /** The same up to position `to`, made for this caller alone. */
  piece(from: number, to: number, maxBytes: number): Slice {
    return this.#cut(from, maxBytes, Math.min(to, this.#headAfter(from)));
  }

  /**
   * Slices of `maxBytes` from a retained position `from` on, up to the head or a hole: `most`
   * (below 1,024) of them, or fewer that are much the same in length. Undefined at the head. The
   * same object for every caller at the same position.
   */
  train(from: number, maxBytes: number, most: number): SliceTrain | undefined {
    const limit = maxBytes * TRAIN_STRIDE + most;
    const cached = this.#trains.get(limit, from);
    if (cached !== undefined) return cached;
    const first = this.slice(from, maxBytes);
    if (first === undefined) return undefined;
    const train = coupleTrain(this, first, maxBytes, most, this.#headAfter(from));
    this.#trains.set(limit, from, train);
    return train;
  }

  #evict(): void {
    this.#completeFrom = this.seqAt(this.#first) + 1;
    this.#first += 1;
    this.refusals.evictBefore(this.#first);
  }

  #cut(from: number, maxBytes: number, to: number): Slice {
    const start = this.#offsetOf(from);
    const chunk = this.#chunks.at(start);
    const limit = Math.min(start + maxBytes, endOf(chunk));
    // Largest `to` whose end lies within the limit, by bisection over the ends; at least one
    // message.
    let low = from + 1;
    let high = to;
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

  /** Where what can be read in one piece from `from` on ends: at the head, or at a hole. */
  #headAfter(from: number): number {
    return this.refusals.nextAfter(from) ?? this.#head;
  }

  #offsetOf(position: number): number {
    if (position === this.#head) return this.#headOffset;
    return this.#offsets[position % this.#retainedMessages] as number;
  }
}
