import type { Server as HttpServer, ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * What HTTP may take of one turn of the event loop, all connections together: subscribers wait no
 * longer.
 */
const TURN_MS = 2;
const CR = 0x0d;
const LF = 0x0a;

interface SerialLimits {
  /**
   * Kept of what was sent ahead, all connections together; one that goes beyond loses it, and is
   * closed after its answer.
   */
  readonly aheadBytes: number;
}

/**
 * A listening socket whose connections are an HTTP server's. It emits 'request' as that does, with
 * the `socket` that it emitted as 'connection'.
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
 * connections stand in one line, of which a turn of the event loop serves as much as fits into two
 * milliseconds. Node by itself would parse and answer whatever one read or 32 have brought, and
 * stop everything meanwhile.
 */
export function listenSerially(http: HttpServer, limits: SerialLimits): SerialServer {
  const queue = new RequestQueue();
  const connections = new Set<SerialConnection>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new SerialConnection(socket, queue, limits);
    connections.add(connection);
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
  #next: NodeJS.Immediate | undefined;

  enqueue(step: () => void): void {
    this.#waiting.push(step);
    this.#next ??= setImmediate(() => this.#serve());
  }

  #serve(): void {
    const until = performance.now() + TURN_MS;
    do this.#waiting.shift()?.();
    while (performance.now() < until && this.#waiting.length > 0);
    this.#next = this.#waiting.length === 0 ? undefined : setImmediate(() => this.#serve());
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
  #ahead: Buffer = Buffer.alloc(0);
  /** From the end of a request to that of its answer. */
  #serving = false;
  #answering = false;
  #last = false;
  #ended = false;
  /**
   * Of the head that is being read: has it begun, and is an empty line next if this one ends here?
   */
  #begun = false;
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
    socket.on('timeout', () => this.emit('timeout'));
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

  setTimeout(ms: number): this {
    this.socket.setTimeout(ms);
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#keep(Buffer.alloc(0));
    this.socket.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    if (this.#serving) this.#keep(Buffer.concat([this.#ahead, bytes]));
    else this.#read(bytes);
  }

  /** Hands on what belongs to this request, the end of its head when it is its turn. */
  #read(bytes: Buffer): void {
    const start = this.#begun ? 0 : bytes.findIndex((byte) => byte !== CR && byte !== LF);
    if (start < 0) return;
    this.#begun = true;
    const end = this.#endOfHead(bytes, start);
    if (end < 0) return void this.push(bytes.subarray(start));
    this.#serving = true;
    this.#begun = false;
    this.#lineEmpty = false;
    this.socket.pause();
    this.#keep(bytes.subarray(end));
    this.#queue.enqueue(() => {
      if (this.destroyed) return;
      this.push(bytes.subarray(start, end));
    });
  }

  /**
   * Where the head ends, -1 when it goes on. Lines may end without a CR, and the empty line is what
   * ends it.
   */
  #endOfHead(bytes: Buffer, start: number): number {
    for (let at = start; at < bytes.length; at++) {
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
    this.#keep(Buffer.alloc(0));
    if (bytes.length > 0) this.#read(bytes);
    if (this.#serving) return;
    if (this.#ended) this.push(null);
    else this.socket.resume();
  }

  #keep(bytes: Buffer): void {
    const others = this.#queue.ahead - this.#ahead.length;
    if (others + bytes.length > this.#limits.aheadBytes) {
      this.#last = true;
      this.#ahead = Buffer.alloc(0);
    } else this.#ahead = bytes;
    this.#queue.ahead = others + this.#ahead.length;
  }
}
