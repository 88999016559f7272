import type { Codec, ScanVisitor } from '../../codecs/codec.js';
import type { Receiver } from '../transport.js';
import { countOf, HEADER_BYTES, paddingOf, seqOf } from './wire.js';

/** Hands the messages of one datagram on, and checks that they are what the header says. */
export class DatagramScan implements ScanVisitor {
  readonly #receiver: Receiver;
  #count = 0;
  #firstSeq = 0;
  #lastSeq = 0;
  #sound = true;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /** Messages of the last one, as far as it made sense. */
  get count(): number {
    return this.#count;
  }

  /** Sequence number of its last message. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * The datagram `[at, end)` of `bytes`. One pass, since UDP's checksum guards the bytes already:
   * the messages before a fault have been handed on when it is found. Returns whether what stands
   * before the padding is exactly the messages that the header announces.
   */
  run(codec: Codec, bytes: Buffer, at: number, end: number): boolean {
    this.#count = 0;
    this.#sound = true;
    this.#firstSeq = seqOf(bytes, at);
    const payload = at + HEADER_BYTES;
    const payloadEnd = end - paddingOf(bytes, at);
    if (payloadEnd < payload) return false;
    try {
      const scanned = codec.scan(bytes, payload, payloadEnd, this, this.#firstSeq);
      return this.#sound && scanned === payloadEnd && this.#count === countOf(bytes, at);
    } catch {
      return false;
    }
  }

  message(seq: number, start: number, end: number): void {
    if (this.#count === 0 && seq !== this.#firstSeq) this.#sound = false;
    this.#count += 1;
    this.#lastSeq = seq;
    this.#receiver.message(seq, start, end);
  }

  messageRun(seq: number, count: number, start: number, end: number): boolean {
    if (this.#receiver.messageRun?.(seq, count, start, end) !== true) return false;
    if (this.#count === 0 && seq !== this.#firstSeq) this.#sound = false;
    this.#count += count;
    this.#lastSeq = seq + count - 1;
    return true;
  }

  /** Control messages have packets of their own. */
  control(): void {
    this.#sound = false;
  }
}
