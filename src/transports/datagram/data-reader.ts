import type { Codec } from '../../codecs/codec.js';
import type { ClientCounters } from '../counters.js';
import type { Receiver } from '../transport.js';
import type { DatagramTracker } from './receive.js';
import { DatagramScan } from './scan.js';
import {
  countOf,
  dseqOf,
  type Epoch,
  FLAG,
  flagsOf,
  hasEpoch,
  PACKET,
  packetType,
  sendTimeOf,
  seqOf,
} from './wire.js';

/** Whose stream the datagrams are of. */
export interface DataOwner {
  readonly ended: boolean;
  /** DATA that is owed has come and is about to be handed on. `sendTime`: µs since the epoch. */
  onData(sendTime: number): void;
  /** Some of it asked for a report. */
  onAsked(): void;
}

/** Told of every datagram of a stream that has a number. */
export interface DataWatch {
  /**
   * It covers the sequence numbers `[from, to)`, of which it has so many messages. `ahead`: how far
   * its number lies above the highest before: 1 in order, more with a gap, 0 for a late one.
   */
  took(ahead: number, from: number, to: number, messages: number): void;
  /** Whether what is missing of `[from, to)` comes after its deadline now. */
  isOverdue(from: number, to: number): boolean;
}

/** What a new datagram is to who repairs: in time; after its deadline; brought back before. */
export const ARRIVAL = { inTime: 0, overdue: 1, repaired: 2 } as const;

export type Arrival = (typeof ARRIVAL)[keyof typeof ARRIVAL];

/** Told of every datagram that is new, whole. */
export interface DatagramKeeper {
  /** It is `[at, end)` of `bytes`; its messages have yet to be handed on. */
  arrived(bytes: Buffer, at: number, end: number): Arrival;
  /** The messages of all that have arrived have been handed on. */
  settle(): void;
}

export interface DataReaderParts {
  readonly owner: DataOwner;
  readonly epoch: Epoch;
  readonly codec: Codec;
  readonly receiver: Receiver;
  readonly tracker: DatagramTracker;
  readonly counters: ClientCounters;
  readonly watch?: DataWatch | undefined;
  readonly keeper?: DatagramKeeper | undefined;
}

/** Takes DATA of one stream in, numbers first, and hands its messages on. */
export class DataReader {
  readonly #parts: DataReaderParts;
  readonly #scan: DatagramScan;
  /** Of the last datagram. */
  #arrival: Arrival = ARRIVAL.inTime;
  /** How far the number of the last datagram lay ahead; −1 for a duplicate. */
  #ahead = 0;

  constructor(parts: DataReaderParts) {
    this.#parts = parts;
    this.#scan = new DatagramScan(parts.receiver);
  }

  /** A DATA datagram of the stream, of any number; false when it makes no sense. */
  one(bytes: Buffer, arrivedAt: number): boolean {
    const { owner, receiver } = this.#parts;
    // Read once: where the compiler does not inline the call, what it returns is a new number on
    // the heap.
    const sendTime = sendTimeOf(bytes);
    this.arrived(bytes, 0, bytes.length);
    owner.onData(sendTime);
    receiver.begin(bytes, sendTime, arrivedAt);
    if (this.#ahead === 0 && (this.#arrival === ARRIVAL.overdue || this.#isOverdue(bytes)))
      receiver.overdue?.();
    const sound = this.#messages(bytes, 0, bytes.length);
    receiver.end();
    this.#parts.keeper?.settle();
    return sound;
  }

  /**
   * Of several datagrams that came in one read, each but the last of `each` bytes: hands on as one
   * read what begins at `at` and has been sent at once, as long as it is DATA and the next in
   * order, so that nothing is to be found out about any of them. Returns where that ends: `at` when
   * the first is something else. What makes no sense is counted.
   */
  many(bytes: Buffer, at: number, each: number, arrivedAt: number): number {
    if (!this.#isNext(bytes, at, Math.min(at + each, bytes.length))) return at;
    const { owner, receiver, counters } = this.#parts;
    const sendTime = sendTimeOf(bytes, at);
    let from = at;
    let end = Math.min(at + each, bytes.length);
    this.arrived(bytes, from, end);
    receiver.begin(bytes, sendTime, arrivedAt);
    let flags = 0;
    while (true) {
      flags |= flagsOf(bytes, from);
      owner.onData(sendTime);
      if (!this.#messages(bytes, from, end)) counters.malformed += 1;
      from = end;
      end = Math.min(from + each, bytes.length);
      if (owner.ended || !this.#isNext(bytes, from, end)) break;
      if (sendTimeOf(bytes, from) !== sendTime) break;
      this.arrived(bytes, from, end);
    }
    receiver.end();
    this.#parts.keeper?.settle();
    if ((flags & FLAG.report) !== 0 && !owner.ended) owner.onAsked();
    return from;
  }

  /**
   * Counts a datagram that has a `dseq` of its own; false when it is a duplicate, or was brought
   * back before.
   */
  arrived(bytes: Buffer, at: number, end: number): boolean {
    const { counters, tracker, keeper } = this.#parts;
    counters.reads += 1;
    counters.bytes += end - at;
    const { highest } = tracker;
    const isNew = tracker.arrived(dseqOf(bytes, at));
    this.#ahead = isNew ? tracker.highest - highest : -1;
    if (keeper === undefined || !isNew) return isNew;
    this.#arrival = keeper.arrived(bytes, at, end);
    return this.#arrival !== ARRIVAL.repaired;
  }

  /** A REPAIR, which has no number: hands its messages on; false when it makes no sense. */
  repair(bytes: Buffer, arrivedAt: number, isOverdue = this.#isOverdue(bytes)): boolean {
    const { counters } = this.#parts;
    counters.reads += 1;
    counters.bytes += bytes.length;
    return this.rebuilt(bytes, arrivedAt, isOverdue);
  }

  /** The same of DATA that was rebuilt, and never read. */
  rebuilt(bytes: Buffer, arrivedAt: number, isOverdue: boolean): boolean {
    const { receiver, codec } = this.#parts;
    receiver.begin(bytes, sendTimeOf(bytes), arrivedAt);
    if (isOverdue) receiver.overdue?.();
    const sound = this.#scan.run(codec, bytes, 0, bytes.length);
    receiver.end();
    return sound;
  }

  /** Sequence number of the message handed on last. */
  get lastSeq(): number {
    return this.#scan.lastSeq;
  }

  /** LAGGED has come, which says that `[from, to)` was skipped. */
  skipped(from: number, to: number): void {
    if (this.#ahead >= 0) this.#parts.watch?.took(this.#ahead, from, to, 0);
  }

  #messages(bytes: Buffer, at: number, end: number): boolean {
    const { codec, counters, watch } = this.#parts;
    const sound = this.#scan.run(codec, bytes, at, end);
    const { count } = this.#scan;
    if (count > counters.mostInDatagram) counters.mostInDatagram = count;
    if (watch !== undefined && sound && count > 0 && this.#ahead >= 0)
      watch.took(this.#ahead, seqOf(bytes, at), this.#scan.lastSeq + 1, count);
    return sound;
  }

  #isOverdue(bytes: Buffer): boolean {
    const seq = seqOf(bytes);
    return this.#parts.watch?.isOverdue(seq, seq + countOf(bytes)) === true;
  }

  #isNext(bytes: Buffer, at: number, end: number): boolean {
    const { epoch, tracker } = this.#parts;
    return (
      packetType(bytes, at, end) === PACKET.data &&
      hasEpoch(bytes, epoch, at) &&
      tracker.isNext(dseqOf(bytes, at))
    );
  }
}
