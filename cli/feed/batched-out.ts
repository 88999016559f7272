import type { Writable } from 'node:stream';

/** Written in one piece, at the latest when the event loop comes round. */
const BATCH_BYTES = 64 * 1024;

/**
 * Many small pieces into few writes, and no more than the stream takes. Errors are for the stream's
 * own listeners.
 */
export class BatchedOut {
  /** Bytes written so far. */
  bytes = 0;
  readonly #stream: Writable;
  readonly #stop: AbortSignal | undefined;
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  #scheduled = false;
  #drained: Promise<void> | undefined;

  /** After `stop`, nobody waits for a reader that does not read. */
  constructor(stream: Writable, stop?: AbortSignal) {
    this.#stream = stream;
    this.#stop = stop;
  }

  /** The promise, if there is one, must be awaited before writing more: the stream is full. */
  write(piece: Uint8Array): Promise<void> | undefined {
    this.#pieces.push(piece);
    this.#waiting += piece.length;
    if (this.#waiting >= BATCH_BYTES) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
    return this.#drained;
  }

  /** Resolves when everything has left the process, or never will. */
  async finish(): Promise<void> {
    this.#flush();
    if (this.#stream.destroyed) return;
    const written = new Promise<void>((done) => this.#stream.write('', () => done()));
    await (this.#stop === undefined ? written : Promise.race([written, patienceAfter(this.#stop)]));
  }

  #flush(): void {
    if (this.#waiting === 0 || this.#stream.destroyed) return;
    const batch = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#waiting = 0;
    this.bytes += batch.length;
    if (this.#stream.write(batch) || this.#drained !== undefined) return;
    this.#drained = new Promise((resolve) => {
      const settle = (): void => {
        for (const event of SETTLING) this.#stream.off(event, settle);
        this.#stop?.removeEventListener('abort', settle);
        this.#drained = undefined;
        resolve();
      };
      for (const event of SETTLING) this.#stream.on(event, settle);
      this.#stop?.addEventListener('abort', settle);
      if (this.#stop?.aborted === true) settle();
    });
  }
}

const SETTLING = ['drain', 'close', 'error'];

/** How long a reader has, after `stop`, to take what is left. */
const PATIENCE_MS = 500;

function patienceAfter(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const start = (): void => void setTimeout(resolve, PATIENCE_MS).unref();
    if (stop.aborted) start();
    else stop.addEventListener('abort', start, { once: true });
  });
}
