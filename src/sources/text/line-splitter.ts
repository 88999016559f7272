const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NOTHING = Buffer.alloc(0);
const FIRST_CAPACITY = 256;

/**
 * Splits bytes into lines at LF or CRLF, wherever the chunks they come in are cut. A line above the
 * limit is passed over as it streams by: of an unfinished line at most `maxLineBytes` + 1 bytes are
 * held.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #onTooLong: () => void;
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** The beginning of a line that the last chunk did not finish. */
  #held: Buffer = NOTHING;
  #heldBytes = 0;
  /** The line under way is above the limit: none of it is held any more. */
  #tooLong = false;
  #lines = 0;

  /**
   * `maxLineBytes`: without the end of the line. `onTooLong` is called when a line above it has
   * ended.
   */
  constructor(maxLineBytes: number, onTooLong: () => void) {
    this.#maxLineBytes = maxLineBytes;
    this.#onTooLong = onTooLong;
  }

  /** Number of the line last given or found too long, from 1. */
  get line(): number {
    return this.#lines;
  }

  /** Bytes of memory taken for the line under way, apart from the chunk pushed last. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** The bytes to go on with. Only after `next` has given undefined. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next line without its end, valid until the next call; undefined when it takes more bytes.
   */
  next(): Buffer | undefined {
    while (this.#at < this.#chunk.length) {
      const newline = this.#chunk.indexOf(NEWLINE, this.#at);
      const part = this.#chunk.subarray(this.#at, newline < 0 ? this.#chunk.length : newline);
      this.#at += part.length + 1;
      if (newline < 0) {
        this.#hold(part);
        break;
      }
      const line = this.#finish(part);
      if (line !== undefined) return line;
    }
    this.#chunk = NOTHING;
    return undefined;
  }

  /** The last line, if it has no end of its own. */
  last(): Buffer | undefined {
    return this.#heldBytes > 0 || this.#tooLong ? this.#finish(NOTHING) : undefined;
  }

  #finish(part: Buffer): Buffer | undefined {
    let whole = part;
    if (this.#heldBytes > 0 || this.#tooLong) {
      this.#hold(part);
      whole = this.#held.subarray(0, this.#heldBytes);
    }
    const tooLong = this.#tooLong;
    this.#lines += 1;
    this.#heldBytes = 0;
    this.#tooLong = false;
    const line = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    if (!tooLong && line.length <= this.#maxLineBytes) return line;
    this.#onTooLong();
    return undefined;
  }

  /** One byte more than the limit may be held: it can be the CR of the line's end. */
  #hold(part: Buffer): void {
    const bytes = this.#heldBytes + part.length;
    if (this.#tooLong || bytes > this.#maxLineBytes + 1) {
      this.#tooLong = true;
      this.#heldBytes = 0;
      return;
    }
    if (bytes > this.#held.length) {
      const capacity = Math.max(bytes, FIRST_CAPACITY, this.#held.length * 2);
      const grown = Buffer.allocUnsafe(Math.min(capacity, this.#maxLineBytes + 1));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    part.copy(this.#held, this.#heldBytes);
    this.#heldBytes = bytes;
  }
}
