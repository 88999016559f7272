/**
 * msgpack: each item is one plain MessagePack map, readable by any MessagePack library:
 *
 *     84  a3 "seq" <smallest uint>  a4 "time" cf <8 bytes>  a3 "key" <str>  a5 "value" <any value>
 *     82  a7 "control" a9 "heartbeat"  a4 "next" <number>
 *
 * Exactly these members in this order is the canonical form, the only one written; the format byte
 * of `time` is always uint64, so every message of a feed has it at the same place. Bytes are a
 * native bin. Read as well: any other order, number format or map header, and unknown members.
 * Refused: extensions, maps with keys that are not strings, strings that are not UTF-8, values
 * outside `value.ts`.
 */
import { Packr } from 'msgpackr';
import type { ControlMessage, Message, MessageValue } from '../core/message.js';
import type { Codec, CodecOptions, Decoded, ScanVisitor } from './codec.js';
import { assertMessage, controlFirst, messageOf, toItem } from './item.js';
import { malformed, maxMessageBytesOf, tooLarge } from './limits.js';
import { head, headLength, NOT_CANONICAL, readHead, writeHead } from './msgpack-head.js';
import { ItemReader } from './msgpack-read.js';
import { PARTIAL, skipValue } from './msgpack-skip.js';

const NAME = 'msgpack';
/**
 * msgpackr: hand out its own buffer and write over it the next time. Its bytes are copied before
 * that.
 */
const RESET_BUFFER_MODE = 1024;

class Msgpack implements Codec {
  readonly name = NAME;
  readonly maxMessageBytes: number;
  readonly #reader = new ItemReader();
  // Plain maps with the shortest header; no record extension; a data member named toJSON is data.
  readonly #packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false });

  constructor(options: CodecOptions) {
    this.maxMessageBytes = maxMessageBytesOf(options);
  }

  encode(message: Message, into: Buffer, offset: number): number {
    assertMessage(message);
    const { seq, time, key, value } = message;
    const body = this.#packr.pack(value, RESET_BUFFER_MODE);
    const keyBytes = Buffer.byteLength(key);
    if (!this.#fits(headLength(seq, keyBytes) + body.length, into, offset)) return -1;
    const at = writeHead(into, offset, seq, time, key, keyBytes);
    into.set(body, at);
    return at + body.length;
  }

  encodeControl(control: ControlMessage, into: Buffer, offset: number): number {
    const body = this.#packr.pack(controlFirst(control), RESET_BUFFER_MODE);
    if (!this.#fits(body.length, into, offset)) return -1;
    into.set(body, offset);
    return offset + body.length;
  }

  #fits(length: number, into: Buffer, offset: number): boolean {
    if (length > this.maxMessageBytes) throw tooLarge(NAME, length, this.maxMessageBytes);
    return length <= into.length - offset;
  }

  decode(bytes: Buffer, start: number, end: number): Decoded | undefined {
    if (start >= end) return undefined;
    assertMap(bytes[start]!);
    const after = this.#skip(bytes, start, start, end);
    if (after === PARTIAL) return undefined;
    const raw = this.#reader.readItem(bytes, start);
    return { item: toItem(NAME, raw, raw.value as MessageValue | undefined), end: after };
  }

  /**
   * Looks at the head of a canonical message and for its end, not into its value: only `decode`
   * refuses a bad value.
   */
  scan(bytes: Buffer, start: number, end: number, visitor: ScanVisitor): number {
    let at = start;
    while (at < end) {
      const valueAt = readHead(bytes, at, end);
      if (valueAt !== NOT_CANONICAL) {
        const after = this.#skip(bytes, valueAt, at, end);
        if (after === PARTIAL) return at;
        visitor.message(head.seq, at, after);
        at = after;
      } else {
        const decoded = this.decode(bytes, at, end);
        if (decoded === undefined) return at;
        if ('control' in decoded.item) visitor.control(at, decoded.end);
        else visitor.message(decoded.item.seq, at, decoded.end);
        at = decoded.end;
      }
    }
    return at;
  }

  seqAt(bytes: Buffer, start: number, end: number): number {
    return readHead(bytes, start, end) === NOT_CANONICAL ? 0 : head.seq;
  }

  timeAt(bytes: Buffer, start: number, end: number): number {
    if (readHead(bytes, start, end) !== NOT_CANONICAL) return head.time;
    return messageOf(this.decode(bytes, start, end)).time;
  }

  /** Offset after the value at `at` of the message that begins at `start`, or PARTIAL. */
  #skip(bytes: Buffer, at: number, start: number, end: number): number {
    const after = skipValue(bytes, at, end, start, this.maxMessageBytes);
    // Incomplete and yet as long as allowed: whatever comes, it will be too long.
    if (after === PARTIAL && end - start >= this.maxMessageBytes) {
      throw tooLarge(NAME, end - start + 1, this.maxMessageBytes);
    }
    return after;
  }
}

function assertMap(format: number): void {
  if ((format >= 0x80 && format < 0x90) || format === 0xde || format === 0xdf) return;
  throw malformed(
    NAME,
    `a message begins with byte 0x${format.toString(16).padStart(2, '0')}, which is not a map`,
  );
}

/** @throws LAB_ERR_BAD_VALUE when maxMessageBytes is out of range */
export function msgpack(options: CodecOptions = {}): Codec {
  return new Msgpack(options);
}
