import { LabError } from '../../errors.js';
import { FIN, LENGTH_16, LENGTH_64, MASKED, MAX_CONTROL_PAYLOAD, OPCODE } from './frame.js';

/** RSV1–3: no extension is ever agreed on. */
const RESERVED_BITS = 0x70;
const OPCODE_BITS = 0x0f;

/**
 * Most bytes of frames, besides a partial item, that `read` leaves to be kept: a control frame of
 * which one byte is missing.
 */
export const MAX_UNDIGESTED = 2 + MAX_CONTROL_PAYLOAD;

export interface FrameVisitor {
  /** Payload of data frames, back to back. Returns where the partial item at its end begins. */
  data(bytes: Buffer, start: number, end: number): number;
  /** A close, ping or pong frame. */
  controlFrame(opcode: number, payload: Buffer): void;
  /** Nothing more is wanted. */
  readonly finished: boolean;
}

/**
 * Reads the frames of a server (RFC 6455 §5) where they landed. To the visitor all data frames
 * together are one stream of items: a frame holds whole items as a rule, and is then handed over in
 * place; an item that goes on in the next frame has the header between taken out. Frames of a
 * message cut anywhere, and control frames among them, make no difference.
 */
export class FrameReader {
  readonly #visitor: FrameVisitor;
  /** Bytes of a partial item, before those that were not digested. */
  #tail = 0;
  /** Payload of the current data frame that is still to come. */
  #left = 0;
  /** A message is under way: its last frame has not come. */
  #fragmented = false;

  constructor(visitor: FrameVisitor) {
    this.#visitor = visitor;
  }

  /**
   * Reads `bytes[start, end)`: what the last call left, then new bytes. Returns where the part to
   * be kept begins; what was handed over may be overwritten. No length is a matter of memory:
   * payload is handed on as it comes.
   * @throws LAB_ERR_PROTOCOL for a frame that is masked or otherwise illegal, and what the visitor
   * throws
   */
  read(bytes: Buffer, start: number, end: number): number {
    // Items not handed over yet: [from, to). Behind them, at `at`, what has not been looked at.
    let from = start;
    let to = start + this.#tail;
    let at = to;
    // An item goes on in another frame. The rest of this read is then joined and handed over at
    // once: the work stays in proportion to the bytes, however small a server cuts its frames.
    let split = false;
    while (at < end && !this.#visitor.finished) {
      if (this.#left === 0) {
        const next = this.#header(bytes, at, end);
        if (next < 0) break;
        at = next;
        continue;
      }
      const length = Math.min(this.#left, end - at);
      const items = to - from;
      if (to !== at && items <= length) {
        // Nothing moves when there is nothing to move: the rule.
        bytes.copyWithin(at - items, from, to);
        from = at - items;
        to = at + length;
      } else {
        if (to !== at) bytes.copyWithin(to, at, at + length);
        to += length;
      }
      at += length;
      this.#left -= length;
      if (split) continue;
      from = this.#visitor.data(bytes, from, to);
      split = from < to;
    }
    if (split && !this.#visitor.finished) from = this.#visitor.data(bytes, from, to);
    this.#tail = to - from;
    if (to !== at) bytes.copyWithin(at - this.#tail, from, to);
    return at - this.#tail;
  }

  /**
   * Reads one header, and a control frame whole. Returns the offset after it, or −1 when more bytes
   * must come first.
   */
  #header(bytes: Buffer, at: number, end: number): number {
    if (end - at < 2) return -1;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const opcode = first & OPCODE_BITS;
    const fin = (first & FIN) !== 0;
    if ((first & RESERVED_BITS) !== 0) refuse(`reserved bits are set: 0x${hex(first)}`);
    if ((second & MASKED) !== 0) refuse('a masked frame: only clients mask');
    if (opcode > OPCODE.pong || (opcode > OPCODE.binary && opcode < OPCODE.close)) {
      refuse(`unknown opcode 0x${hex(opcode)}`);
    }
    if (opcode >= OPCODE.close) {
      if (!fin || second > MAX_CONTROL_PAYLOAD)
        refuse('a control frame in parts, or longer than 125 bytes');
      const next = at + 2 + second;
      if (next > end) return -1;
      this.#visitor.controlFrame(opcode, bytes.subarray(at + 2, next));
      return next;
    }
    if ((opcode === OPCODE.continuation) !== this.#fragmented) {
      refuse(this.#fragmented ? 'a new message inside another' : 'a continuation of nothing');
    }
    const next = at + 2 + extendedBytes(second);
    if (next > end) return -1;
    this.#left = lengthAt(bytes, at + 2, second);
    this.#fragmented = !fin;
    return next;
  }
}

/** Bytes of the length that follow the first two of a header (§5.2). */
function extendedBytes(short: number): number {
  if (short === LENGTH_64) return 8;
  return short === LENGTH_16 ? 2 : 0;
}

function lengthAt(bytes: Buffer, at: number, short: number): number {
  if (short === LENGTH_16) return bytes.readUInt16BE(at);
  if (short !== LENGTH_64) return short;
  const length = bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
  if (length > Number.MAX_SAFE_INTEGER) refuse('a frame longer than 2^53 − 1 bytes');
  return length;
}

function refuse(what: string): never {
  throw new LabError('LAB_ERR_PROTOCOL', `the server sent no WebSocket frame we take: ${what}`);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
