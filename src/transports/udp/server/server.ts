import type { Broadcast } from '../../../core/broadcast.js';
import { type Clock, timeOfDay } from '../../../core/clock.js';
import type { PacketCounters, ServerCounters } from '../../counters.js';
import { newPacketCounters } from '../../counters.js';
import { decodeEnd, decodeReport } from '../../datagram/control-packets.js';
import { decodeHello, decodeSubscribe, encodeRetry } from '../../datagram/handshake-packets.js';
import { decodeNak } from '../../datagram/repair-packets.js';
import { readSize } from '../../datagram/sockets.js';
import {
  type Epoch,
  hasEpoch,
  PACKET,
  packetType,
  parseEpoch,
  VERSIONS,
} from '../../datagram/wire.js';
import type { Endpoint } from '../../endpoint.js';
import { PacingTicker } from '../../server/pacing-ticker.js';
import { PeerDeadlines } from '../../server/peer-deadlines.js';
import type { TransportServer } from '../../transport.js';
import type { UdpListenOptions } from '../options.js';
import { SharedRedundancy } from '../redundancy/sending/new-sender.js';
import { Admission, type LeaseSettings } from './admission.js';
import type { Channel, Sender, UdpPort } from './channel.js';
import type { Lease } from './lease.js';
import { LeaseTable } from './lease-table.js';
import { TokenIssuer } from './token.js';

const DEFAULT_HEARTBEAT_MS = 1_000;
const DEFAULT_LEASE_MS = 5_000;
const DEFAULT_DRAIN_MS = 2_000;
const DRAIN_POLL_MS = 5;

/**
 * Answers the handshake and keeps the leases; what comes to an address of ours is answered from it.
 * Nothing is remembered about an address before it has proved, by returning a token, that it can
 * receive; nothing is ever sent to it before that but a RETRY, shorter than its HELLO. What is not
 * understood is counted and answered with silence.
 */
export class UdpServer implements TransportServer {
  readonly transport = 'udp';
  readonly endpoint: Endpoint;
  readonly sendBufferBytes: number | null;
  readonly counters: ServerCounters;
  readonly packets: PacketCounters = newPacketCounters();
  readonly #broadcast: Broadcast;
  readonly #epoch: Epoch;
  readonly #port: UdpPort;
  readonly #clock: Clock;
  readonly #deadlines: PeerDeadlines;
  readonly #pacing: PacingTicker;
  readonly #tokens: TokenIssuer;
  readonly #leases: LeaseTable;
  readonly #admission: Admission;
  /** Of any kind, that the sockets have had. */
  #datagrams = 0;
  #closing: Promise<void> | undefined;

  constructor(
    broadcast: Broadcast,
    options: UdpListenOptions,
    port: UdpPort,
    counters: ServerCounters,
    payloadBytes: number,
  ) {
    this.#broadcast = broadcast;
    this.#epoch = parseEpoch(broadcast.epoch);
    this.#clock = options.clock;
    this.#port = port;
    this.#deadlines = new PeerDeadlines(options.clock);
    this.#pacing = new PacingTicker(
      options.clock,
      () => broadcast.counters.publishedBytes / payloadBytes,
    );
    this.counters = counters;
    this.#tokens = new TokenIssuer(options.clock);
    const [first] = port.channels as [Channel];
    this.endpoint = port.endpoint;
    this.sendBufferBytes = readSize(() => first.socket.getSendBufferSize());
    const settings: LeaseSettings = {
      broadcast,
      epoch: this.#epoch,
      clock: options.clock,
      deadlines: this.#deadlines,
      counters: this.counters,
      pacing: this.#pacing,
      payloadBytes,
      redundancy: new SharedRedundancy(broadcast),
      heartbeatMs: options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS,
      circuitBreaker: options.circuitBreaker !== 'off',
    };
    this.#leases = new LeaseTable({
      clock: options.clock,
      deadlines: this.#deadlines,
      heartbeatMs: settings.heartbeatMs,
      datagrams: () => this.#datagrams,
    });
    this.#admission = new Admission({
      settings,
      codecs: options.codecs,
      leases: this.#leases,
      leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
      repair: options.repair ?? 'none',
      answered: this.packets.answered,
    });
    port.start(
      (bytes, from, channel) => this.#receive(bytes, from, channel),
      () => new Set(this.#leases.all().map(({ peer }) => peer.local ?? '')),
    );
  }

  /** Of its first address; all are of one kind. */
  get sender(): string {
    return this.#port.channels[0]?.sender.name ?? 'none';
  }

  get socketInodes(): readonly (number | undefined)[] {
    return this.#port.socketInodes;
  }

  close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    this.#deadlines.hold();
    const deadline = this.#deadlines.now() + drainMs * 1_000;
    this.#broadcast.flush();
    for (const lease of this.#leases.all()) lease.finish();
    await this.#until(() => this.#leases.size === 0 && !this.#blocked, deadline);
    for (const lease of this.#leases.all()) {
      lease.end('closed');
      this.#leases.forget(lease);
    }
    this.#leases.stop();
    this.#pacing.stop();
    this.#deadlines.release();
    await this.#port.close();
  }

  get #blocked(): boolean {
    return this.#port.channels.some(({ sender }) => sender.blocked);
  }

  async #until(reached: () => boolean, deadline: number): Promise<void> {
    while (!reached() && this.#deadlines.now() < deadline) {
      await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, DRAIN_POLL_MS));
    }
  }

  #receive(bytes: Buffer, from: Sender, channel: Channel): void {
    this.#datagrams += 1;
    if (!this.#understands(bytes, from, channel)) this.counters.malformed += 1;
  }

  #understands(bytes: Buffer, from: Sender, channel: Channel): boolean {
    const { received } = this.packets;
    // Port 0 cannot be answered; only a forged datagram has it.
    switch (from.port === 0 ? undefined : packetType(bytes)) {
      case PACKET.hello:
        received.hello += 1;
        return this.#hello(bytes, from, channel);
      case PACKET.subscribe:
        received.subscribe += 1;
        return this.#subscribe(bytes, from, channel);
      case PACKET.report: {
        received.report += 1;
        const report = decodeReport(bytes);
        const lease = this.#leaseOf(bytes, report?.id, from, channel);
        if (report !== undefined) lease?.reported(report);
        return lease !== undefined;
      }
      case PACKET.nak: {
        received.nak += 1;
        const nak = decodeNak(bytes);
        const lease = this.#leaseOf(bytes, nak?.id, from, channel);
        if (lease === undefined || nak === undefined) return false;
        return lease.asked(nak.ranges) || this.#ignore('malformed');
      }
      case PACKET.end: {
        received.end += 1;
        const lease = this.#leaseOf(bytes, decodeEnd(bytes)?.id, from, channel);
        if (lease !== undefined) this.#leases.forget(lease);
        return lease !== undefined;
      }
      default:
        received.other += 1;
        return this.#ignore('malformed');
    }
  }

  /** Whether the packet made sense all the same. */
  #ignore(reason: keyof PacketCounters['ignored']): boolean {
    this.packets.ignored[reason] += 1;
    return reason === 'closing';
  }

  #hello(bytes: Buffer, from: Sender, { sender }: Channel): boolean {
    const hello = decodeHello(bytes);
    if (hello === undefined) return this.#ignore('malformed');
    if (this.#closing !== undefined) return this.#ignore('closing');
    // Without a common version the client learns ours from the RETRY and gives up by itself.
    const token = this.#tokens.issue(from.address, from.port, hello.nonce);
    const sendTime = Math.floor(timeOfDay(this.#clock));
    const retry = encodeRetry({ nonce: hello.nonce, token, versions: VERSIONS, sendTime });
    sender.sendPacket(retry, from.port, from.address);
    this.packets.answered.retry += 1;
    return true;
  }

  #subscribe(bytes: Buffer, from: Sender, channel: Channel): boolean {
    const subscribe = decodeSubscribe(bytes);
    if (subscribe === undefined) return this.#ignore('malformed');
    const { token } = subscribe;
    if (!this.#tokens.verify(token, from.address, from.port, subscribe.nonce))
      return this.#ignore('bad_token');
    if (this.#closing !== undefined) return this.#ignore('closing');
    const nonce = subscribe.nonce.toString('hex');
    const known = this.#leases.of(from, channel);
    if (known?.peer.nonce === nonce) {
      // ACCEPT was lost or slow. Once the client has confirmed it, this is an old copy.
      if (known.repeatAccept()) this.packets.answered.accept_again += 1;
      return true;
    }
    // The same address with a new nonce is a client that has started again.
    if (known !== undefined) this.#leases.forget(known);
    this.#admission.admit(subscribe, nonce, from, channel);
    return true;
  }

  /** The lease of this address, if the packet carries its id. */
  #leaseOf(
    bytes: Buffer,
    id: Buffer | undefined,
    from: Sender,
    channel: Channel,
  ): Lease | undefined {
    const lease = this.#leases.of(from, channel);
    const own =
      id !== undefined && lease?.peer.id.equals(id) === true && hasEpoch(bytes, this.#epoch);
    if (!own) this.#ignore(id === undefined ? 'malformed' : 'unknown_subscriber');
    return own ? lease : undefined;
  }
}
