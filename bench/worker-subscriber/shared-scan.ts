import type { Codec, Decoded, ScanVisitor } from '../../src/codecs/codec.js';
import type { ControlMessage, Message } from '../../src/core/message.js';
import { MessageMemory } from './message-memory.js';

/**
 * A codec for the subscribers of one process, who all receive the same bytes: the first one scans
 * them, the others' are compared by `memcmp` and scanned only where they differ.
 */
export class SharedScan implements Codec {
  readonly name: string;
  readonly maxMessageBytes: number;
  readonly #codec: Codec;
  readonly #memory = new MessageMemory();
  readonly #learner: Learner;

  constructor(codec: Codec) {
    this.#codec = codec;
    this.name = codec.name;
    this.maxMessageBytes = codec.maxMessageBytes;
    this.#learner = new Learner(this.#memory);
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

  scan(bytes: Buffer, start: number, end: number, visitor: ScanVisitor, firstSeq = 0): number {
    let at = start;
    while (at < end) {
      const seq = at === start && firstSeq > 0 ? firstSeq : this.#codec.seqAt(bytes, at, end);
      const to = this.#memory.visit(seq, bytes, at, end, visitor);
      if (to === at) return this.#codec.scan(bytes, at, end, this.#learner.of(bytes, visitor));
      at = to;
    }
    return at;
  }
}

/** Hands on what is found, and has it remembered. One object for all scans. */
class Learner implements ScanVisitor {
  readonly #memory: MessageMemory;
  #bytes: Buffer = Buffer.alloc(0);
  #visitor: ScanVisitor | undefined;

  constructor(memory: MessageMemory) {
    this.#memory = memory;
  }

  of(bytes: Buffer, visitor: ScanVisitor): this {
    this.#bytes = bytes;
    this.#visitor = visitor;
    return this;
  }

  message(seq: number, start: number, end: number): void {
    this.#memory.add(seq, this.#bytes, start, end);
    this.#visitor?.message(seq, start, end);
  }

  control(start: number, end: number): void {
    this.#visitor?.control(start, end);
  }
}
