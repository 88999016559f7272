import type { Socket } from 'node:dgram';
import type { Codec } from '../../codecs/codec.js';
import type { Clock, Timer } from '../../core/clock.js';
import type { Welcome } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { newClientCounters } from '../counters.js';
import {
  type Accept,
  decodeEnd,
  decodeMissed,
  encodeEnd,
  encodeReport,
} from '../datagram/control-packets.js';
import { DatagramTracker, Jitter } from '../datagram/receive.js';
import { DatagramScan } from '../datagram/scan.js';
import { askSize, createUdpSocket, readSize, resolveHost, untilReady } from '../datagram/sockets.js';
import { dseqOf, formatEpoch, hasEpoch, PACKET, packetType, sendTimeOf, seqOf } from '../datagram/wire.js';
import { errorOfEnd } from '../end.js';
import { PROTOCOL_VERSION } from '../request.js';
import type { ClientCounters, ConnectOptions, Endpoint, Receiver, Subscription } from '../transport.js';
import { Handshake } from './handshake.js';

const REPORT_MS = 1_000;
/** Until the first datagram shows that a REPORT has arrived. */
const FIRST_REPORTS_MS = 250;

/** @throws LAB_ERR_CONNECT, LAB_ERR_CONNECT_TIMEOUT, LAB_ERR_PROTOCOL, LAB_ERR_BAD_REQUEST, LAB_ERR_MAX_CLIENTS, … */
export async function connect(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
  const socket = await open(endpoint, options);
  try {
    const accept = await new Handshake(socket, endpoint, options).run();
    return new UdpSubscription(socket, accept, options);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** A socket connected to the server: datagrams from elsewhere never reach it. */
async function open({ host, port }: Endpoint, { receiveBufferBytes }: ConnectOptions): Promise<Socket> {
  let socket: Socket | undefined;
  try {
    const ip = await resolveHost(host);
    const opened = createUdpSocket(ip);
    socket = opened;
    await untilReady(opened, 'connect', () => opened.connect(port, ip));
    if (receiveBufferBytes !== undefined) askSize(() => opened.setRecvBufferSize(receiveBufferBytes));
    return opened;
  } catch (cause) {
    socket?.close();
    throw new LabError('LAB_ERR_CONNECT', `cannot reach udp ${host}:${port}: ${(cause as Error).message}`, {
      cause,
      hint: 'check the host name and the network',
    });
  }
}

/**
 * The receiving half. Messages of a datagram that came twice are handed on twice, and late ones when they come: the
 * receiver sees by `seq` what they are. Only a LAGGED notice is taken once.
 */
class UdpSubscription implements Subscription {
  readonly welcome: Welcome;
  readonly localPort: number;
  readonly receiveBufferBytes: number | null;
  readonly closed: Promise<LabError | undefined>;
  readonly counters: ClientCounters = newClientCounters();
  readonly #socket: Socket;
  readonly #accept: Accept;
  readonly #codec: Codec;
  readonly #receiver: Receiver;
  readonly #clock: Clock;
  readonly #tracker: DatagramTracker;
  readonly #jitter = new Jitter();
  readonly #scan: DatagramScan;
  readonly #silenceLimit: number;
  readonly #resolveClosed: (error: LabError | undefined) => void;
  #heardAt: number;
  #heardAnything = false;
  #nextReport: Timer | undefined;
  #ended = false;

  constructor(socket: Socket, accept: Accept, options: ConnectOptions) {
    this.#socket = socket;
    this.#accept = accept;
    this.#codec = options.codec;
    this.#receiver = options.receiver;
    this.#clock = options.clock;
    this.#tracker = new DatagramTracker(this.counters);
    this.#scan = new DatagramScan(options.receiver);
    this.#heardAt = options.clock.now();
    this.#silenceLimit = Math.max(3 * accept.heartbeatMs, accept.leaseMs) * 1_000;
    this.localPort = socket.address().port;
    this.receiveBufferBytes = readSize(() => socket.getRecvBufferSize());
    this.welcome = {
      control: 'welcome',
      protocol: PROTOCOL_VERSION,
      codec: accept.codec,
      epoch: formatEpoch(accept.epoch),
      next: accept.next,
      oldest: accept.oldest,
      snapshot: accept.snapshot,
      heartbeat_ms: accept.heartbeatMs,
    };
    const { promise, resolve } = withResolver<LabError | undefined>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    socket.on('message', (bytes) => this.#receive(bytes));
    // A refused REPORT is a hint that the server is gone; the lease decides.
    socket.on('error', () => {});
    options.receiver.control(this.welcome);
    // The confirmation that ACCEPT has arrived: the server sends nothing before it.
    this.#report();
  }

  async close(): Promise<void> {
    this.#finish(undefined);
    await this.closed;
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) return;
    const type = packetType(bytes);
    // Late copies of the handshake's answers.
    if (type === PACKET.retry || type === PACKET.accept || type === PACKET.reject) return;
    if (type === 0 || !hasEpoch(bytes, this.#accept.epoch) || !this.#understands(type, bytes)) {
      this.counters.malformed += 1;
      return;
    }
    this.#heardAnything = true;
  }

  #understands(type: number, bytes: Buffer): boolean {
    this.#heardAt = this.#clock.now();
    switch (type) {
      case PACKET.data:
        return this.#onData(bytes);
      case PACKET.heartbeat:
        this.#tracker.expect(dseqOf(bytes));
        this.#receiver.control({ control: 'heartbeat', next: seqOf(bytes) });
        return true;
      case PACKET.lagged:
        return this.#onLagged(bytes);
      case PACKET.end:
        return this.#onEnd(bytes);
      default:
        return false;
    }
  }

  #onData(bytes: Buffer): boolean {
    const sendTime = sendTimeOf(bytes);
    this.#arrived(bytes);
    this.#jitter.arrived(this.#heardAt, sendTime);
    this.#receiver.begin(bytes, sendTime);
    const sound = this.#scan.run(this.#codec, bytes);
    this.#receiver.end();
    return sound;
  }

  #onLagged(bytes: Buffer): boolean {
    const missed = decodeMissed(bytes);
    if (missed === undefined) return false;
    if (this.#arrived(bytes)) this.#receiver.control({ control: 'lagged', missed, next: seqOf(bytes) });
    return true;
  }

  /** Counts a datagram that has a `dseq` of its own; false when it is a duplicate. */
  #arrived(bytes: Buffer): boolean {
    this.counters.reads += 1;
    this.counters.bytes += bytes.length;
    return this.#tracker.arrived(dseqOf(bytes));
  }

  #onEnd(bytes: Buffer): boolean {
    const end = decodeEnd(bytes);
    if (end === undefined || !end.id.equals(this.#accept.id)) return false;
    const lost = this.counters.datagramsLost;
    this.#tracker.expect(end.dseq);
    // A tail is lost: the receiver learns how far the feed had come, as a heartbeat would have told it.
    if (this.counters.datagramsLost > lost) {
      this.#receiver.control({ control: 'heartbeat', next: seqOf(bytes) });
    }
    this.#receiver.control({ control: 'end', reason: end.reason });
    this.#finish(errorOfEnd(end));
    return true;
  }

  /** Reports, looks whether the server is still there, and comes back later. */
  #report(): void {
    if (this.#clock.now() - this.#heardAt > this.#silenceLimit) {
      const seconds = this.#silenceLimit / 1e6;
      this.#finish(
        new LabError('LAB_ERR_LEASE_EXPIRED', `nothing heard from the server for ${seconds} s`, {
          hint: 'the server or the network between is gone: connect again',
        }),
      );
      return;
    }
    const { epoch, id } = this.#accept;
    const { highest, received } = this.#tracker;
    const lost = this.counters.datagramsLost;
    const jitter = Math.round(this.#jitter.micros);
    this.#socket.send(encodeReport({ epoch, id, highest, received, lost, jitter }), ignoreError);
    const wait = this.#heardAnything ? REPORT_MS : FIRST_REPORTS_MS;
    this.#nextReport = this.#clock.setTimeout(() => this.#report(), wait);
  }

  /** Says END — as a farewell, or to acknowledge the server's — and closes. */
  #finish(error: LabError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#nextReport?.cancel();
    const { epoch, id } = this.#accept;
    this.#socket.send(encodeEnd({ epoch, id, seq: 0, dseq: 0, sendTime: 0, reason: 'closed' }), () => {
      this.#socket.close(() => this.#resolveClosed(error));
    });
  }
}

function withResolver<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A REPORT or END that cannot be sent is one that got lost. */
function ignoreError(): void {}
