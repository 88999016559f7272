import type { AddressInfo, Server, Socket } from 'node:net';
import type { Codec } from '../../codecs/codec.js';
import type { Timer } from '../../core/clock.js';
import type { Subscriber } from '../../core/subscriber.js';
import { LabError } from '../../errors.js';
import { endFor, listenError } from '../end.js';
import type { Endpoint } from '../endpoint.js';
import { localAddress } from '../host.js';
import { loadTcpOptions, NO_TCP_OPTIONS, type TcpOptions } from '../native/tcp-options.js';
import { chooseCodec, openSubscriber, type SubscribeOptions, welcomeFor } from '../request.js';
import { type ExpiryReason, Liveness } from '../server/liveness.js';
import { PeerDeadlines } from '../server/peer-deadlines.js';
import { WaitingRoom } from '../server/waiting-room.js';
import type { Admission, ConnectionsOptions } from './admission.js';
import { congestionError } from './congestion.js';
import { encodeControl, type StreamSink } from './sink.js';

const BACKLOG = 4_096;

/**
 * Looks at every subscriber within the time that it may stall, and the longest time between two.
 */
const LOOKS = 8;
const SHORTEST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 1_000;

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

interface Streaming {
  readonly sink: StreamSink;
  readonly subscriber: Subscriber;
  readonly liveness: Liveness;
  /**
   * It sent no request, so it may be a program that knows nothing of control messages: no welcome,
   * no heartbeats.
   */
  readonly bare: boolean;
}

/**
 * The connections of a server with one stream of bytes per subscriber: who waits, who streams, and
 * how each ends. None is kept without end: who waits has a time limit (see the transports) and may
 * have to make room, who streams takes what is queued for it (see `Liveness`), who was told END has
 * a moment to read it, and of all of them the system tells when nothing gets through.
 */
export class Connections {
  /** By which every time limit of a peer is judged. */
  readonly deadlines: PeerDeadlines;
  readonly #options: ConnectionsOptions;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: WaitingRoom;
  readonly #streaming = new Map<Socket, Streaming>();
  #heartbeat: Timer | undefined;
  #looking: Timer | undefined;
  #tcp: TcpOptions = NO_TCP_OPTIONS;
  #closing = false;
  #congestionControl: string | null = null;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.deadlines = new PeerDeadlines(options.clock);
    this.#waiting = new WaitingRoom({ ...options, deadlines: this.deadlines });
  }

  /**
   * Binds, begins the heartbeats, and tells where.
   * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_CONGESTION
   */
  async listen(server: Server, host: string, port: number): Promise<Endpoint> {
    const address = await localAddress(host).catch((cause) => {
      throw listenError(cause, host, port);
    });
    this.#tcp = await loadTcpOptions();
    const { congestion } = this.#options;
    if (congestion !== undefined) {
      const problem = this.#tcp.refusesCongestionControl(congestion);
      if (problem !== undefined) throw await congestionError(congestion, problem);
    }
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
    // A failed accept (out of descriptors) costs that client its connection, not the server its
    // life.
    server.on('error', () => {
      this.#options.counters.refused += 1;
    });
    this.#beat();
    const { address: own, port: bound } = server.address() as AddressInfo;
    return { host: own, port: bound };
  }

  /** Of the first connection, as the kernel tells; null before there was one, or where it does not. */
  get congestionControl(): string | null {
    return this.#congestionControl;
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
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (UNREACHABLE.has(error.code) && this.#streaming.has(socket)) counters.unreachable += 1;
      socket.destroy();
    });
    socket.on('close', () => this.#forget(socket));
    // While nothing is under way the system asks whether the peer is there; while something is, it
    // waits for the answer.
    socket.setKeepAlive(true, Math.max(1_000, Math.min(stallMs, LONGEST_KEEP_ALIVE_MS)));
    this.#tcp.setUserTimeout(
      socket,
      stallMs + Math.max(SYSTEM_LEAST_MS, Math.ceil(stallMs * SYSTEM_SHARE)),
    );
    const { notSentBytes, congestion } = this.#options;
    if (congestion !== undefined) this.#tcp.setCongestionControl(socket, congestion);
    if (notSentBytes !== undefined) this.#tcp.setNotSentLowWater(socket, notSentBytes);
    this.#congestionControl ??= this.#tcp.congestionControl(socket) ?? null;
    this.#waiting.enter(socket);
    return true;
  }

  /**
   * Lets a client in, or tells it why not. `request` may throw a LabError; undefined = the client
   * sent none.
   */
  subscribe(
    socket: Socket,
    request: () => SubscribeOptions | undefined,
    admission: Admission,
  ): void {
    const { broadcast, clock, codecs, counters, heartbeatMs, maxQueuedBytes } = this.#options;
    const liveness = new Liveness(socket, this.#tcp, this.#options, this.deadlines.now());
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
      this.#streaming.set(socket, { sink, subscriber, liveness, bare });
      counters.accepted += 1;
      this.#waiting.leave(socket);
      if (!bare) sink.control(welcomeFor(broadcast, subscriber, codec, heartbeatMs, clock));
    } catch (error) {
      const refusal = LabError.from(error);
      counters.refused += 1;
      if (refusal.code === 'LAB_ERR_BAD_REQUEST') counters.malformed += 1;
      const end = endFor(refusal);
      const bytes =
        codec === undefined ? Buffer.from(`${JSON.stringify(end)}\n`) : encodeControl(codec, end);
      admission.refuse(bytes, codec, refusal.code);
      this.linger(socket);
    }
  }

  /** Whether this connection has been told its END and is left to read it. */
  isTold(socket: Socket): boolean {
    return this.#waiting.isTold(socket);
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

  /**
   * Ends every subscription, gives what is due up to `drainMs` to drain, and closes `server` and
   * all connections.
   */
  async close(server: Server, drainMs: number): Promise<void> {
    this.#closing = true;
    this.#heartbeat?.cancel();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) {
      if (!this.#streaming.has(socket) && !this.isTold(socket)) socket.destroy();
    }
    this.#options.broadcast.flush();
    for (const { subscriber } of [...this.#streaming.values()]) subscriber.finish();
    const timer = this.deadlines.set(drainMs, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    await closed;
    timer.cancel();
    // The last sockets may not have said 'close' yet: who waited for us finds no subscriber left
    // and all counted.
    for (const socket of [...this.#sockets]) this.#forget(socket);
  }

  /** Lets a peer that was told its END read it, but not keep the descriptor for ever. */
  linger(socket: Socket): void {
    this.#waiting.linger(socket);
  }

  #forget(socket: Socket): void {
    if (!this.#sockets.delete(socket)) return;
    this.#waiting.forget(socket);
    this.stop(socket);
    if (this.#sockets.size === 0) this.#endLooking();
  }

  #beginToLook(): void {
    this.deadlines.hold();
    this.#lookLater();
  }

  #endLooking(): void {
    this.#looking?.cancel();
    this.deadlines.release();
  }

  #lookLater(): void {
    const { stallMs } = this.#options;
    const period = Math.max(SHORTEST_LOOK_MS, Math.min(stallMs / LOOKS, LONGEST_LOOK_MS));
    this.#looking = this.deadlines.set(period, () => {
      const now = this.deadlines.now();
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
  #giveUp(socket: Socket, { subscriber }: Streaming, lapse: ExpiryReason): void {
    this.#options.counters[lapse] += 1;
    subscriber.end('LAB_ERR_PEER_TIMEOUT');
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
