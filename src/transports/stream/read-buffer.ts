/** Bytes the kernel may deliver in one read. */
const READ_BYTES = 256 * 1024;

/**
 * Where a connection's reads land, with room in front for the partial message that the read before
 * left over, so that scanning always sees whole messages in one piece and copies only the tail.
 *
 * On POSIX systems a read happens in the same breath as its callback, so all connections share one
 * buffer: 1,000 subscribers cost no more than one. On Windows reads are posted ahead, and each
 * connection gets its own.
 */
export class ReadBuffer {
  readonly buffer: Buffer;
  /** The part the kernel fills. */
  readonly area: Buffer;
  readonly #headroom: number;
  #tail: Buffer = EMPTY;
  #tailLength = 0;

  constructor(maxMessageBytes: number) {
    this.#headroom = maxMessageBytes;
    const memory =
      process.platform === 'win32' ? newMemory(maxMessageBytes) : shared(maxMessageBytes);
    this.buffer = memory.buffer;
    this.area = memory.area;
  }

  /** After a read of `length` bytes: the range to scan, leftover first. */
  filled(length: number): {
    readonly buffer: Buffer;
    readonly start: number;
    readonly end: number;
  } {
    const start = this.#headroom - this.#tailLength;
    if (this.#tailLength > 0) this.#tail.copy(this.buffer, start, 0, this.#tailLength);
    return { buffer: this.buffer, start, end: this.#headroom + length };
  }

  /**
   * Keeps `[from, end)`, the beginning of a message whose rest is still to come: at most
   * `maxMessageBytes` long.
   */
  keep(from: number, end: number): void {
    const length = end - from;
    if (length > this.#tail.length)
      this.#tail = Buffer.allocUnsafeSlow(Math.max(256, 2 ** Math.ceil(Math.log2(length))));
    this.buffer.copy(this.#tail, 0, from, end);
    this.#tailLength = length;
  }
}

const EMPTY = Buffer.alloc(0);
type Memory = Readonly<Pick<ReadBuffer, 'buffer' | 'area'>>;

const sharedMemories = new Map<number, Memory>();

function newMemory(headroom: number): Memory {
  const buffer = Buffer.allocUnsafeSlow(headroom + READ_BYTES);
  return { buffer, area: buffer.subarray(headroom) };
}

/** The same objects for all: who reads into the area finds its address only once. */
function shared(headroom: number): Memory {
  let memory = sharedMemories.get(headroom);
  if (memory === undefined) {
    memory = newMemory(headroom);
    sharedMemories.set(headroom, memory);
  }
  return memory;
}
