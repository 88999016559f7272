/** A piece of memory that messages are encoded into, one behind the other. */
export interface Chunk {
  readonly buffer: Buffer;
  /** Absolute offset of the chunk's first byte. */
  readonly base: number;
  used: number;
}

/**
 * The memory of an encoded log: chunks in order of their absolute offsets. A chunk is never used
 * again for something else, so that views of it stay valid; it is let go of as a whole.
 */
export class ChunkList {
  readonly #chunks: Chunk[] = [];

  /** The one that is written to. */
  get last(): Chunk | undefined {
    return this.#chunks.at(-1);
  }

  /** Begins a new chunk, whose first byte is at the absolute offset `base`. */
  grow(bytes: number, base: number): Chunk {
    // An empty chunk is one that a refused message left behind: replace it.
    if (this.last?.used === 0) this.#chunks.pop();
    const chunk: Chunk = { buffer: Buffer.allocUnsafeSlow(bytes), base, used: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }

  /** The chunk that holds the byte at an absolute offset. */
  at(offset: number): Chunk {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#chunks[middle] as Chunk).base <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#chunks[low] as Chunk;
  }

  /** Lets go of the chunks that end at or before an absolute offset, but for the last. */
  dropBefore(offset: number): void {
    while (this.#chunks.length > 1 && endOf(this.#chunks[0] as Chunk) <= offset)
      this.#chunks.shift();
  }

  /** Nothing more will be written: gives back the memory that is not used. */
  seal(): void {
    const last = this.#chunks.pop();
    if (last === undefined) return;
    if (last.used > 0) this.#chunks.push({ ...last, buffer: exactly(last.buffer, last.used) });
    // Else it was taken for a message that did not come; the one before may be larger than its use.
    else this.seal();
  }
}

/** Absolute offset behind what a chunk holds. */
export function endOf(chunk: Chunk): number {
  return chunk.base + chunk.used;
}

/** A copy without the room behind it. */
function exactly(buffer: Buffer, bytes: number): Buffer {
  if (bytes === buffer.length) return buffer;
  const copy = Buffer.allocUnsafeSlow(bytes);
  buffer.copy(copy, 0, 0, bytes);
  return copy;
}
