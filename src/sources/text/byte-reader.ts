import type { Readable } from 'node:stream';
import { LabError } from '../../errors.js';

/**
 * Takes bytes from a stream when somebody wants them, and never before: beyond what the stream
 * itself reads ahead (its `highWaterMark`) nothing is buffered, so a producer that is too fast
 * waits in its own pipe.
 */
export class ByteReader {
  readonly #what: string;
  readonly #open: () => Readable;
  #stream: Readable | undefined;
  #failure: LabError | undefined;
  #ended = false;
  #closed = false;
  #waiting: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  /**
   * `what` begins the messages of errors. The stream is opened with the first read: one that is
   * never read stays untouched.
   */
  constructor(what: string, open: () => Readable) {
    this.#what = what;
    this.#open = open;
  }

  /** True when nothing more will come: the input is over, has failed, or was closed here. */
  get ended(): boolean {
    return this.#ended || this.#closed || this.#failure !== undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * LAB_ERR_SOURCE_UNREADABLE or LAB_ERR_SOURCE_MALFORMED when the input broke off: what was read
   * before is whole.
   */
  get failure(): LabError | undefined {
    return this.#failure;
  }

  /** What is there now, or undefined. */
  read(): Buffer | undefined {
    if (this.ended) return undefined;
    if (this.#stream === undefined) this.#attach();
    const stream = this.#stream;
    const chunk: unknown = this.ended ? null : stream?.read();
    if (chunk === null || stream === undefined) return undefined;
    if (chunk instanceof Uint8Array)
      return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (typeof chunk === 'string') return Buffer.from(chunk, stream.readableEncoding ?? 'utf8');
    this.#fail('LAB_ERR_SOURCE_MALFORMED', `gives a ${typeof chunk} where bytes should be`);
    return undefined;
  }

  /** Resolves when `read` may have something, or the input has ended. */
  ready(): Promise<void> {
    if (this.ended) return Promise.resolve();
    this.#waiting ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#waiting;
  }

  /** Lets go of the stream; whoever waits is woken. Safe to call twice. */
  close(): void {
    this.#closed = true;
    this.#notify();
    this.#stream?.destroy();
  }

  /**
   * The listeners stay for good: an error after `close` would otherwise have none, and end the
   * process.
   */
  #attach(): void {
    let stream: Readable;
    try {
      stream = this.#open();
    } catch (error) {
      this.#broken(error);
      return;
    }
    this.#stream = stream;
    if (stream.readableEnded) this.#ended = true;
    else if (stream.destroyed) this.#broken(stream.errored);
    stream.on('readable', () => this.#notify());
    stream.on('end', () => {
      this.#ended = true;
      this.#notify();
    });
    stream.on('error', (error) => this.#broken(error));
    stream.on('close', () => this.#broken(stream.errored));
  }

  #broken(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'it was closed before its end';
    this.#fail('LAB_ERR_SOURCE_UNREADABLE', `cannot be read: ${reason}`, error);
  }

  #fail(
    code: 'LAB_ERR_SOURCE_UNREADABLE' | 'LAB_ERR_SOURCE_MALFORMED',
    problem: string,
    cause?: unknown,
  ): void {
    if (this.ended) return;
    this.#failure = new LabError(code, `${this.#what} ${problem}`, {
      option: 'source',
      hint: 'look at the program that writes it; what came before was read whole',
      cause: cause ?? undefined,
    });
    this.#notify();
    this.#stream?.destroy();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
    this.#waiting = undefined;
  }
}
