import type { Codec, ScanVisitor } from '../../codecs/codec.js';
import type { Receiver } from '../transport.js';
import { countOf, HEADER_BYTES, paddingOf, seqOf } from './wire.js';

/** Hands the messages of one datagram on, and checks that they are what the header says. */
export class DatagramScan implements ScanVisitor {
  readonly #receiver: Receiver;
  #count = 0;
  #firstSeq = 0;
  #sound = true;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /**
   * One pass, since UDP's checksum guards the bytes already: the messages before a fault have been
   * handed on when it is found. Returns whether what stands before the padding is exactly the
   * messages that the header announces.
   */
  run(codec: Codec, bytes: Buffer): boolean {
    this.#count = 0;
    this.#sound = true;
    this.#firstSeq = seqOf(bytes);
    const payloadEnd = bytes.length - paddingOf(bytes);
    if (payloadEnd < HEADER_BYTES) return false;
    try {
      const end = codec.scan(bytes, HEADER_BYTES, payloadEnd, this);
      return this.#sound && end === payloadEnd && this.#count === countOf(bytes);
    } catch {
      return false;
    }
  }

  message(seq: number, start: number, end: number): void {
    if (this.#count === 0 && seq !== this.#firstSeq) this.#sound = false;
    this.#count += 1;
    this.#receiver.message(seq, start, end);
  }

  /** Control messages have packets of their own. */
  control(): void {
    this.#sound = false;
  }
}
