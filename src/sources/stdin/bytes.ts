import type { SourceItem } from '../source.js';
import type { ItemParser } from './stream-source.js';

const KEY = 'bytes';
const NOTHING = Buffer.alloc(0);

/**
 * A stream of bytes in pieces of `chunkBytes`: the values in their order, put together, are the
 * stream. Every multiple of `chunkBytes` is the end of a piece; when the input pauses, what is
 * there goes out as a shorter piece, and the next one ends where the whole one would have: packets
 * of a size that divides `chunkBytes` stay whole if they are written whole.
 */
export class ChunkParser implements ItemParser {
  readonly skipped = 0;
  readonly #chunkBytes: number;
  #bytes: Buffer = NOTHING;
  /** Bytes to the next multiple. */
  #room: number;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.#room = chunkBytes;
  }

  push(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  next(): SourceItem | undefined {
    return this.#bytes.length < this.#room ? undefined : this.#cut(this.#room);
  }

  rest(): SourceItem | undefined {
    return this.#bytes.length === 0 ? undefined : this.#cut(this.#bytes.length);
  }

  #cut(length: number): SourceItem {
    // A copy: a message is kept for as long as it can be asked for again, and would keep all that
    // was read with it.
    const value = Buffer.from(this.#bytes.subarray(0, length));
    this.#bytes = this.#bytes.subarray(length);
    this.#room = length === this.#room ? this.#chunkBytes : this.#room - length;
    return { key: KEY, value };
  }
}
