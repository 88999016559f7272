import type { AddressInfo, Server, Socket } from 'node:net';
import type { Codec } from '../codecs/codec.js';
import type { Broadcast } from '../core/broadcast.js';
import type { Clock, Timer } from '../core/clock.js';
import type { Subscriber } from '../core/subscriber.js';
import { LabError } from '../errors.js';
import { endFor, listenError } from './end.js';
import { localAddress } from './host.js';
import { chooseCodec, openSubscriber, type SubscribeOptions, welcomeFor } from './request.js';
import { encodeControl, type StreamSink, type StreamSinkOptions } from './stream-sink.js';
import type { Endpoint, ServerCounters } from './transport.js';

const BACKLOG = 4_096;
/** A bare stream has no heartbeats to find a dead peer with: after this much silence the kernel asks whether it is there. */
const KEEP_ALIVE_MS = 60_000;

export interface ConnectionsOptions {
  readonly broadcast: Broadcast;
  readonly codecs: readonly Codec[];
  readonly clock: Clock;
  readonly counters: ServerCounters;
  readonly heartbeatMs: number;
  readonly maxQueuedBytes: number;
  /** A peer that was told its END has this long to read it. */
  readonly drainMs: number;
}

/** What a kind of connection does in its own way. */
export interface Admission {
  /** Makes the sink of a client that is let in. */
  sink(codec: Codec, options: StreamSinkOptions): StreamSink;
  /** Tells why not: `end` is an encoded END, a JSON line (and `codec` undefined) while none is agreed on, which everyone can read. */
  refuse(end: Buffer, codec: Codec | undefined, reason: string): void;
}

interface Streaming {
  readonly sink: StreamSink;
  readonly subscriber: Subscriber;
  /** It sent no request, so it may be a program that knows nothing of control messages: no welcome, no heartbeats. */
  readonly bare: boolean;
}

/** The connections of a server with one stream of bytes per subscriber: who waits, who streams, and how each ends. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #sockets = new Set<Socket>();
  readonly #streaming = new Map<Socket, Streaming>();
  /** Those that have been told their END and are left to read it. */
  readonly #told = new Set<Socket>();
  #heartbeat: Timer | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Connections without a subscription: not yet, or not any more. */
  get waiting(): number {
    return this.#sockets.size - this.#streaming.size;
  }

  /**
   * Binds, begins the heartbeats, and tells where.
   * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN
   */
  async listen(server: Server, host: string, port: number): Promise<Endpoint> {
    const address = await localAddress(host).catch((cause) => {
      throw listenError(cause, host, port);
    });
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, host, port));
      server.once('error', failed);
      try {
        server.listen({ host: address, port, backlog: BACKLOG }, () => {
          server.off('error', failed);
          resolve();
        });
      } catch (cause) {
        // Node throws at once for a port that is none.
        failed(cause as NodeJS.ErrnoException);
      }
    });
    // A failed accept (out of descriptors) costs that client its connection, not the server its life.
    server.on('error', () => {
      this.#options.counters.refused += 1;
    });
    this.#beat();
    const { address: own, port: bound } = server.address() as AddressInfo;
    return { host: own, port: bound };
  }

  /** Keeps track of a connection until it is closed. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(socket));
  }

  /** Lets a client in, or tells it why not. `request` may throw a LabError; undefined = the client sent none. */
  subscribe(socket: Socket, request: () => SubscribeOptions | undefined, admission: Admission): void {
    const { broadcast, codecs, counters, heartbeatMs, maxQueuedBytes } = this.#options;
    let codec: Codec | undefined;
    try {
      const asked = request();
      const options = asked ?? {};
      const bare = asked === undefined;
      codec = chooseCodec(codecs, options);
      const sink = admission.sink(codec, {
        maxQueuedBytes,
        requestFlush: () => broadcast.requestFlush(),
        onEnd: () => void this.stop(socket),
      });
      const { subscriber } = openSubscriber(broadcast, codecs, options, sink);
      this.#streaming.set(socket, { sink, subscriber, bare });
      counters.accepted += 1;
      if (bare) socket.setKeepAlive(true, KEEP_ALIVE_MS);
      else sink.control(welcomeFor(broadcast, subscriber, codec, heartbeatMs));
    } catch (error) {
      const refusal = LabError.from(error);
      counters.refused += 1;
      if (refusal.code === 'LAB_ERR_BAD_REQUEST') counters.malformed += 1;
      const end = endFor(refusal);
      const bytes = codec === undefined ? Buffer.from(`${JSON.stringify(end)}\n`) : encodeControl(codec, end);
      admission.refuse(bytes, codec, refusal.code);
      this.#linger(socket);
    }
  }

  /** The subscription of a connection is over. Returns whether it had one. */
  stop(socket: Socket): boolean {
    const streaming = this.#streaming.get(socket);
    if (streaming === undefined) return false;
    this.#streaming.delete(socket);
    this.#options.broadcast.unsubscribe(streaming.subscriber);
    this.#options.counters.ended += 1;
    this.#linger(socket);
    return true;
  }

  /** Ends every subscription, gives what is due up to `drainMs` to drain, and closes `server` and all connections. */
  async close(server: Server, drainMs: number): Promise<void> {
    this.#heartbeat?.cancel();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) {
      if (!this.#streaming.has(socket) && !this.#told.has(socket)) socket.destroy();
    }
    this.#options.broadcast.flush();
    for (const { subscriber } of [...this.#streaming.values()]) subscriber.finish();
    const timer = this.#options.clock.setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, drainMs);
    await closed;
    timer.cancel();
    // The last sockets may not have said 'close' yet: who waited for us finds no subscriber left and all counted.
    for (const socket of [...this.#sockets]) this.#forget(socket);
  }

  /** Lets a peer that was told its END read it, but not keep the descriptor for ever by never closing its side. */
  #linger(socket: Socket): void {
    if (socket.destroyed) return;
    this.#told.add(socket);
    const timer = this.#options.clock.setTimeout(() => socket.destroy(), this.#options.drainMs);
    socket.once('close', () => timer.cancel());
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#told.delete(socket);
    this.stop(socket);
  }

  #beat(): void {
    const { broadcast, clock, heartbeatMs } = this.#options;
    this.#heartbeat = clock.setTimeout(() => {
      // A beat may end a subscription, and take it out of the map: iterating a Map allows that.
      for (const { sink, subscriber, bare } of this.#streaming.values())
        sink.beat(subscriber, broadcast.next, bare);
      this.#beat();
    }, heartbeatMs);
  }
}
