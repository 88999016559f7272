import type { MessageEncoder } from '../core/encoder.js';
import type { ControlMessage, Message } from '../core/message.js';

/**
 * A codec turns messages into bytes and back. The bytes are **self-delimiting**: any concatenation
 * of encoded messages can be split again without a length prefix, so every transport carries the
 * same bytes.
 *
 * To add one: a file in this folder that exports a `Codec`, one line in `registry.ts`, and its name
 * in the conformance test; `test/conformance/codec-kit.ts` then holds it to the laws below.
 *
 * Laws:
 * - `decode(encode(m)) = m` for every message within the limits, and for every control message.
 * - `scan` visits exactly the items that repeated `decode` would give, in order, and stops before a
 *   partial tail.
 * - Splitting the bytes at any point changes nothing but where the tail begins.
 * - Garbage gives LAB_ERR_MALFORMED, an oversized message LAB_ERR_MESSAGE_TOO_LARGE — as soon as it
 *   can be known, even while the message is still incomplete. Never a hang, never an unbounded
 *   buffer.
 */
export interface Codec extends MessageEncoder {
  /**
   * True when whatever it writes is UTF-8 text: a WebSocket then carries it in text frames. Absent:
   * bytes.
   */
  readonly text?: boolean;

  /**
   * Decodes the item that starts at `start`, reading no byte at or after `end`.
   * Returns undefined when the bytes up to `end` hold only a part of it.
   * @throws LAB_ERR_MALFORMED, LAB_ERR_MESSAGE_TOO_LARGE
   */
  decode(bytes: Buffer, start: number, end: number): Decoded | undefined;

  /**
   * Walks the whole items in `bytes[start, end)` **without allocating** for messages in this
   * codec's own canonical form; a foreign but legal form may take a slower path. Returns the offset
   * after the last whole item. `firstSeq`: what the sequence number of the first message is said to
   * be, a hint that may be wrong; absent or 0 = not said.
   * @throws LAB_ERR_MALFORMED, LAB_ERR_MESSAGE_TOO_LARGE
   */
  scan(bytes: Buffer, start: number, end: number, visitor: ScanVisitor, firstSeq?: number): number;

  /**
   * Sequence number of the canonical message that begins at `start`; 0 when none does, or its head
   * is incomplete.
   */
  seqAt(bytes: Buffer, start: number, end: number): number;

  /**
   * Publishing time (µs since the epoch) of the message that `scan` found in `[start, end)`. Few of
   * those who scan want it of each.
   */
  timeAt(bytes: Buffer, start: number, end: number): number;
}

export interface Decoded {
  readonly item: Message | ControlMessage;
  /** Offset after the item. */
  readonly end: number;
}

/**
 * Receives what `scan` finds. `[start, end)` is the item's byte range in the scanned buffer. The
 * time of a message is not handed over: above 2^31 it would be a heap number, allocated for every
 * message; `timeAt` gives it.
 */
export interface ScanVisitor {
  message(seq: number, start: number, end: number): void;
  /**
   * Instead of `message` for each of `count` messages, numbered from `seq` on, that lie one behind
   * the other in `[start, end)`; false when each is wanted by itself. Only called by scans that
   * know what they will find.
   */
  messageRun?(seq: number, count: number, start: number, end: number): boolean;
  /** A control message; `decode(bytes, start, end)` gives it. */
  control(start: number, end: number): void;
}

export interface CodecOptions {
  /** Default 1 MiB (1,048,576 bytes). */
  readonly maxMessageBytes?: number;
}

export type CodecFactory = (options?: CodecOptions) => Codec;
