import type { Clock, Timer } from '../../core/clock.js';
import type { Welcome } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { afterReading } from '../after-reading.js';
import { checkLease, checkWelcome, isSound } from '../client/announced.js';
import { ToldRanges } from '../client/told-ranges.js';
import type { DatagramSocket } from '../client-sockets.js';
import type { ClientCounters } from '../counters.js';
import { errorOfEnd } from '../end.js';
import { PROTOCOL_VERSION } from '../request.js';
import type { ConnectOptions, Receiver, Subscription } from '../transport.js';
import { decodeEnd, decodeLagged, type End } from './control-packets.js';
import { type DatagramKeeper, DataReader, type DataWatch } from './data-reader.js';
import type { Accept } from './handshake-packets.js';
import { DatagramTracker } from './receive.js';
import { socketFailed } from './socket-failed.js';
import { type Epoch, FLAG, flagsOf, formatEpoch, hasEpoch, PACKET, packetType } from './wire.js';

const HEARTBEATS_MISSED = 3;

/** What of an ACCEPT is no more of interest, or is something else. */
type OfHandshake = 'nonce' | 'sendTime' | 'repair' | 'redundancy' | 'policy';

/** Where a stream begins, and how often its server is to be heard. */
export interface StreamStart extends Omit<Accept, OfHandshake> {
  /** Absent where nobody has one of its own. */
  readonly policy?: string;
  /** Of the first datagram owed. */
  readonly dseq: number;
  /**
   * A server that has not been heard for this long, or for three of its heartbeats if that is
   * longer, is gone.
   */
  readonly leaseMs: number;
}

/**
 * The receiving half of a stream of datagrams. Messages of a datagram that came twice are handed on
 * twice, and late ones when they come: the receiver sees by `seq` what they are. Only a LAGGED
 * notice is taken once.
 */
export abstract class DatagramSubscription implements Subscription {
  readonly welcome: Welcome;
  readonly localPort: number;
  readonly receiveBufferBytes: number | null;
  readonly closed: Promise<LabError | undefined>;
  readonly counters: ClientCounters;
  protected readonly socket: DatagramSocket;
  protected readonly receiver: Receiver;
  protected readonly clock: Clock;
  protected readonly tracker: DatagramTracker;
  /** A server that has not been heard for this long is gone. */
  protected silenceMs: number;
  /** Clock reading, µs: when something of our stream came last. */
  protected lastReceivedAt: number;
  /** Since the stream began. */
  protected heardAnything = false;
  /** What is to be done next; the end cancels it. */
  protected timer: Timer | undefined;
  readonly #epoch: Epoch;
  /** What an END for us carries. */
  readonly #id: Buffer;
  readonly #data: DataReader;
  readonly #told = new ToldRanges();
  #resolveClosed: (error: LabError | undefined) => void = () => {};
  /** Of any kind, that the socket has had. */
  #datagrams = 0;
  /** When the kernel had the one under way, as the socket tells. */
  #arrivedAt = 0;
  #ended = false;

  /**
   * From now on `socket` is ours: the receiver gets the welcome at once, and everything that comes
   * later.
   * @throws LAB_ERR_PROTOCOL, and leaves the socket alone
   */
  constructor(
    socket: DatagramSocket,
    start: StreamStart,
    counters: ClientCounters,
    options: ConnectOptions,
    watch?: DataWatch,
    keeper?: DatagramKeeper,
  ) {
    this.welcome = {
      control: 'welcome',
      protocol: PROTOCOL_VERSION,
      codec: start.codec,
      epoch: formatEpoch(start.epoch),
      next: start.next,
      oldest: start.oldest,
      snapshot: start.snapshot,
      heartbeat_ms: start.heartbeatMs,
      ...(start.policy ? { policy: start.policy } : {}),
    };
    checkWelcome(this.welcome, options.codec);
    checkLease(start.leaseMs);
    this.socket = socket;
    this.counters = counters;
    this.receiver = options.receiver;
    this.clock = options.clock;
    this.tracker = new DatagramTracker(counters, start.dseq);
    this.silenceMs = Math.max(HEARTBEATS_MISSED * start.heartbeatMs, start.leaseMs);
    this.lastReceivedAt = options.clock.now();
    this.#epoch = start.epoch;
    this.#id = start.id;
    this.#data = new DataReader({
      owner: this,
      epoch: start.epoch,
      codec: options.codec,
      receiver: options.receiver,
      tracker: this.tracker,
      counters,
      watch,
      keeper,
    });
    this.localPort = socket.localPort;
    this.receiveBufferBytes = socket.receiveBufferBytes;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    socket.handler = {
      onDatagram: (bytes, arrivedAt) => {
        this.#datagrams += 1;
        this.#arrivedAt = arrivedAt;
        if (!this.#ended) this.receive(packetType(bytes), bytes);
      },
      onDatagrams: (bytes, each, arrivedAt) => this.#takeRead(bytes, each, arrivedAt),
      // At most a hint that the server is gone (a REPORT was refused): silence decides.
      onError: () => {},
      onFailure: (cause) => this.finish(socketFailed('LAB_ERR_CLOSED', cause)),
    };
    options.receiver.control(this.welcome);
  }

  /** A datagram has come; `type` as `packetType` has it. */
  protected abstract receive(type: number, bytes: Buffer): void;

  /** DATA that is owed has come and is about to be handed on. `sendTime`: µs since the epoch. */
  abstract onData(sendTime: number): void;

  /** DATA with the flag `report` was among what came in one read. */
  onAsked(): void {}

  /**
   * Takes in a packet of our stream that is neither DATA nor LAGGED nor END; false when it makes no
   * sense.
   */
  protected abstract onOther(type: number, bytes: Buffer): boolean;

  /** False for a numbered datagram from before the first one owed. */
  protected isExpected(_bytes: Buffer): boolean {
    return true;
  }

  /** Last words before the socket is closed; `said` when they are out. */
  protected sendClose(said: () => void): void {
    said();
  }

  get ended(): boolean {
    return this.#ended;
  }

  async close(): Promise<void> {
    this.finish(undefined);
    await this.closed;
  }

  /**
   * Takes a datagram in. False, and counted, when it is not of our stream or makes no sense: no
   * sign of life either.
   */
  protected take(type: number, bytes: Buffer): boolean {
    const { lastReceivedAt } = this;
    if (type !== 0 && hasEpoch(bytes, this.#epoch) && this.#understands(type, bytes)) {
      this.heardAnything = true;
      return true;
    }
    this.lastReceivedAt = lastReceivedAt;
    this.counters.malformed += 1;
    return false;
  }

  /** Goes on with `heard`, or ends because `server` (in words) has been silent for too long. */
  protected listenOn(server: string, heard: () => void): void {
    if (!this.#silent) {
      heard();
      return;
    }
    // It may be ourselves who stood still.
    this.timer = this.onceRead(() => {
      if (this.#silent) this.finish(this.#fellSilent(server));
      else heard();
    });
  }

  /** Calls `judge` when what lies in the socket has been taken in. */
  protected onceRead(judge: () => void): Timer {
    return afterReading(this.clock, () => this.#datagrams, judge);
  }

  #fellSilent(server: string): LabError {
    const { malformed } = this.counters;
    const noise = malformed === 0 ? '' : ` (${malformed} datagrams came that made no sense)`;
    const message = `nothing heard from ${server} for ${this.silenceMs / 1_000} s${noise}`;
    const hint = 'the server or the network between is gone: connect again';
    return new LabError('LAB_ERR_PEER_TIMEOUT', message, { hint });
  }

  get #silent(): boolean {
    return this.clock.now() - this.lastReceivedAt > this.silenceMs * 1_000;
  }

  /** Ends once. */
  protected finish(error: LabError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.timer?.cancel();
    this.sendClose(() => this.socket.close(() => this.#resolveClosed(error)));
  }

  #understands(type: number, bytes: Buffer): boolean {
    this.lastReceivedAt = this.clock.now();
    switch (type) {
      case PACKET.data:
        return this.#onData(bytes);
      case PACKET.lagged:
        return this.#onLagged(bytes);
      case PACKET.end: {
        const end = decodeEnd(bytes);
        if (end === undefined || !end.id.equals(this.#id)) return false;
        this.#onEnd(end);
        return true;
      }
      default:
        return this.onOther(type, bytes);
    }
  }

  /** Datagrams that came in one read, each but the last of `each` bytes. */
  #takeRead(bytes: Buffer, each: number, arrivedAt: number): void {
    const datagrams = Math.ceil(bytes.length / each);
    this.#datagrams += datagrams;
    this.#arrivedAt = arrivedAt;
    const { counters } = this;
    if (datagrams > counters.mostInRead) counters.mostInRead = datagrams;
    for (let at = 0; at < bytes.length && !this.#ended; ) {
      const { malformed } = counters;
      const { lastReceivedAt } = this;
      this.lastReceivedAt = this.clock.now();
      const end = this.#data.many(bytes, at, each, arrivedAt);
      const made = Math.ceil((end - at) / each) - (counters.malformed - malformed);
      if (made > 0) this.heardAnything = true;
      else this.lastReceivedAt = lastReceivedAt;
      if (end === at) {
        const one = bytes.subarray(at, at + each);
        this.receive(packetType(one), one);
      }
      at = Math.max(end, at + each);
    }
  }

  /** Sequence number of the message handed on last. */
  protected get lastSeq(): number {
    return this.#data.lastSeq;
  }

  /** Hands on what a REPAIR repeats; false when it makes no sense. */
  protected takeRepair(bytes: Buffer, isOverdue?: boolean): boolean {
    return this.#data.repair(bytes, this.#arrivedAt, isOverdue);
  }

  /** Hands on a datagram of the stream that has been rebuilt; false when it makes no sense. */
  protected takeRebuilt(bytes: Buffer, isOverdue: boolean): boolean {
    if (packetType(bytes) === PACKET.data)
      return this.#data.rebuilt(bytes, this.#arrivedAt, isOverdue);
    const lagged = decodeLagged(bytes);
    if (lagged === undefined || !isSound(lagged)) return false;
    this.receiver.control(lagged);
    return true;
  }

  #onData(bytes: Buffer): boolean {
    return !this.isExpected(bytes) || this.#data.one(bytes, this.#arrivedAt);
  }

  #onLagged(bytes: Buffer): boolean {
    const lagged = decodeLagged(bytes);
    if (lagged === undefined || !isSound(lagged)) return false;
    const isCopy = (flagsOf(bytes) & FLAG.retransmit) !== 0;
    if (isCopy) {
      // It has no number.
      if (lagged.from === undefined) return false;
      if (this.#told.isNews(lagged, true)) this.receiver.control(lagged);
      return true;
    }
    if (this.isExpected(bytes) && this.#data.arrived(bytes, 0, bytes.length)) {
      const { missed, next, from } = lagged;
      // Of what is conflated some follows: nothing is passed yet.
      if (from === undefined) this.#data.skipped(next - missed, next);
      else this.#data.skipped(from, from);
      if (from === undefined || this.#told.isNews(lagged, false)) this.receiver.control(lagged);
    }
    return true;
  }

  #onEnd(end: End): void {
    const lost = this.counters.datagramsLost;
    this.tracker.expect(end.dseq);
    // A tail is lost: the receiver learns how far the feed had come, as a heartbeat would have told
    // it.
    if (this.counters.datagramsLost > lost)
      this.receiver.control({ control: 'heartbeat', next: end.seq });
    this.receiver.control({ control: 'end', reason: end.reason });
    this.finish(errorOfEnd(end));
  }
}
