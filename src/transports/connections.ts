import type { AddressInfo, Server, Socket } from 'node:net';
import type { Codec } from '../codecs/codec.js';
import type { Broadcast } from '../core/broadcast.js';
import type { Clock, Timer } from '../core/clock.js';
import type { Subscriber } from '../core/subscriber.js';
import { LabError } from '../errors.js';
import type { Crowd, Waiters } from './crowd.js';
import { endFor, listenError } from './end.js';
import { localAddress } from './host.js';
import { type Lapse, Liveness } from './liveness.js';
import { Patience } from './patience.js';
import { chooseCodec, openSubscriber, type SubscribeOptions, welcomeFor } from './request.js';
import { loadTcpOptions, NO_TCP_OPTIONS, type TcpOptions } from './sendmmsg/tcp-options.js';
import { encodeControl, type StreamSink, type StreamSinkOptions } from './stream-sink.js';
import type { Endpoint, ServerCounters } from './transport.js';

const BACKLOG = 4_096;
/**
 * Looks at every subscriber within the time that it may stall, and the longest time between two.
 */
const LOOKS = 8;
const SHORTEST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 1_000;
/** Many clients that come at once may wait beyond the room for so long. */
const AT_ONCE_MS = 1_000;
/** The most that TCP_KEEPIDLE takes. */
const LONGEST_KEEP_ALIVE_MS = 32_767_000;
/**
 * Our own rule comes before the system's, which cannot say END: by this share of the limit, and
 * this long at least.
 */
const SYSTEM_SHARE = 1 / 6;
const SYSTEM_LEAST_MS = 1_000;
/** Of a connection whose packets do not get through any more: the system gave it up. */
const UNREACHABLE: ReadonlySet<string | undefined> = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
]);

export interface ConnectionsOptions {
  readonly broadcast: Broadcast;
  readonly codecs: readonly Codec[];
  readonly clock: Clock;
  readonly counters: ServerCounters;
  readonly heartbeatMs: number;
  readonly maxQueuedBytes: number;
  /** A peer that was told its END has this long to read it. */
  readonly drainMs: number;
  /**
   * Connections that have not subscribed, beside those that come at once and have a moment to say
   * what they want.
   */
  readonly maxWaiting: number;
  /** Where those may wait. */
  readonly crowd: Crowd;
  /** A subscriber that takes nothing of what is queued for it for this long is ended. */
  readonly stallMs: number;
  /** One with nothing queued gives a sign of life within this; absent = none is expected. */
  readonly silenceMs?: number;
}

/** What a kind of connection does in its own way. */
export interface Admission {
  /** Makes the sink of a client that is let in, and tells `liveness` what it hears of it. */
  sink(codec: Codec, options: StreamSinkOptions, liveness: Liveness): StreamSink;
  /** Tells why not: `end` is an encoded END, a JSON line (and `codec` undefined) while none is agreed on, which everyone can read. */
  refuse(end: Buffer, codec: Codec | undefined, reason: string): void;
}

interface Streaming {
  readonly sink: StreamSink;
  readonly subscriber: Subscriber;
  readonly liveness: Liveness;
  /** It sent no request, so it may be a program that knows nothing of control messages: no welcome, no heartbeats. */
  readonly bare: boolean;
}

/**
 * The connections of a server with one stream of bytes per subscriber: who waits, who streams, and
 * how each ends. None is kept without end: who waits has a time limit (see the transports) and may
 * have to make room, who streams takes what is queued for it (see `Liveness`), who was told END has
 * a moment to read it, and of all of them the system tells when nothing gets through.
 */
export class Connections implements Waiters {
  /** By which every time limit of a peer is judged. */
  readonly patience: Patience;
  readonly #options: ConnectionsOptions;
  readonly #sockets = new Set<Socket>();
  /**
   * Connections without a subscription, not yet or not any more, by how long. When there are too
   * many, the one that has waited for longest makes room: so those who hold connections open, and
   * say a byte now and then, keep nobody out who has something to say.
   */
  readonly #waiting = new Set<Socket>();
  readonly #streaming = new Map<Socket, Streaming>();
  /** Those that have been told their END and are left to read it. */
  readonly #told = new Set<Socket>();
  #heartbeat: Timer | undefined;
  #looking: Timer | undefined;
  #trimming: Timer | undefined;
  #tcp: TcpOptions = NO_TCP_OPTIONS;
  #closing = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.patience = new Patience(options.clock);
    options.crowd.join(this);
  }

  /**
   * Binds, begins the heartbeats, and tells where.
   * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN
   */
  async listen(server: Server, host: string, port: number): Promise<Endpoint> {
    const address = await localAddress(host).catch((cause) => {
      throw listenError(cause, host, port);
    });
    this.#tcp = await loadTcpOptions();
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

  /**
   * Keeps track of a connection until it is closed; one that comes while we close is closed at
   * once, and it returns false.
   */
  admit(socket: Socket): boolean {
    const { counters, stallMs } = this.#options;
    if (this.#closing) {
      counters.refused += 1;
      socket.destroy();
      return false;
    }
    if (this.#sockets.size === 0) this.#beginToLook();
    this.#sockets.add(socket);
    this.#waiting.add(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (UNREACHABLE.has(error.code) && this.#streaming.has(socket)) counters.unreachable += 1;
      socket.destroy();
    });
    socket.on('close', () => this.#forget(socket));
    // While nothing is under way the system asks whether the peer is there; while something is, it
    // waits for the answer.
    socket.setKeepAlive(true, Math.max(1_000, Math.min(stallMs, LONGEST_KEEP_ALIVE_MS)));
    this.#tcp.setUserTimeout(socket, stallMs + Math.max(SYSTEM_LEAST_MS, Math.ceil(stallMs * SYSTEM_SHARE)));
    if (this.beyondRoom > 0) {
      this.#fitPlaces();
      this.#trimming ??= this.patience.deadline(AT_ONCE_MS, () => this.#trim());
    }
    return true;
  }

  /** Lets a client in, or tells it why not. `request` may throw a LabError; undefined = the client sent none. */
  subscribe(socket: Socket, request: () => SubscribeOptions | undefined, admission: Admission): void {
    const { broadcast, codecs, counters, heartbeatMs, maxQueuedBytes } = this.#options;
    const liveness = new Liveness(socket, this.#tcp, this.#options, this.patience.now());
    let codec: Codec | undefined;
    try {
      const asked = request();
      const options = asked ?? {};
      const bare = asked === undefined;
      codec = chooseCodec(codecs, options);
      const sinkOptions = {
        maxQueuedBytes,
        requestFlush: () => broadcast.requestFlush(),
        onEnd: () => void this.stop(socket),
      };
      const sink = admission.sink(codec, sinkOptions, liveness);
      const { subscriber } = openSubscriber(broadcast, codecs, options, sink);
      this.#waiting.delete(socket);
      this.#streaming.set(socket, { sink, subscriber, liveness, bare });
      counters.accepted += 1;
      this.#fitPlaces();
      if (!bare) sink.control(welcomeFor(broadcast, subscriber, codec, heartbeatMs));
    } catch (error) {
      const refusal = LabError.from(error);
      counters.refused += 1;
      if (refusal.code === 'LAB_ERR_BAD_REQUEST') counters.malformed += 1;
      const end = endFor(refusal);
      const bytes = codec === undefined ? Buffer.from(`${JSON.stringify(end)}\n`) : encodeControl(codec, end);
      admission.refuse(bytes, codec, refusal.code);
      this.linger(socket);
    }
  }

  /** Whether this connection has been told its END and is left to read it. */
  isTold(socket: Socket): boolean {
    return this.#told.has(socket);
  }

  /** The subscription of a connection is over. Returns whether it had one. */
  stop(socket: Socket): boolean {
    const streaming = this.#streaming.get(socket);
    if (streaming === undefined) return false;
    this.#streaming.delete(socket);
    this.#options.broadcast.unsubscribe(streaming.subscriber);
    this.#options.counters.ended += 1;
    this.linger(socket);
    return true;
  }

  /** Ends every subscription, gives what is due up to `drainMs` to drain, and closes `server` and all connections. */
  async close(server: Server, drainMs: number): Promise<void> {
    this.#closing = true;
    this.#heartbeat?.cancel();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) {
      if (!this.#streaming.has(socket) && !this.#told.has(socket)) socket.destroy();
    }
    this.#options.broadcast.flush();
    for (const { subscriber } of [...this.#streaming.values()]) subscriber.finish();
    const timer = this.patience.deadline(drainMs, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    await closed;
    timer.cancel();
    // The last sockets may not have said 'close' yet: who waited for us finds no subscriber left and all counted.
    for (const socket of [...this.#sockets]) this.#forget(socket);
  }

  /** Lets a peer that was told its END read it, but not keep the descriptor for ever by never closing its side. */
  linger(socket: Socket): void {
    if (socket.destroyed || this.#told.has(socket)) return;
    this.#told.add(socket);
    // One that was waiting before begins to wait for something else now.
    this.#waiting.delete(socket);
    this.#waiting.add(socket);
    const timer = this.patience.deadline(this.#options.drainMs, () => hangUp(socket));
    socket.once('close', () => timer.cancel());
  }

  #forget(socket: Socket): void {
    if (!this.#sockets.delete(socket)) return;
    this.#told.delete(socket);
    this.#waiting.delete(socket);
    this.stop(socket);
    if (this.#sockets.size === 0) this.#endLooking();
  }

  get beyondRoom(): number {
    return Math.max(0, this.#waiting.size - this.#options.maxWaiting);
  }

  #fitPlaces(): void {
    const { broadcast, crowd } = this.#options;
    crowd.fit(broadcast.maxClients - broadcast.counters.clients);
  }

  #trim(): void {
    this.#trimming = undefined;
    while (this.beyondRoom > 0) this.evict();
  }

  evict(): void {
    const [socket] = this.#waiting;
    if (socket === undefined) return;
    this.#waiting.delete(socket);
    // One that has been answered is counted already.
    if (!this.#told.has(socket) && !socket.writableEnded) {
      this.#options.counters.refused += 1;
      this.#options.counters.evicted += 1;
    }
    hangUp(socket);
  }

  #beginToLook(): void {
    this.patience.hold();
    this.#lookLater();
  }

  #endLooking(): void {
    this.#looking?.cancel();
    this.#trimming?.cancel();
    this.#trimming = undefined;
    this.patience.release();
  }

  #lookLater(): void {
    const { stallMs } = this.#options;
    const period = Math.max(SHORTEST_LOOK_MS, Math.min(stallMs / LOOKS, LONGEST_LOOK_MS));
    this.#looking = this.patience.deadline(period, () => {
      const now = this.patience.now();
      for (const [socket, streaming] of this.#streaming) {
        const lapse = streaming.liveness.look(now);
        if (lapse !== undefined) this.#giveUp(socket, streaming, lapse);
      }
      this.#lookLater();
    });
  }

  /**
   * It may wake up: then it finds its END if it takes what is queued before that soon, else a
   * reset.
   */
  #giveUp(socket: Socket, { subscriber }: Streaming, lapse: Lapse): void {
    this.#options.counters[lapse] += 1;
    subscriber.end('LAB_ERR_LEASE_EXPIRED');
    // A subscriber that had ended before tells nobody.
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

/**
 * What the kernel has taken goes its way; what it never will is given up, and the peer gets a reset
 * for an end in the middle.
 */
function hangUp(socket: Socket): void {
  if (socket.writableLength > 0) socket.resetAndDestroy();
  else socket.destroy();
}
