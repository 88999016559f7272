import type { Server as HttpServer, ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { startTimer } from '../../core/timer.js';

/**
 * What HTTP may take of every period, all connections together: no subscriber waits longer at a
 * time, and four fifths of the CPU are left whatever strangers ask for.
 */
const SHARE_MS = 2;
const PERIOD_MS = 10;
/** Empty lines before a request, as some clients send them after a body, are passed over: bytes. */
const BLANK_BYTES = 4;
const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

interface SerialLimits {
  /** Of a head; then 431 and the end. */
  readonly headerBytes: number;
  /**
   * Kept of what was sent ahead, all connections together; one that goes beyond loses it, and is
   * closed after its answer.
   */
  readonly aheadBytes: number;
}

/**
 * A listening socket whose connections are an HTTP server's. It emits 'request' as that does, with
 * the `socket` that it emitted as 'connection', and 'head' and 'turn' with that when a request
 * has come and is in line, and when it is handed on.
 */
interface SerialServer extends Server {
  /** Has this done when it is the turn of what else is to be done. */
  enqueue(step: () => void): void;
  /** Ends all connections. */
  drop(): void;
}

/**
 * Listens for an HTTP server, and hands it one request of a connection at a time: the next one,
 * sent ahead or not, is parsed when the answer before it has been written. Requests of all
 * connections stand in one line, and have their share of the time. Node by itself would parse and
 * answer whatever one read or 32 have brought, and stop everything meanwhile.
 */
export function listenSerially(http: HttpServer, limits: SerialLimits): SerialServer {
  const queue = new RequestQueue();
  const connections = new Set<SerialConnection>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new SerialConnection(socket, queue, limits);
    connections.add(connection);
    for (const step of ['head', 'turn']) connection.on(step, () => server.emit(step, socket));
    connection.once('close', () => connections.delete(connection));
    http.emit('connection', connection);
  });
  http.prependListener('request', (request, response: ServerResponse) => {
    const connection = request.socket as Duplex as SerialConnection;
    connection.answer(response);
    server.emit('request', connection, response);
  });
  return Object.assign(server, {
    enqueue: (step: () => void) => queue.enqueue(step),
    drop: () => {
      for (const one of connections) one.destroy();
    },
  });
}

/** Who has a request to be served, in order. */
class RequestQueue {
  /** Bytes that wait behind these requests. */
  ahead = 0;
  readonly #waiting: (() => void)[] = [];
  #scheduled = false;
  #periodAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds of this period that are used up. */
  #spent = 0;

  enqueue(step: () => void): void {
    this.#waiting.push(step);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    const age = performance.now() - this.#periodAt;
    const serve = (): void => this.#serve();
    if (age >= PERIOD_MS || this.#spent < SHARE_MS) setImmediate(serve);
    else startTimer(serve, Math.ceil(PERIOD_MS - age));
  }

  #serve(): void {
    let now = performance.now();
    if (now - this.#periodAt >= PERIOD_MS) {
      this.#periodAt = now;
      this.#spent = 0;
    }
    do {
      const before = now;
      this.#waiting.shift()?.();
      now = performance.now();
      this.#spent += now - before;
    } while (this.#spent < SHARE_MS && this.#waiting.length > 0);
    this.#scheduled = false;
    this.#schedule();
  }
}

/**
 * A connection as the HTTP server sees it: never more than one request, and the next when that is
 * answered.
 */
class SerialConnection extends Duplex {
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
