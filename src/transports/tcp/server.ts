import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { Codec } from '../../codecs/codec.js';
import type { Broadcast } from '../../core/broadcast.js';
import type { Clock, Timer } from '../../core/clock.js';
import type { Subscriber } from '../../core/subscriber.js';
import { LabError } from '../../errors.js';
import { newServerCounters } from '../counters.js';
import { endFor, listenError } from '../end.js';
import { chooseCodec, openSubscriber, parseRequest, type SubscribeOptions, welcomeFor } from '../request.js';
import type { Endpoint, ListenOptions, ServerCounters, TransportServer } from '../transport.js';
import { encodeControl, TcpSink } from './connection.js';

const DEFAULTS = { heartbeatMs: 1_000, graceMs: 250, maxQueuedBytes: 256 * 1024, drainMs: 2_000 } as const;
/** A request line longer than this is no request. */
const MAX_REQUEST_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** A client that began a request line must finish it within this. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Connections that have not subscribed yet, beyond the clients already served. */
const MAX_WAITING = 1_024;
const BACKLOG = 4_096;

export async function listenTcp(broadcast: Broadcast, options: ListenOptions): Promise<TransportServer> {
  const server = new TcpServer(broadcast, options);
  await server.listen(options.host, options.port);
  return server;
}

interface Streaming {
  readonly sink: TcpSink;
  readonly subscriber: Subscriber;
}

class TcpServer implements TransportServer {
  readonly transport = 'tcp';
  readonly sender = 'socket.write';
  /** The kernel tunes TCP buffers itself and Node cannot read their size. */
  readonly sendBufferBytes = null;
  readonly counters: ServerCounters = newServerCounters();
  readonly #broadcast: Broadcast;
  readonly #codecs: readonly Codec[];
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streaming = new Map<Socket, Streaming>();
  readonly #settings: {
    readonly heartbeatMs: number;
    readonly graceMs: number;
    readonly maxQueuedBytes: number;
  };
  #heartbeat: Timer | undefined;
  #endpoint: Endpoint = { host: '', port: 0 };
  #closing: Promise<void> | undefined;

  constructor(broadcast: Broadcast, options: ListenOptions) {
    this.#broadcast = broadcast;
    this.#codecs = options.codecs;
    this.#clock = options.clock;
    this.#settings = {
      heartbeatMs: options.heartbeatMs ?? DEFAULTS.heartbeatMs,
      graceMs: options.graceMs ?? DEFAULTS.graceMs,
      maxQueuedBytes: options.maxQueuedBytes ?? DEFAULTS.maxQueuedBytes,
    };
    // Half-open: `echo '{…}' | nc -N host port` closes its writing side and still wants to read.
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, host, port));
      this.#server.once('error', failed);
      try {
        this.#server.listen({ host, port, backlog: BACKLOG }, () => {
          this.#server.off('error', failed);
          resolve();
        });
      } catch (cause) {
        // Node throws at once for a port that is none.
        failed(cause as NodeJS.ErrnoException);
      }
    });
    // A failed accept (out of descriptors) costs that client its connection, not the server its life.
    this.#server.on('error', () => {
      this.counters.refused += 1;
    });
    const { address, port: bound } = this.#server.address() as AddressInfo;
    this.#endpoint = { host: address, port: bound };
    this.#beat();
  }

  close(drainMs: number = DEFAULTS.drainMs): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    this.#heartbeat?.cancel();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Those that have not subscribed yet; those that have been told their END are left to read it.
    for (const socket of this.#sockets) {
      if (!this.#streaming.has(socket) && !socket.writableEnded) socket.destroy();
    }
    this.#broadcast.flush();
    for (const { subscriber } of [...this.#streaming.values()]) subscriber.finish();
    const timer = this.#clock.setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, drainMs);
    await closed;
    timer.cancel();
    // The last sockets may not have said 'close' yet: who waited for us finds no subscriber left and all counted.
    for (const socket of [...this.#sockets]) this.#forget(socket);
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size - this.#streaming.size >= MAX_WAITING || this.#closing !== undefined) {
      this.counters.refused += 1;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(socket));
    this.#awaitRequest(socket);
  }

  /** One optional request line, ended by a newline or FIN. Silence for the grace period means: the default stream. */
  #awaitRequest(socket: Socket): void {
    // A character may be split between two reads.
    const decoder = new StringDecoder('utf8');
    let text = '';
    let bytes = 0;
    let timer = this.#clock.setTimeout(() => settle(() => ({})), this.#settings.graceMs);
    const settle = (request: () => SubscribeOptions): void => {
      timer.cancel();
      socket.off('data', onData).off('end', onEnd);
      // Whatever else the client says is read and thrown away, so that its FIN or reset is still noticed.
      socket.resume();
      if (!socket.destroyed) this.#start(socket, request);
    };
    const onData = (chunk: Buffer): void => {
      if (bytes === 0) {
        timer.cancel();
        timer = this.#clock.setTimeout(
          () => settle(() => refuse('the request line did not end')),
          REQUEST_TIMEOUT_MS,
        );
      }
      const newline = chunk.indexOf(NEWLINE);
      const part = newline < 0 ? chunk : chunk.subarray(0, newline);
      bytes += part.length;
      if (bytes > MAX_REQUEST_BYTES) {
        settle(() => refuse(`the request line is longer than ${MAX_REQUEST_BYTES} bytes`));
        return;
      }
      text += decoder.write(part);
      if (newline >= 0) settle(() => parseRequest(text + decoder.end()));
    };
    const onEnd = (): void => settle(() => (bytes === 0 ? {} : parseRequest(text + decoder.end())));
    socket.on('data', onData).on('end', onEnd);
    socket.once('close', () => timer.cancel());
  }

  #start(socket: Socket, request: () => SubscribeOptions): void {
    let codec: Codec | undefined;
    try {
      const options = request();
      codec = chooseCodec(this.#codecs, options);
      const sink = new TcpSink(socket, codec, this.counters, {
        maxQueuedBytes: this.#settings.maxQueuedBytes,
        requestFlush: () => this.#broadcast.requestFlush(),
        onEnd: () => this.#stopStreaming(socket),
      });
      const { subscriber } = openSubscriber(this.#broadcast, this.#codecs, options, sink);
      this.#streaming.set(socket, { sink, subscriber });
      this.counters.accepted += 1;
      sink.control(welcomeFor(this.#broadcast, subscriber, codec, this.#settings.heartbeatMs));
    } catch (error) {
      const refusal = LabError.from(error);
      this.counters.refused += 1;
      if (refusal.code === 'LAB_ERR_BAD_REQUEST') this.counters.malformed += 1;
      const end = endFor(refusal);
      // While no codec is agreed on, a JSON line is what everyone can read.
      socket.end(codec === undefined ? `${JSON.stringify(end)}\n` : encodeControl(codec, end));
      this.#linger(socket);
    }
  }

  /** Lets a peer that was told its END read it, but not keep the descriptor for ever by never closing its side. */
  #linger(socket: Socket): void {
    if (socket.destroyed) return;
    const timer = this.#clock.setTimeout(() => socket.destroy(), DEFAULTS.drainMs);
    socket.once('close', () => timer.cancel());
  }

  #stopStreaming(socket: Socket): void {
    const streaming = this.#streaming.get(socket);
    if (streaming === undefined) return;
    this.#streaming.delete(socket);
    this.#broadcast.unsubscribe(streaming.subscriber);
    this.counters.ended += 1;
    this.#linger(socket);
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#stopStreaming(socket);
  }

  #beat(): void {
    this.#heartbeat = this.#clock.setTimeout(() => {
      for (const { sink, subscriber } of this.#streaming.values()) {
        if (subscriber.lag === 0) sink.heartbeat(this.#broadcast.next);
      }
      this.#beat();
    }, this.#settings.heartbeatMs);
  }
}

function refuse(message: string): never {
  throw new LabError('LAB_ERR_BAD_REQUEST', message, {
    hint: 'send one JSON line such as {"codec":"line-json"}, or nothing at all',
  });
}
