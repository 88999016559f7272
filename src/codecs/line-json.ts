/**
 * line-json: one JSON object per line (NDJSON), readable by any JSON reader:
 *
 *     {"seq":1,"time":1795287600123456,"key":"AAPL","value":{"price":219.68,"volume":100}}\n
 *     {"seq":2,"time":1795287600123457,"key":"blob","value":"3q2+7w==","encoding":"base64"}\n
 *     {"control":"heartbeat","next":3}\n
 *
 * Exactly these members in this order is the canonical form, the only one written. Read as well:
 * any other order, white space inside the line (so `\r\n` too, as CR is JSON white space), unknown
 * members. Refused: empty lines, lines that do not begin with `{`, text that is not UTF-8, values
 * outside `value.ts`.
 */
import { isUtf8 } from 'node:buffer';
import type { ControlMessage, Message, MessageValue } from '../core/message.js';
import type { Codec, CodecOptions, Decoded, ScanVisitor } from './codec.js';
import { assertMessage, controlFirst, messageOf, type RawItem, toItem } from './item.js';
import { malformed, maxMessageBytesOf, tooLarge } from './limits.js';
import { head, NOT_CANONICAL, readHead } from './line-json-head.js';
import { problemOf } from './value.js';

const NAME = 'line-json';
const NEWLINE = 0x0a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

class LineJson implements Codec {
  readonly name = NAME;
  readonly text = true;
  readonly maxMessageBytes: number;

  constructor(options: CodecOptions) {
    this.maxMessageBytes = maxMessageBytesOf(options);
  }

  encode(message: Message, into: Buffer, offset: number): number {
    assertMessage(message);
    const { seq, time, key, value } = message;
    const tail =
      value instanceof Uint8Array
        ? `"${base64Of(value)}","encoding":"base64"}\n`
        : `${JSON.stringify(value)}}\n`;
    return this.#write(
      `{"seq":${seq},"time":${time},"key":${JSON.stringify(key)},"value":${tail}`,
      into,
      offset,
    );
  }

  encodeControl(control: ControlMessage, into: Buffer, offset: number): number {
    return this.#write(`${JSON.stringify(controlFirst(control))}\n`, into, offset);
  }

  #write(line: string, into: Buffer, offset: number): number {
    const room = into.length - offset;
    // UTF-8 takes one to three bytes per UTF-16 unit: most lines need no exact count before they
    // are written.
    if (line.length * 3 > Math.min(room, this.maxMessageBytes)) {
      const bytes = Buffer.byteLength(line);
      if (bytes > this.maxMessageBytes) throw tooLarge(NAME, bytes, this.maxMessageBytes);
      if (bytes > room) return -1;
    }
    return offset + into.write(line, offset);
  }

  decode(bytes: Buffer, start: number, end: number): Decoded | undefined {
    const newline = this.#newline(upTo(bytes, end), start, end);
    return newline < 0 ? undefined : { item: parseLine(bytes, start, newline), end: newline + 1 };
  }

  /**
   * Looks at the head of a canonical line and for its end, not into its value: only `decode`
   * refuses a bad value.
   */
  scan(bytes: Buffer, start: number, end: number, visitor: ScanVisitor): number {
    const view = upTo(bytes, end);
    let at = start;
    while (at < end) {
      const newline = this.#newline(view, at, end);
      if (newline < 0) return at;
      if (readHead(view, at, newline) !== NOT_CANONICAL && view[newline - 1] === CLOSE_BRACE) {
        visitor.message(head.seq, at, newline + 1);
      } else {
        const item = parseLine(view, at, newline);
        if ('control' in item) visitor.control(at, newline + 1);
        else visitor.message(item.seq, at, newline + 1);
      }
      at = newline + 1;
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

  /** Offset of the `\n` that ends the line at `start`, or −1 while the line is incomplete. */
  #newline(view: Buffer, start: number, end: number): number {
    if (start >= end) return -1;
    if (view[start] !== OPEN_BRACE) {
      throw malformed(NAME, `a line begins with byte 0x${hex(view[start])}, not with "{"`);
    }
    const newline = view.indexOf(NEWLINE, start);
    const length = (newline < 0 ? end : newline) + 1 - start;
    if (length > this.maxMessageBytes) throw tooLarge(NAME, length, this.maxMessageBytes);
    return newline;
  }
}

/** Same offsets, but nothing at or after `end` can be read. */
function upTo(bytes: Buffer, end: number): Buffer {
  return end === bytes.length ? bytes : bytes.subarray(0, end);
}

function hex(byte: number | undefined): string {
  return (byte ?? 0).toString(16).padStart(2, '0');
}

function parseLine(bytes: Buffer, start: number, newline: number): Message | ControlMessage {
  const text = bytes.toString('utf8', start, newline);
  // toString replaces what is not UTF-8 by U+FFFD; only when one is there must it be told from a
  // genuine one.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, newline))) {
    throw malformed(NAME, 'a line is not UTF-8');
  }
  const raw = parseObject(text);
  const item = toItem(NAME, raw, readValue(raw));
  // With duplicate members JSON.parse keeps the last, the head holds the first: scan and decode
  // must agree.
  if (!('control' in item) && readHead(bytes, start, newline) !== NOT_CANONICAL) {
    if (item.seq !== head.seq || item.time !== head.time)
      throw malformed(NAME, 'seq or time stands twice');
  }
  return item;
}

/** The line begins with `{`, so what JSON.parse returns is an object. */
function parseObject(text: string): RawItem {
  try {
    return JSON.parse(text) as RawItem;
  } catch (error) {
    throw malformed(
      NAME,
      `a line is not JSON: ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`,
      error,
    );
  }
}

function readValue(raw: RawItem): MessageValue | undefined {
  const { control, value, encoding } = raw;
  if (control !== undefined || value === undefined) return undefined;
  if (encoding !== undefined) return bytesOf(value, encoding);
  const problem = problemOf(value);
  if (problem !== undefined) throw malformed(NAME, `value: ${problem}`);
  return value as MessageValue;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function bytesOf(value: unknown, encoding: unknown): Uint8Array {
  if (encoding !== 'base64' || typeof value !== 'string') {
    throw malformed(
      NAME,
      `value is not a string in the encoding "base64" but in ${JSON.stringify(encoding)}`,
    );
  }
  const bytes = Buffer.from(value, 'base64');
  // Buffer.from skips what is not base64, which would shorten the value in silence.
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  if (value.length % 4 !== 0 || bytes.length !== (value.length / 4) * 3 - padding) {
    throw malformed(NAME, 'value is not base64');
  }
  return bytes;
}

/** @throws LAB_ERR_BAD_VALUE when maxMessageBytes is out of range */
export function lineJson(options: CodecOptions = {}): Codec {
  return new LineJson(options);
}
