import type { Codec } from '../../codecs/codec.js';
import type { Clock, Timer } from '../../core/clock.js';
import type { Lagged, Welcome } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { afterReading } from '../after-reading.js';
import { checkLease, checkWelcome, isSound } from '../client/announced.js';
import type { DatagramSocket } from '../client-sockets.js';
import type { ClientCounters } from '../counters.js';
import { errorOfEnd } from '../end.js';
import { PROTOCOL_VERSION } from '../request.js';
import type { ConnectOptions, Receiver, Subscription } from '../transport.js';
import { decodeEnd, decodeMissed, type End } from './control-packets.js';
import type { Accept } from './handshake-packets.js';
import { DatagramTracker } from './receive.js';
import { DatagramScan } from './scan.js';
import {
  dseqOf,
  type Epoch,
  formatEpoch,
  hasEpoch,
  PACKET,
  packetType,
  sendTimeOf,
  seqOf,
} from './wire.js';

const HEARTBEATS_MISSED = 3;

/** Where a stream begins, and how often its server is to be heard. */
export interface StreamStart extends Omit<Accept, 'nonce' | 'sendTime'> {
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
  /** What is to be done next; the end cancels it. */
  protected timer: Timer | undefined;
  readonly #epoch: Epoch;
  /** What an END for us carries. */
  readonly #id: Buffer;
  readonly #codec: Codec;
  readonly #scan: DatagramScan;
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
    this.#codec = options.codec;
    this.#scan = new DatagramScan(options.receiver);
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
      // At most a hint that the server is gone (a REPORT was refused): silence decides.
      onError: () => {},
    };
    options.receiver.control(this.welcome);
  }

  /** A datagram has come; `type` as `packetType` has it. */
  protected abstract receive(type: number, bytes: Buffer): void;

  /** DATA that is owed has come and is about to be handed on. `sendTime`: µs since the epoch. */
  protected abstract onData(sendTime: number): void;

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
    if (type !== 0 && hasEpoch(bytes, this.#epoch) && this.#understands(type, bytes)) return true;
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

  #onData(bytes: Buffer): boolean {
    if (!this.isExpected(bytes)) return true;
    // Read once: where the compiler does not inline the call, what it returns is a new number on
    // the heap.
    const sendTime = sendTimeOf(bytes);
    this.#arrived(bytes);
    this.onData(sendTime);
    this.receiver.begin(bytes, sendTime, this.#arrivedAt);
    const sound = this.#scan.run(this.#codec, bytes);
    this.receiver.end();
    return sound;
  }

  #onLagged(bytes: Buffer): boolean {
    const missed = decodeMissed(bytes);
    if (missed === undefined) return false;
    const lagged: Lagged = { control: 'lagged', missed, next: seqOf(bytes) };
    if (!isSound(lagged)) return false;
    if (this.isExpected(bytes) && this.#arrived(bytes)) this.receiver.control(lagged);
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

  /** Counts a datagram that has a `dseq` of its own; false when it is a duplicate. */
  #arrived(bytes: Buffer): boolean {
    this.counters.reads += 1;
    this.counters.bytes += bytes.length;
    return this.tracker.arrived(dseqOf(bytes));
  }
}
