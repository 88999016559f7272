import type { Socket } from 'node:dgram';
import type { Codec } from '../../codecs/codec.js';
import type { Clock, Timer } from '../../core/clock.js';
import type { Welcome } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { type Announce, decodeAnnounce, decodeEnd, decodeMissed } from '../datagram/control-packets.js';
import { DatagramTracker } from '../datagram/receive.js';
import { DatagramScan } from '../datagram/scan.js';
import { readSize } from '../datagram/sockets.js';
import { dseqOf, formatEpoch, hasEpoch, PACKET, packetType, sendTimeOf, seqOf } from '../datagram/wire.js';
import { errorOfEnd } from '../end.js';
import { PROTOCOL_VERSION } from '../request.js';
import type { ClientCounters, ConnectOptions, Receiver, Subscription } from '../transport.js';
import type { Membership } from './join.js';

/** A server that has not been heard for this long, or for three of its heartbeats if that is longer, is gone. */
const SILENCE_MS = 5_000;
const HEARTBEATS_MISSED = 3;

/**
 * The stream of a group from one announcement on. Messages of a datagram that came twice are handed on twice, and late ones when they
 * come: the receiver sees by `seq` what they are.
 */
export class GroupSubscription implements Subscription {
  readonly welcome: Welcome;
  readonly localPort: number;
  readonly socketInode: number | undefined;
  readonly receiveBufferBytes: number | null;
  readonly closed: Promise<LabError | undefined>;
  readonly counters: ClientCounters;
  readonly #socket: Socket;
  readonly #announce: Announce;
  readonly #codec: Codec;
  readonly #receiver: Receiver;
  readonly #clock: Clock;
  readonly #tracker: DatagramTracker;
  readonly #scan: DatagramScan;
  #resolveClosed: (error: LabError | undefined) => void = () => {};
  /** Clock readings, µs: the server; data or a heartbeat that was handed on. */
  #heardAt: number;
  #toldAt: number;
  #watching: Timer | undefined;
  #ended = false;

  constructor(
    { socket, inode }: Membership,
    announce: Announce,
    counters: ClientCounters,
    options: ConnectOptions,
  ) {
    this.#socket = socket;
    this.#announce = announce;
    this.counters = counters;
    this.#codec = options.codec;
    this.#receiver = options.receiver;
    this.#clock = options.clock;
    this.#tracker = new DatagramTracker(counters, announce.dseq);
    this.#scan = new DatagramScan(options.receiver);
    this.#heardAt = this.#toldAt = options.clock.now();
    this.localPort = socket.address().port;
    this.socketInode = inode;
    this.receiveBufferBytes = readSize(() => socket.getRecvBufferSize());
    this.welcome = {
      control: 'welcome',
      protocol: PROTOCOL_VERSION,
      codec: announce.codec,
      epoch: formatEpoch(announce.epoch),
      next: announce.next,
      oldest: announce.oldest,
      snapshot: 0,
      heartbeat_ms: announce.heartbeatMs,
    };
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    socket.on('message', (bytes) => this.#receive(bytes));
    // A socket that only listens has no errors that matter: silence is noticed anyway.
    socket.on('error', () => {});
    options.receiver.control(this.welcome);
    this.#watch();
  }

  async close(): Promise<void> {
    this.#finish(undefined);
    await this.closed;
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) return;
    const type = packetType(bytes);
    const ours = type !== 0 && hasEpoch(bytes, this.#announce.epoch);
    if (ours && this.#understands(type, bytes)) return;
    this.counters.malformed += 1;
    if (type === PACKET.announce && !ours) this.#onStranger(bytes);
  }

  #understands(type: number, bytes: Buffer): boolean {
    this.#heardAt = this.#clock.now();
    switch (type) {
      case PACKET.data:
        return this.#onData(bytes);
      case PACKET.lagged:
        return this.#onLagged(bytes);
      case PACKET.announce:
        return this.#onAnnounce(bytes);
      case PACKET.end:
        return this.#onEnd(bytes);
      default:
        return false;
    }
  }

  #onData(bytes: Buffer): boolean {
    // Overtaken by the announcement that we came in with: not owed to us.
    if (this.#tracker.precedes(dseqOf(bytes))) return true;
    this.#toldAt = this.#heardAt;
    this.#arrived(bytes);
    this.#receiver.begin(bytes, sendTimeOf(bytes));
    const sound = this.#scan.run(this.#codec, bytes);
    this.#receiver.end();
    return sound;
  }

  #onLagged(bytes: Buffer): boolean {
    const missed = decodeMissed(bytes);
    if (missed === undefined) return false;
    if (this.#tracker.precedes(dseqOf(bytes))) return true;
    if (this.#arrived(bytes)) this.#receiver.control({ control: 'lagged', missed, next: seqOf(bytes) });
    return true;
  }

  /** Counts a datagram that has a `dseq` of its own; false when it is a duplicate. */
  #arrived(bytes: Buffer): boolean {
    this.counters.reads += 1;
    this.counters.bytes += bytes.length;
    return this.#tracker.arrived(dseqOf(bytes));
  }

  /** A group is announced more often than a receiver wants to hear of it. */
  #onAnnounce(bytes: Buffer): boolean {
    if (decodeAnnounce(bytes) === undefined) return false;
    this.#tracker.expect(dseqOf(bytes));
    if (this.#heardAt - this.#toldAt >= this.#announce.heartbeatMs * 1_000) {
      this.#toldAt = this.#heardAt;
      this.#receiver.control({ control: 'heartbeat', next: seqOf(bytes) });
    }
    return true;
  }

  #onEnd(bytes: Buffer): boolean {
    const end = decodeEnd(bytes);
    if (end === undefined) return false;
    this.#tracker.expect(end.dseq);
    this.#receiver.control({ control: 'end', reason: end.reason });
    this.#finish(errorOfEnd(end));
    return true;
  }

  /**
   * Another server announces itself in our group. Ours, if it is silent longer than it ever is, has made way for it; otherwise two
   * servers share a group by mistake, and we stay with ours.
   */
  #onStranger(bytes: Buffer): void {
    const announce = decodeAnnounce(bytes);
    const silent = this.#clock.now() - this.#heardAt;
    if (announce === undefined || silent <= this.#announce.heartbeatMs * 1_000) return;
    const epochs = `${this.welcome.epoch} → ${formatEpoch(announce.epoch)}`;
    this.#finish(
      new LabError('LAB_ERR_CLOSED', `the server of the group has started again (epoch ${epochs})`, {
        hint: 'connect again: its sequence numbers begin anew',
      }),
    );
  }

  /** Looks whether the server is still there, and comes back later. */
  #watch(): void {
    const limitMs = Math.max(HEARTBEATS_MISSED * this.#announce.heartbeatMs, SILENCE_MS);
    const isSilent = (): boolean => this.#clock.now() - this.#heardAt > limitMs * 1_000;
    const later = (): void => {
      this.#watching = this.#clock.setTimeout(look, limitMs / HEARTBEATS_MISSED);
    };
    const look = (): void => {
      // It may be ourselves who stood still: what has come meanwhile is read before the second look.
      if (isSilent()) this.#watching = this.#clock.setImmediate(again);
      else later();
    };
    const again = (): void => {
      if (isSilent()) this.#finish(goneSilent(limitMs));
      else later();
    };
    later();
  }

  /** Leaves the group with the socket. */
  #finish(error: LabError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watching?.cancel();
    this.#socket.close(() => this.#resolveClosed(error));
  }
}

function goneSilent(limitMs: number): LabError {
  const message = `nothing heard from the server of the group for ${limitMs / 1_000} s`;
  const hint = 'the server or the network between is gone: connect again';
  return new LabError('LAB_ERR_LEASE_EXPIRED', message, { hint });
}
