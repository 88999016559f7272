import type { Codec, Decoded, ScanVisitor } from '../../src/codecs/codec.js';
import type { ControlMessage, Message } from '../../src/core/message.js';

/**
 * Bytes and messages remembered: some flushes' worth, so that it stays in the cache of the
 * processor.
 */
const MEMORY_BYTES = 1024 * 1024;
const MEMORY_MESSAGES = 16_384;

/**
 * A codec for the subscribers of one process, who all receive the same bytes: the first one scans
 * them, the others' are compared by `memcmp` and scanned only where they differ. Remembered is one
 * stretch of contiguous messages, which begins anew when it is full or a message is missing in it.
 */
export class SharedScan implements Codec {
  readonly name: string;
  readonly maxMessageBytes: number;
  readonly #codec: Codec;
  readonly #memory = Buffer.allocUnsafeSlow(MEMORY_BYTES);
  /** Where each remembered message begins in the memory, and where the last one ends. */
  readonly #offsets = new Int32Array(MEMORY_MESSAGES + 1);
  #first = 0;
  #count = 0;
  readonly #learner: Learner;

  constructor(codec: Codec) {
    this.#codec = codec;
    this.name = codec.name;
    this.maxMessageBytes = codec.maxMessageBytes;
    this.#learner = new Learner((seq, bytes, start, end) => this.#learn(seq, bytes, start, end));
  }

  encode(message: Message, into: Buffer, offset: number): number {
    return this.#codec.encode(message, into, offset);
  }

  encodeControl(control: ControlMessage, into: Buffer, offset: number): number {
    return this.#codec.encodeControl(control, into, offset);
  }

  decode(bytes: Buffer, start: number, end: number): Decoded | undefined {
    return this.#codec.decode(bytes, start, end);
  }

  seqAt(bytes: Buffer, start: number, end: number): number {
    return this.#codec.seqAt(bytes, start, end);
  }

  timeAt(bytes: Buffer, start: number, end: number): number {
    return this.#codec.timeAt(bytes, start, end);
  }

  scan(bytes: Buffer, start: number, end: number, visitor: ScanVisitor): number {
    const at = this.#recall(bytes, start, end, visitor);
    if (at === end) return at;
    return this.#codec.scan(bytes, at, end, this.#learner.of(bytes, visitor));
  }

  /**
   * Visits the messages that begin `[start, end)` as far as they are remembered; returns the offset
   * after them.
   */
  #recall(bytes: Buffer, start: number, end: number, visitor: ScanVisitor): number {
    const offsets = this.#offsets;
    const from = this.#codec.seqAt(bytes, start, end) - this.#first;
    if (!(from >= 0 && from < this.#count)) return start;
    const begin = offsets[from] as number;
    const length = Math.min(end - start, (offsets[this.#count] as number) - begin);
    if (this.#memory.compare(bytes, start, start + length, begin, begin + length) !== 0)
      return start;
    const to = this.#wholeUpTo(from, begin + length);
    const shift = start - begin;
    for (let i = from; i < to; i++) {
      visitor.message(
        this.#first + i,
        (offsets[i] as number) + shift,
        (offsets[i + 1] as number) + shift,
      );
    }
    return (offsets[to] as number) + shift;
  }

  /**
   * The first message after `from` (or `from` itself) that does not end at or before `end` in the
   * memory.
   */
  #wholeUpTo(from: number, end: number): number {
    const offsets = this.#offsets;
    let low = from;
    let high = this.#count;
    if (offsets[high] === end) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((offsets[middle] as number) <= end) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #learn(seq: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    const next = this.#first + this.#count;
    // Behind the stretch: the snapshot, a replay, somebody slow.
    if (seq < next || length > MEMORY_BYTES) return;
    if (seq > next || this.#count === MEMORY_MESSAGES || this.#end + length > MEMORY_BYTES) {
      this.#first = seq;
      this.#count = 0;
    }
    bytes.copy(this.#memory, this.#end, start, end);
    this.#count += 1;
    this.#offsets[this.#count] = (this.#offsets[this.#count - 1] as number) + length;
  }

  get #end(): number {
    return this.#offsets[this.#count] as number;
  }
}

/** Hands on what is found, and has it remembered. One object for all scans. */
class Learner implements ScanVisitor {
  readonly #learn: (seq: number, bytes: Buffer, start: number, end: number) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #visitor: ScanVisitor | undefined;

  constructor(learn: (seq: number, bytes: Buffer, start: number, end: number) => void) {
    this.#learn = learn;
  }

  of(bytes: Buffer, visitor: ScanVisitor): this {
    this.#bytes = bytes;
    this.#visitor = visitor;
    return this;
  }

  message(seq: number, start: number, end: number): void {
    this.#learn(seq, this.#bytes, start, end);
    this.#visitor?.message(seq, start, end);
  }

  control(start: number, end: number): void {
    this.#visitor?.control(start, end);
  }
}
