import { randomBytes } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Codec } from '../../codecs/codec.js';
import type { Broadcast } from '../../core/broadcast.js';
import type { Timer } from '../../core/clock.js';
import { LabError } from '../../errors.js';
import { newPacketCounters, newServerCounters } from '../counters.js';
import { decodeEnd, decodeReport } from '../datagram/control-packets.js';
import {
  decodeHello,
  decodeSubscribe,
  encodeAccept,
  encodeReject,
  encodeRetry,
  type Subscribe,
} from '../datagram/handshake-packets.js';
import { ID_BYTES } from '../datagram/packet-fields.js';
import { datagramSize } from '../datagram/size.js';
import { askSize, createUdpSocket, inodeOpenedBy, readSize, untilReady } from '../datagram/sockets.js';
import {
  type Epoch,
  HEADER_BYTES,
  hasEpoch,
  PACKET,
  packetType,
  parseEpoch,
  WIRE_VERSION,
} from '../datagram/wire.js';
import { endFor, listenError } from '../end.js';
import { localAddress } from '../host.js';
import { openSubscriber, parseRequest, welcomeFor } from '../request.js';
import type {
  Endpoint,
  ListenOptions,
  PacketCounters,
  ServerCounters,
  TransportServer,
} from '../transport.js';
import { Lease, type LeaseContext } from './lease.js';
import { openSender } from './open-sender.js';
import type { DatagramSender } from './sender.js';
import { TokenMint } from './token.js';

const DEFAULT_HEARTBEAT_MS = 1_000;
const DEFAULT_LEASE_MS = 5_000;
const DEFAULT_DRAIN_MS = 2_000;
/** A thousand clients that say HELLO at once send 1.2 MB; the kernel cuts this to what it allows. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** How often leases are looked after: the grain of heartbeats, expiry and END. */
const TICK_MS = 100;
const DRAIN_POLL_MS = 5;

/** @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_BAD_VALUE, LAB_ERR_UDP_SENDER */
export async function listen(broadcast: Broadcast, options: ListenOptions): Promise<TransportServer> {
  const datagramBytes = datagramSize(options);
  const { socket, inode } = await bind(options);
  const counters = newServerCounters();
  let sender: DatagramSender;
  try {
    sender = await openSender(options, {
      socket,
      datagramBytes,
      counters,
      onDrain: () => broadcast.requestFlush(),
    });
  } catch (error) {
    socket.close();
    throw error;
  }
  broadcast.limitMessageBytes(datagramBytes - HEADER_BYTES, `a UDP datagram of ${datagramBytes} bytes`);
  return new UdpServer(broadcast, options, { socket, inode, sender, counters }, datagramBytes);
}

async function bind({ host, port, sendBufferBytes }: ListenOptions): Promise<BoundSocket> {
  let socket: Socket | undefined;
  let inode: number | undefined;
  try {
    // dgram would bind port 70000 as 4464.
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) throw new Error('there is no such port');
    const ip = await localAddress(host);
    const opened = createUdpSocket(ip);
    socket = opened;
    await untilReady(opened, 'listening', () => {
      inode = inodeOpenedBy(() => opened.bind({ address: ip, port, exclusive: true }));
    });
    askSize(() => opened.setRecvBufferSize(RECEIVE_BUFFER_BYTES));
    if (sendBufferBytes !== undefined) askSize(() => opened.setSendBufferSize(sendBufferBytes));
    return { socket: opened, inode };
  } catch (cause) {
    socket?.close();
    throw listenError(cause as NodeJS.ErrnoException, host, port);
  }
}

interface BoundSocket {
  readonly socket: Socket;
  readonly inode: number | undefined;
}

interface SocketParts extends BoundSocket {
  readonly sender: DatagramSender;
  readonly counters: ServerCounters;
}

/**
 * Answers the handshake, keeps the leases and sends on one socket. Nothing is remembered about an address before it has
 * proved, by returning a token, that it can receive; nothing is ever sent to it before that but a RETRY, shorter
 * than its HELLO. What is not understood is counted and answered with silence.
 */
class UdpServer implements TransportServer {
  readonly transport = 'udp';
  readonly endpoint: Endpoint;
  readonly sendBufferBytes: number | null;
  readonly counters: ServerCounters;
  readonly packets: PacketCounters = newPacketCounters();
  readonly socketInodes: readonly (number | undefined)[];
  readonly #broadcast: Broadcast;
  readonly #epoch: Epoch;
  readonly #codecs: readonly Codec[];
  readonly #socket: Socket;
  readonly #sender: DatagramSender;
  readonly #context: LeaseContext;
  readonly #mint: TokenMint;
  /** By address and port. */
  readonly #leases = new Map<string, Lease>();
  #ticking: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    broadcast: Broadcast,
    options: ListenOptions,
    { socket, inode, sender, counters }: SocketParts,
    datagramBytes: number,
  ) {
    this.#broadcast = broadcast;
    this.#epoch = parseEpoch(broadcast.epoch);
    this.#codecs = options.codecs;
    this.#socket = socket;
    this.#sender = sender;
    this.counters = counters;
    this.socketInodes = [inode];
    this.#mint = new TokenMint(options.clock);
    const { address, port } = socket.address();
    this.endpoint = { host: address, port };
    this.sendBufferBytes = readSize(() => socket.getSendBufferSize());
    this.#context = {
      broadcast,
      epoch: this.#epoch,
      clock: options.clock,
      sender: this.#sender,
      counters: this.counters,
      payloadBytes: datagramBytes - HEADER_BYTES,
      heartbeatMs: options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS,
      leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    };
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
    // A failed read (an ICMP error on some systems) concerns one datagram, not the server: leases notice who is gone.
    socket.on('error', () => {});
  }

  get sender(): string {
    return this.#sender.name;
  }

  close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    const deadline = this.#context.clock.now() + drainMs * 1_000;
    this.#broadcast.flush();
    for (const lease of this.#all()) lease.finish();
    await this.#until(() => this.#leases.size === 0 && !this.#sender.blocked, deadline);
    for (const lease of this.#all()) {
      lease.end('closed');
      this.#forget(lease);
    }
    this.#ticking?.cancel();
    this.#sender.close();
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #all(): Lease[] {
    return [...this.#leases.values()];
  }

  async #until(reached: () => boolean, deadline: number): Promise<void> {
    const { clock } = this.#context;
    while (!reached() && clock.now() < deadline) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, DRAIN_POLL_MS));
    }
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    if (!this.#understands(bytes, from)) this.counters.malformed += 1;
  }

  #understands(bytes: Buffer, from: RemoteInfo): boolean {
    const { received } = this.packets;
    // Port 0 cannot be answered; only a forged datagram has it.
    switch (from.port === 0 ? undefined : packetType(bytes)) {
      case PACKET.hello:
        received.hello += 1;
        return this.#hello(bytes, from);
      case PACKET.subscribe:
        received.subscribe += 1;
        return this.#subscribe(bytes, from);
      case PACKET.report: {
        received.report += 1;
        const lease = this.#leaseOf(bytes, decodeReport(bytes)?.id, from);
        lease?.reported();
        return lease !== undefined;
      }
      case PACKET.end: {
        received.end += 1;
        const lease = this.#leaseOf(bytes, decodeEnd(bytes)?.id, from);
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

  #hello(bytes: Buffer, from: RemoteInfo): boolean {
    const hello = decodeHello(bytes);
    if (hello === undefined) return this.#ignore('malformed');
    if (this.#closing !== undefined) return this.#ignore('closing');
    // Without a common version the client learns ours from the RETRY and gives up by itself.
    const token = this.#mint.mint(from.address, from.port, hello.nonce);
    const retry = encodeRetry({ nonce: hello.nonce, token, versions: [WIRE_VERSION] });
    this.#sender.sendPacket(retry, from.port, from.address);
    this.packets.answered.retry += 1;
    return true;
  }

  #subscribe(bytes: Buffer, from: RemoteInfo): boolean {
    const subscribe = decodeSubscribe(bytes);
    if (subscribe === undefined) return this.#ignore('malformed');
    const { token } = subscribe;
    if (!this.#mint.verify(token, from.address, from.port, subscribe.nonce)) return this.#ignore('bad_token');
    if (this.#closing !== undefined) return this.#ignore('closing');
    const nonce = subscribe.nonce.toString('hex');
    const known = this.#leases.get(keyOf(from));
    if (known?.peer.nonce === nonce) {
      // ACCEPT was lost or slow. Once the client has confirmed it, this is an old copy.
      if (known.repeatAccept()) this.packets.answered.accept_again += 1;
      return true;
    }
    // The same address with a new nonce is a client that has started again.
    if (known !== undefined) this.#forget(known);
    this.#admit(subscribe, nonce, from);
    return true;
  }

  #admit(subscribe: Subscribe, nonce: string, from: RemoteInfo): void {
    const { heartbeatMs, leaseMs } = this.#context;
    const id = randomBytes(ID_BYTES);
    const lease = new Lease({ address: from.address, port: from.port, nonce, id }, this.#context);
    try {
      const request = parseRequest(subscribe.request);
      const { subscriber, codec } = openSubscriber(this.#broadcast, this.#codecs, request, lease);
      const { next, oldest, snapshot } = welcomeFor(this.#broadcast, subscriber, codec, heartbeatMs);
      const welcome = { epoch: this.#epoch, next, oldest, snapshot, heartbeatMs, leaseMs, codec: codec.name };
      this.#leases.set(keyOf(from), lease);
      this.#tickLater();
      lease.open(subscriber, encodeAccept({ ...welcome, nonce: subscribe.nonce, id }));
      this.packets.answered.accept += 1;
    } catch (error) {
      const refusal = LabError.from(error);
      const { reason, message = '' } = endFor(refusal);
      this.counters.refused += 1;
      if (refusal.code === 'LAB_ERR_BAD_REQUEST') this.counters.malformed += 1;
      const reject = encodeReject({ nonce: subscribe.nonce, reason, message });
      this.#sender.sendPacket(reject, from.port, from.address);
      this.packets.answered.reject += 1;
    }
  }

  /** The lease of this address, if the packet carries its id. */
  #leaseOf(bytes: Buffer, id: Buffer | undefined, from: RemoteInfo): Lease | undefined {
    const lease = this.#leases.get(keyOf(from));
    const own = id !== undefined && lease?.peer.id.equals(id) === true && hasEpoch(bytes, this.#epoch);
    if (!own) this.#ignore(id === undefined ? 'malformed' : 'unknown_subscriber');
    return own ? lease : undefined;
  }

  #forget(lease: Lease): void {
    lease.drop();
    this.#leases.delete(keyOf(lease.peer));
  }

  /** One timer for all leases, and none while there are none. */
  #tickLater(): void {
    const { clock, heartbeatMs } = this.#context;
    this.#ticking ??= clock.setTimeout(() => this.#tick(), Math.min(TICK_MS, Math.ceil(heartbeatMs / 2)));
  }

  #tick(): void {
    this.#ticking = undefined;
    const now = this.#context.clock.now();
    for (const lease of this.#leases.values()) if (lease.tick(now)) this.#forget(lease);
    if (this.#leases.size > 0) this.#tickLater();
  }
}

function keyOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address}|${port}`;
}
