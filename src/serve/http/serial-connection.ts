import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { RequestQueue } from './request-queue.js';

export interface SerialLimits {
  /** Of a head; then 431 and the end. */
  readonly headerBytes: number;
  /**
   * Kept of what was sent ahead, all connections together; one that goes beyond loses it, and is
   * closed after its answer.
   */
  readonly aheadBytes: number;
}

/** Empty lines before a request, as some clients send them after a body, are passed over: bytes. */
const BLANK_BYTES = 4;
const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * A connection as the HTTP server sees it: never more than one request, and the next when that is
 * answered.
 */
export class SerialConnection extends Duplex {
  /** Of the system. */
  readonly socket: Socket;
  readonly #queue: RequestQueue;
  readonly #limits: SerialLimits;
  /** Came after the request that is being served. */
  #ahead: Buffer = NOTHING;
  /** From the end of a request to that of its answer. */
  #serving = false;
  #answering = false;
  #last = false;
  #ended = false;
  /** What there is of the head that is being read, and whether an empty line would end it. */
  #head: Buffer = NOTHING;
  #lineEmpty = false;

  constructor(socket: Socket, queue: RequestQueue, limits: SerialLimits) {
    super();
    this.socket = socket;
    this.#queue = queue;
    this.#limits = limits;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => {
      this.#ended = true;
      if (!this.#serving) this.push(null);
    });
    socket.on('error', () => {});
    socket.once('close', () => this.destroy());
  }

  /** The request is understood, and this is where its answer goes. */
  answer(response: ServerResponse): void {
    // Two requests in what was taken for one: nothing that is worth an answer does that.
    if (this.#answering) return void this.destroy();
    this.#answering = true;
    if (this.#last) response.shouldKeepAlive = false;
    response.once('close', () => this.#answered());
  }

  /** Limits in time are not the HTTP server's: see `limitConnections`. */
  setTimeout(): this {
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {}

  override _write(
    bytes: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.socket.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#keep(NOTHING);
    this.socket.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    if (this.#serving) this.#keep(Buffer.concat([this.#ahead, bytes]));
    else this.#read(bytes);
  }

  /** Looks for the end of a head. The HTTP server sees it in one piece, and when it is its turn. */
  #read(bytes: Buffer): void {
    const start = this.#head.length > 0 ? 0 : blanksIn(bytes);
    if (start === bytes.length) return;
    const { headerBytes } = this.#limits;
    const most = Math.min(bytes.length, start + headerBytes - this.#head.length);
    const end = this.#endOfHead(bytes, start, most);
    if (end < 0 && most < bytes.length)
      return void this.#refuse('431 Request Header Fields Too Large');
    // Copied: a piece of a large read would keep the whole of it.
    const piece = Buffer.from(bytes.subarray(start, end < 0 ? most : end));
    this.#head = this.#head.length === 0 ? piece : Buffer.concat([this.#head, piece]);
    if (end >= 0) this.#serve(bytes.subarray(end));
  }

  /** Stands in line with the head that was read. */
  #serve(ahead: Buffer): void {
    const head = this.#head;
    this.#head = NOTHING;
    this.#lineEmpty = false;
    this.#serving = true;
    this.socket.pause();
    this.emit('head');
    this.#keep(ahead);
    this.#queue.enqueue(() => {
      if (this.destroyed) return;
      this.emit('turn');
      this.push(head);
    });
  }

  /**
   * Where the head ends, -1 when it goes on at `most`. Lines may end without a CR, and the empty
   * line is what ends it.
   */
  #endOfHead(bytes: Buffer, start: number, most: number): number {
    for (let at = start; at < most; at++) {
      const byte = bytes[at];
      if (byte === LF) {
        if (this.#lineEmpty) return at + 1;
        this.#lineEmpty = true;
      } else if (byte !== CR) this.#lineEmpty = false;
    }
    return -1;
  }

  #answered(): void {
    this.#answering = false;
    if (this.destroyed || this.writableEnded) return;
    if (this.#last) return void this.destroySoon();
    this.#serving = false;
    const bytes = this.#ahead;
    this.#keep(NOTHING);
    if (bytes.length > 0) this.#read(bytes);
    if (this.#serving) return;
    if (this.#ended) this.push(null);
    else this.socket.resume();
  }

  #keep(bytes: Buffer): void {
    const others = this.#queue.ahead - this.#ahead.length;
    if (others + bytes.length > this.#limits.aheadBytes) {
      this.#last = true;
      this.#ahead = NOTHING;
    } else this.#ahead = bytes;
    this.#queue.ahead = others + this.#ahead.length;
  }

  #refuse(status: string): void {
    this.socket.pause();
    this.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, () => this.destroy());
  }
}

/** How many bytes of empty lines there are at the start. */
function blanksIn(bytes: Buffer): number {
  let at = 0;
  while (at < BLANK_BYTES && (bytes[at] === CR || bytes[at] === LF)) at += 1;
  return at;
}
