import type { Slice } from '../../core/log/slice.js';
import { frame, header } from './frame.js';

/**
 * Up to this size header and slice are joined to one buffer, and one write costs what it costs over
 * TCP. Above it the copy costs more than a second element in the write; and slow subscribers, each
 * with another slice in its queue, share the log's memory.
 */
const JOINED_BYTES = 16 * 1024;

/**
 * A slice as one frame: `head` is all of it, or the header that `body`, the slice's own bytes,
 * follows.
 */
export interface SliceFrame {
  readonly head: Buffer;
  readonly body: Buffer | undefined;
  /** Bytes on the wire, header included. */
  readonly bytes: number;
}

/**
 * Frames of slices, each made once: what a server sends is not masked, so all subscribers at one
 * position are sent the very same bytes. A frame lives as long as its slice, which the log forgets
 * with the next message.
 */
export class FrameCache {
  readonly #opcode: number;
  readonly #frames = new WeakMap<Slice, SliceFrame>();
  // Nearly always the one asked for: a flush goes from subscriber to subscriber at the same
  // position.
  #lastSlice: Slice | undefined;
  #last: SliceFrame | undefined;

  constructor(opcode: number) {
    this.#opcode = opcode;
  }

  of(slice: Slice): SliceFrame {
    if (slice === this.#lastSlice && this.#last !== undefined) return this.#last;
    let found = this.#frames.get(slice);
    if (found === undefined) {
      found = frameOf(slice.bytes, this.#opcode);
      this.#frames.set(slice, found);
    }
    this.#lastSlice = slice;
    this.#last = found;
    return found;
  }
}

function frameOf(bytes: Buffer, opcode: number): SliceFrame {
  if (bytes.length <= JOINED_BYTES) {
    const whole = frame(opcode, bytes);
    return { head: whole, body: undefined, bytes: whole.length };
  }
  const head = header(opcode, bytes.length);
  return { head, body: bytes, bytes: head.length + bytes.length };
}
