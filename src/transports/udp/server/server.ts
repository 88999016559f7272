import { randomBytes } from 'node:crypto';
import type { Codec } from '../../../codecs/codec.js';
import type { Broadcast } from '../../../core/broadcast.js';
import { type Timer, timeOfDay } from '../../../core/clock.js';
import { LabError } from '../../../errors.js';
import { afterReading } from '../../after-reading.js';
import type { PacketCounters, ServerCounters } from '../../counters.js';
import { newPacketCounters, newServerCounters } from '../../counters.js';
import { decodeEnd, decodeReport } from '../../datagram/control-packets.js';
import {
  decodeHello,
  decodeSubscribe,
  encodeAccept,
  encodeReject,
  encodeRetry,
  type Subscribe,
} from '../../datagram/handshake-packets.js';
import { ID_BYTES } from '../../datagram/packet-fields.js';
import { datagramSize } from '../../datagram/size.js';
import { readSize } from '../../datagram/sockets.js';
import {
  type Epoch,
  HEADER_BYTES,
  hasEpoch,
  PACKET,
  PADDED_VERSION,
  packetType,
  parseEpoch,
  VERSIONS,
} from '../../datagram/wire.js';
import { endFor, listenError } from '../../end.js';
import type { Endpoint } from '../../endpoint.js';
import { localAddress, unspecifiedFamily } from '../../host.js';
import { openSubscriber, parseRequest, welcomeFor } from '../../request.js';
import { PacingTicker } from '../../server/pacing-ticker.js';
import { PeerDeadlines } from '../../server/peer-deadlines.js';
import type { TransportServer } from '../../transport.js';
import { grantedLease, type UdpListenOptions } from '../options.js';
import {
  type Channel,
  type ChannelParts,
  openOneAddress,
  type Sender,
  type UdpPort,
} from './channel.js';
import { Lease, type LeaseContext, type Peer } from './lease.js';
import { TokenIssuer } from './token.js';
import { WildcardPort } from './wildcard-port.js';

const DEFAULT_HEARTBEAT_MS = 1_000;
const DEFAULT_LEASE_MS = 5_000;
const DEFAULT_DRAIN_MS = 2_000;
/** How often leases are looked after: the grain of heartbeats, expiry and END. */
const TICK_MS = 100;
const DRAIN_POLL_MS = 5;

/** @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_BAD_VALUE, LAB_ERR_UDP_SENDER */
export async function listen(
  broadcast: Broadcast,
  options: UdpListenOptions,
): Promise<TransportServer> {
  const datagramBytes = datagramSize(options);
  const counters = newServerCounters();
  const onDrain = (): void => broadcast.requestFlush();
  const port = await openPort({ options, datagramBytes, counters, onDrain });
  broadcast.limitMessageBytes(
    datagramBytes - HEADER_BYTES,
    `a UDP datagram of ${datagramBytes} bytes`,
  );
  return new UdpServer(broadcast, options, port, counters, datagramBytes);
}

async function openPort(parts: ChannelParts): Promise<UdpPort> {
  const { host, port } = parts.options;
  try {
    // dgram would bind port 70000 as 4464.
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
      throw new Error('there is no such port');
    const ip = await localAddress(host);
    const every = unspecifiedFamily(ip);
    return await (every === undefined
      ? openOneAddress(parts, ip)
      : WildcardPort.open(parts, every));
  } catch (cause) {
    throw cause instanceof LabError
      ? cause
      : listenError(cause as NodeJS.ErrnoException, host, port);
  }
}

/**
 * Answers the handshake and keeps the leases; what comes to an address of ours is answered from it.
 * Nothing is remembered about an address before it has proved, by returning a token, that it can
 * receive; nothing is ever sent to it before that but a RETRY, shorter than its HELLO. What is not
 * understood is counted and answered with silence.
 */
class UdpServer implements TransportServer {
  readonly transport = 'udp';
  readonly endpoint: Endpoint;
  readonly sendBufferBytes: number | null;
  readonly counters: ServerCounters;
  readonly packets: PacketCounters = newPacketCounters();
  readonly #broadcast: Broadcast;
  readonly #epoch: Epoch;
  readonly #codecs: readonly Codec[];
  readonly #port: UdpPort;
  readonly #settings: Omit<LeaseContext, 'sender'>;
  /** What the leases of a channel share. */
  readonly #contexts = new WeakMap<Channel, LeaseContext>();
  readonly #deadlines: PeerDeadlines;
  readonly #pacing: PacingTicker;
  readonly #tokens: TokenIssuer;
  /** By our address, and theirs with its port. */
  readonly #leases = new Map<string, Lease>();
  readonly #leaseMs: number;
  #ticking: Timer | undefined;
  #judging: Timer | undefined;
  /** Of any kind, that the sockets have had. */
  #datagrams = 0;
  #closing: Promise<void> | undefined;

  constructor(
    broadcast: Broadcast,
    options: UdpListenOptions,
    port: UdpPort,
    counters: ServerCounters,
    datagramBytes: number,
  ) {
    this.#broadcast = broadcast;
    this.#epoch = parseEpoch(broadcast.epoch);
    this.#codecs = options.codecs;
    this.#port = port;
    this.#deadlines = new PeerDeadlines(options.clock);
    const payloadBytes = datagramBytes - HEADER_BYTES;
    this.#pacing = new PacingTicker(
      options.clock,
      () => broadcast.counters.publishedBytes / payloadBytes,
    );
    this.counters = counters;
    this.#tokens = new TokenIssuer(options.clock);
    const [first] = port.channels as [Channel];
    this.endpoint = port.endpoint;
    this.sendBufferBytes = readSize(() => first.socket.getSendBufferSize());
    this.#settings = {
      broadcast,
      epoch: this.#epoch,
      clock: options.clock,
      deadlines: this.#deadlines,
      counters: this.counters,
      pacing: this.#pacing,
      payloadBytes,
      heartbeatMs: options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS,
    };
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    port.start(
      (bytes, from, channel) => this.#receive(bytes, from, channel),
      () => new Set(this.#all().map(({ peer }) => peer.local ?? '')),
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
    for (const lease of this.#all()) lease.finish();
    await this.#until(() => this.#leases.size === 0 && !this.#blocked, deadline);
    for (const lease of this.#all()) {
      lease.end('closed');
      this.#forget(lease);
    }
    this.#ticking?.cancel();
    this.#judging?.cancel();
    this.#pacing.stop();
    this.#deadlines.release();
    await this.#port.close();
  }

  get #blocked(): boolean {
    return this.#port.channels.some(({ sender }) => sender.blocked);
  }

  #all(): Lease[] {
    return [...this.#leases.values()];
  }

  async #until(reached: () => boolean, deadline: number): Promise<void> {
    const { clock } = this.#settings;
    while (!reached() && this.#deadlines.now() < deadline) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, DRAIN_POLL_MS));
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
      case PACKET.end: {
        received.end += 1;
        const lease = this.#leaseOf(bytes, decodeEnd(bytes)?.id, from, channel);
        if (lease !== undefined) this.#forget(lease);
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
    const sendTime = Math.floor(timeOfDay(this.#settings.clock));
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
    const known = this.#leases.get(
      keyOf({ address: from.address, port: from.port, local: channel.local }),
    );
    if (known?.peer.nonce === nonce) {
      // ACCEPT was lost or slow. Once the client has confirmed it, this is an old copy.
      if (known.repeatAccept()) this.packets.answered.accept_again += 1;
      return true;
    }
    // The same address with a new nonce is a client that has started again.
    if (known !== undefined) this.#forget(known);
    this.#admit(subscribe, nonce, from, channel);
    return true;
  }

  #admit(subscribe: Subscribe, nonce: string, from: Sender, channel: Channel): void {
    const context = this.#contextOf(channel);
    const { heartbeatMs } = context;
    const leaseMs = grantedLease(this.#leaseMs, this.#leases.size);
    const id = randomBytes(ID_BYTES);
    const { receiveBufferBytes } = subscribe;
    const takesPadding = subscribe.version >= PADDED_VERSION;
    const { local } = channel;
    const { address, port } = from;
    const peer = { address, port, local, nonce, id, leaseMs, receiveBufferBytes, takesPadding };
    const lease = new Lease(peer, context);
    try {
      const request = parseRequest(subscribe.request);
      const { subscriber, codec } = openSubscriber(this.#broadcast, this.#codecs, request, lease);
      const { next, oldest, snapshot } = welcomeFor(
        this.#broadcast,
        subscriber,
        codec,
        heartbeatMs,
        context.clock,
      );
      const welcome = {
        epoch: this.#epoch,
        next,
        oldest,
        snapshot,
        heartbeatMs,
        leaseMs,
        codec: codec.name,
      };
      this.#leases.set(keyOf(lease.peer), lease);
      this.#deadlines.hold();
      this.#tickLater();
      const sendTime = Math.floor(timeOfDay(context.clock));
      lease.open(subscriber, encodeAccept({ ...welcome, nonce: subscribe.nonce, id, sendTime }));
      this.packets.answered.accept += 1;
    } catch (error) {
      const refusal = LabError.from(error);
      const { reason, message = '' } = endFor(refusal);
      this.counters.refused += 1;
      if (refusal.code === 'LAB_ERR_BAD_REQUEST') this.counters.malformed += 1;
      const reject = encodeReject({ nonce: subscribe.nonce, reason, message });
      channel.sender.sendPacket(reject, from.port, from.address);
      this.packets.answered.reject += 1;
    }
  }

  /** The lease of this address, if the packet carries its id. */
  #leaseOf(
    bytes: Buffer,
    id: Buffer | undefined,
    from: Sender,
    { local }: Channel,
  ): Lease | undefined {
    const lease = this.#leases.get(keyOf({ address: from.address, port: from.port, local }));
    const own =
      id !== undefined && lease?.peer.id.equals(id) === true && hasEpoch(bytes, this.#epoch);
    if (!own) this.#ignore(id === undefined ? 'malformed' : 'unknown_subscriber');
    return own ? lease : undefined;
  }

  #contextOf(channel: Channel): LeaseContext {
    let context = this.#contexts.get(channel);
    if (context === undefined) {
      context = { ...this.#settings, sender: channel.sender };
      this.#contexts.set(channel, context);
    }
    return context;
  }

  #forget(lease: Lease): void {
    lease.drop();
    if (this.#leases.delete(keyOf(lease.peer))) this.#deadlines.release();
  }

  /**
   * One timer for all leases, and none while there are none; what has arrived is read before they
   * are judged.
   */
  #tickLater(): void {
    const period = Math.min(TICK_MS, Math.ceil(this.#settings.heartbeatMs / 2));
    this.#ticking ??= this.#deadlines.set(period, () => this.#tick());
  }

  #tick(): void {
    this.#ticking = undefined;
    const now = this.#settings.clock.now();
    const patient = this.#deadlines.now();
    const overdue: Lease[] = [];
    for (const lease of this.#leases.values()) {
      if (lease.isOverdue(patient)) overdue.push(lease);
      else if (lease.tick(now, patient)) this.#forget(lease);
    }
    if (overdue.length > 0) this.#judgeOnceRead(overdue);
    if (this.#leases.size > 0) this.#tickLater();
  }

  /**
   * Their REPORTs may lie in the socket, where a busy process, or one that was stopped, left them.
   */
  #judgeOnceRead(overdue: readonly Lease[]): void {
    this.#judging ??= afterReading(
      this.#settings.clock,
      () => this.#datagrams,
      () => {
        this.#judging = undefined;
        const now = this.#settings.clock.now();
        const patient = this.#deadlines.now();
        for (const lease of overdue) {
          const stays = this.#leases.get(keyOf(lease.peer)) === lease;
          if (stays && lease.tick(now, patient)) this.#forget(lease);
        }
      },
    );
  }
}

/** The same socket of a client may ask several addresses of ours. */
function keyOf({ local = '', address, port }: Pick<Peer, 'local' | 'address' | 'port'>): string {
  return `${local}|${address}|${port}`;
}
