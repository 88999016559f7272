/** The file of `lab record`: whole lines, whatever happens to the disk. */
import { type FileHandle, open } from 'node:fs/promises';
import { synced } from '../files/synced.js';

/** The part of a file that is needed. */
export type RecordingTarget = Pick<FileHandle, 'write' | 'truncate' | 'datasync' | 'close'>;

/** Written in one piece, at the latest when the event loop comes round. */
const BATCH_BYTES = 64 * 1024;
/** What may wait for the disk before the feed has to. */
const MOST_WAITING_BYTES = 4 * BATCH_BYTES;
const NEWLINE = 0x0a;

/**
 * Lines go into the file in order and in large pieces. When no more can be written, because the
 * disk is full or a reader left, the file is cut back to its last whole line, and what is left of
 * it is counted.
 */
export class RecordingFile {
  /** Whole lines in the file, and their bytes. */
  lines = 0;
  bytes = 0;
  readonly #file: Promise<RecordingTarget>;
  readonly #onFailure: (error: Error) => void;
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  /** `onFailure` is called once, when the file cannot be opened or a write fails. */
  constructor(file: Promise<RecordingTarget>, onFailure: (error: Error) => void) {
    this.#file = file;
    this.#onFailure = onFailure;
    file.catch((error) => this.#fail(error as Error));
  }

  static at(path: string, onFailure: (error: Error) => void): RecordingFile {
    return new RecordingFile(open(path, 'w'), onFailure);
  }

  /**
   * Takes a line with its newline. The promise, if there is one, must be awaited before the next.
   */
  write(line: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return undefined;
    this.#pieces.push(line);
    this.#waiting += line.length;
    this.#writing ??= this.#writeAll();
    return this.#waiting >= MOST_WAITING_BYTES ? this.#writing : undefined;
  }

  /**
   * Resolves when every line is on the disk and the file closed. @throws why they are not: then it
   * ends in a whole line
   */
  async finish(): Promise<void> {
    await this.#writing;
    try {
      const file = await this.#file;
      try {
        if (this.#failure === undefined) await synced(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      this.#failure ??= error as Error;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #writeAll(): Promise<void> {
    // What is written in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      const file = await this.#file;
      while (this.#pieces.length > 0) await this.#writeBatch(file, this.#nextBatch());
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#writing = undefined;
  }

  #fail(error: Error): void {
    this.#pieces = [];
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#onFailure(error);
  }

  #nextBatch(): Buffer {
    let bytes = 0;
    let count = 0;
    for (const piece of this.#pieces) {
      if (bytes >= BATCH_BYTES) break;
      bytes += piece.length;
      count += 1;
    }
    this.#waiting -= bytes;
    return Buffer.concat(this.#pieces.splice(0, count), bytes);
  }

  /** A write may take a part only, and the rest of it fail. */
  async #writeBatch(file: RecordingTarget, batch: Buffer): Promise<void> {
    let written = 0;
    try {
      while (written < batch.length) {
        written += (await file.write(batch, written, batch.length - written)).bytesWritten;
      }
      this.#count(batch);
    } catch (error) {
      const whole = batch.subarray(0, batch.lastIndexOf(NEWLINE, written - 1) + 1);
      this.#count(written === 0 ? whole.subarray(0, 0) : whole);
      // A pipe or a device has no end to cut: there the reader sees that the line is half.
      if (written > 0) await file.truncate(this.bytes).catch(() => {});
      throw error;
    }
  }

  #count(lines: Buffer): void {
    this.bytes += lines.length;
    for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1))
      this.lines += 1;
  }
}
