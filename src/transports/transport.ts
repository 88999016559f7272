import type { Codec } from '../codecs/codec.js';
import type { Broadcast } from '../core/broadcast.js';
import type { Clock } from '../core/clock.js';
import type { ControlMessage, Welcome } from '../core/message.js';
import type { LabError } from '../errors.js';
import type { ClientSockets } from './client-sockets.js';
import type { ClockExchange } from './clock-exchange.js';
import type { ClientCounters, PacketCounters, RepairCounters, ServerCounters } from './counters.js';
import type { Endpoint } from './endpoint.js';
import type { Repair } from './repair.js';
import type { WaitingQuota } from './waiting-quota.js';

/**
 * A transport moves slices of the encoded log to subscribers. The server half is a set of
 * `Subscriber`s (see core/broadcast) behind a socket; the client half finds whole messages in what
 * arrives and hands their byte ranges to one receiver. Both halves of one transport live in one
 * folder; transports never import each other.
 *
 * To add one: a folder with a table of its options, one line in `registry.ts`, one call of
 * `test/conformance/transport-kit.ts`.
 */
export interface Transport {
  readonly name: string;
  /** False when messages may be lost or reordered on the way. */
  readonly reliable: boolean;
  /**
   * True when one send reaches every subscriber: the server then counts and serves them as one.
   * Absent = each is served by itself.
   */
  readonly multicast?: boolean;
  /**
   * What can be known before anything is bound: throws what `listen` would. Absent = nothing.
   */
  check?(options: Partial<ListenOptions>): Promise<void>;
  /**
   * Binds and serves `broadcast` to everyone who connects.
   * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN
   */
  listen(broadcast: Broadcast, options: ListenOptions): Promise<TransportServer>;
  /**
   * Subscribes. Resolves when the server has welcomed the subscription: from then on every message
   * published is owed to it (or its loss is accounted for).
   * @throws LAB_ERR_CONNECT, LAB_ERR_CONNECT_TIMEOUT, LAB_ERR_CLOSED (aborted),
   * LAB_ERR_MAX_CLIENTS, LAB_ERR_BAD_REQUEST, LAB_ERR_PROTOCOL, …
   */
  connect(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription>;
}

/** The half that a server needs: for one's own transport, whose clients may be of any kind. */
export type ServerTransport = Pick<Transport, 'name' | 'listen'>;

/** What every transport is told; more of one is in the `options` of its folder. */
export interface ListenOptions {
  /** Local address or name to listen on. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Codecs a client may ask for; the first is the default. */
  readonly codecs: readonly Codec[];
  /** What durations and timers go by. */
  readonly clock: Clock;
  /**
   * Told in one sentence, a few times at most, what a user of the server should know. Must not
   * throw.
   */
  readonly onNotice?: (notice: string) => void;
  /**
   * Heartbeat after this much silence: 1 to 60,000 ms, or no client believes it. Default 1,000 ms.
   */
  readonly heartbeatMs?: number;
  /**
   * TCP, WebSocket: what transports that serve one broadcast share, to divide those places.
   * Default: nothing is shared.
   */
  readonly waitingQuota?: WaitingQuota;
}

export interface TransportServer {
  readonly transport: string;
  /** How bytes reach the kernel: `socket.write`, `dgram`, `sendmmsg`. */
  readonly sender: string;
  readonly endpoint: Endpoint;
  readonly counters: Readonly<ServerCounters>;
  /** UDP: what came in, and what became of it. Absent where there are no packets from clients. */
  readonly packets?: Readonly<PacketCounters>;
  /**
   * UDP: inodes of the sockets that clients send to now, the keys to the kernel's counters for
   * them. Linux; an undefined one is not known. Absent where nothing is received by datagram.
   */
  readonly socketInodes?: readonly (number | undefined)[];
  /** Effective SO_SNDBUF in bytes as the kernel reports it; null where it cannot be read. */
  readonly sendBufferBytes: number | null;
  /**
   * TCP: congestion control of its connections, as the kernel tells; null before the first, and
   * where nobody tells. Absent where there are no connections.
   */
  readonly congestionControl?: string | null;
  /**
   * Tells every subscriber the end, lets them drain up to `drainMs` (default 2,000), closes. Safe
   * to call twice.
   */
  close(drainMs?: number): Promise<void>;
}

export interface ConnectOptions {
  /** Codec to ask for. */
  readonly codec: Codec;
  /** Told of every message. */
  readonly receiver: Receiver;
  /** What durations and timers go by. */
  readonly clock: Clock;
  /** Only these keys; absent or empty = all. */
  readonly keys?: readonly string[];
  /** Overload policy asked for. Absent = the server's default. */
  readonly policy?: string;
  /** Replay from this sequence number instead of a snapshot. */
  readonly fromSeq?: number;
  /**
   * The epoch (of a welcome) that `fromSeq` belongs to. A server of another one begins at its first
   * message instead, and says LAGGED about what it no longer retains of it. A server by invitation
   * serves only who names its own.
   */
  readonly epoch?: string;
  /** UDP: SO_RCVBUF to ask for. */
  readonly receiveBufferBytes?: number;
  /** UDP: how what is lost is to be repaired, if the server offers that. Default none. */
  readonly repair?: Repair;
  /**
   * UDP with repair: what comes more than this after it was found missing is late, and not asked
   * for when its answer would be: 1 to 60,000 ms. Default 500 ms.
   */
  readonly repairDeadlineMs?: number;
  /**
   * UDP with repair: so many messages were repaired, this many µs after they were found missing.
   * Called before they are handed on. Must not throw.
   */
  readonly onRepaired?: (messages: number, micros: number) => void;
  /** Of this host, to connect from. Default: as the routes of the system have it. */
  readonly localAddress?: string;
  /** What moves the bytes. Default: Node's own sockets. */
  readonly sockets?: ClientSockets;
  /** Multicast: address or name of the interface to join on. Default: what the endpoint says. */
  readonly multicastInterface?: string;
  /** Give up after this, over all stages together. Default 10,000 ms. */
  readonly timeoutMs?: number;
  /**
   * Aborted before there is a subscription: `connect` rejects at once with LAB_ERR_CLOSED and
   * leaves nothing open. Afterwards it means nothing: `close` the subscription.
   */
  readonly signal?: AbortSignal;
}

/**
 * The hot path of a client. For every read (TCP, WebSocket) or datagram (UDP): one `begin`, one
 * call per item found, one `end`. The bytes are only valid during the calls. Must not throw.
 */
export interface Receiver {
  /**
   * `sendTime`: µs since the epoch at the server's send call, or 0 when the wire does not carry it.
   * `arrivedAt`: µs since the epoch, by the clock of `ConnectOptions`, at which the kernel had the
   * last of these bytes, or 0 when it did not say. `unreadSince`: of a stream, as of
   * `StreamHandler.onRead`.
   */
  begin(bytes: Buffer, sendTime: number, arrivedAt: number, unreadSince?: number): void;
  message(seq: number, start: number, end: number): void;
  /** As of `ScanVisitor`. */
  messageRun?(seq: number, count: number, start: number, end: number): boolean;
  /** UDP with repair, after `begin`: this datagram has come after its deadline. */
  overdue?(): void;
  /** Everything in this read or datagram has been handed over. */
  end(): void;
  /**
   * Every control message, the welcome first: before any data, so that the receiver knows where the
   * live feed starts.
   */
  control(control: ControlMessage): void;
}

export interface Subscription {
  readonly welcome: Welcome;
  /** What the server told of its clock while we joined; absent or empty = nothing. */
  readonly exchanges?: readonly ClockExchange[];
  readonly counters: Readonly<ClientCounters>;
  /** UDP: what repair has done; absent where there is none. */
  readonly repairs?: Readonly<RepairCounters> | undefined;
  /** Port on our side: the key to the kernel's counters for this socket. */
  readonly localPort: number;
  /**
   * Inode of the socket, the key to the kernel's counters where sockets may share a port: of a
   * multicast group, or of one's own `localAddress`. Linux; undefined = not known.
   */
  readonly socketInode?: number | undefined;
  /** Effective SO_RCVBUF in bytes as the kernel reports it; null where it cannot be read. */
  readonly receiveBufferBytes: number | null;
  /** Settles once: undefined after an orderly end, else why. Never rejects. */
  readonly closed: Promise<LabError | undefined>;
  /** Leaves. Safe to call twice. */
  close(): Promise<void>;
}
