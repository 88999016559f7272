import type { Socket } from 'node:dgram';
import type { Broadcast } from '../../core/broadcast.js';
import type { Timer } from '../../core/clock.js';
import { LabError } from '../../errors.js';
import type { ServerCounters } from '../counters.js';
import { newServerCounters } from '../counters.js';
import { checkGroup, DEFAULT_GROUP, DEFAULT_MULTICAST_TTL } from '../datagram/group.js';
import { datagramSize } from '../datagram/size.js';
import { askSize, createUdpSocket, readSize, untilReady } from '../datagram/sockets.js';
import { HEADER_BYTES, parseEpoch } from '../datagram/wire.js';
import { listenError } from '../end.js';
import type { Endpoint } from '../endpoint.js';
import { openSubscriber } from '../request.js';
import type { TransportServer } from '../transport.js';
import { type FeedContext, GroupFeed } from './feed.js';
import { interfaceAddress, routedAddress } from './interface.js';
import type { MulticastListenOptions } from './options.js';
import { GroupSender } from './sender.js';

const DEFAULT_HEARTBEAT_MS = 1_000;
const DEFAULT_DRAIN_MS = 2_000;
/** Between two announcements of an idle feed; also the grain of END. */
const BEAT_MS = 100;
const DRAIN_POLL_MS = 5;

/** No route to the group; no address of this machine; no such name. */
const NO_SUCH_INTERFACE: ReadonlySet<string | undefined> = new Set([
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
]);

/**
 * Sends `broadcast` to a group from now on, whether or not anybody has joined. `host` (or
 * `multicastInterface`) says from which interface, `port` which port the members listen on; the
 * server's own socket holds the same port of its address, so that no second server of this machine
 * takes it.
 * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_BAD_VALUE, LAB_ERR_CLOSED
 */
export async function listen(
  broadcast: Broadcast,
  options: MulticastListenOptions,
): Promise<TransportServer> {
  const datagramBytes = datagramSize(options);
  const group = checkGroup(options.group ?? DEFAULT_GROUP);
  const socket = await open(group, options);
  try {
    return new GroupServer(
      broadcast,
      options,
      socket,
      await endpointOf(socket, group),
      datagramBytes,
    );
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Where members join: with the interface, unless the routes of this machine lead there anyway. */
async function endpointOf(socket: Socket, group: string): Promise<Endpoint> {
  const { address, port } = socket.address();
  const routed = await routedAddress(group).catch(() => undefined);
  return { host: group, port, ...(address === routed ? {} : { multicastInterface: address }) };
}

/** A socket that sends to the group and to nobody else, and hears nothing. */
async function open(group: string, options: MulticastListenOptions): Promise<Socket> {
  const {
    host,
    port,
    multicastInterface,
    multicastTtl = DEFAULT_MULTICAST_TTL,
    sendBufferBytes,
  } = options;
  let socket: Socket | undefined;
  try {
    // dgram would bind port 70000 as 4464.
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
      throw new Error('there is no such port');
    const address =
      (await interfaceAddress(multicastInterface ?? host)) ?? (await routedAddress(group));
    const opened = createUdpSocket(address);
    socket = opened;
    await untilReady(opened, 'listening', () => opened.bind({ address, port, exclusive: true }));
    opened.setMulticastInterface(address);
    opened.setMulticastTTL(multicastTtl);
    // Members on this machine, too.
    opened.setMulticastLoopback(true);
    await untilReady(opened, 'connect', () => opened.connect(opened.address().port, group));
    if (sendBufferBytes !== undefined) askSize(() => opened.setSendBufferSize(sendBufferBytes));
    return opened;
  } catch (cause) {
    socket?.close();
    throw openError(cause as NodeJS.ErrnoException, group, multicastInterface ?? host, port);
  }
}

function openError(
  cause: NodeJS.ErrnoException,
  group: string,
  host: string,
  port: number,
): LabError {
  if (cause instanceof LabError) return cause;
  if (NO_SUCH_INTERFACE.has(cause.code)) {
    return new LabError(
      'LAB_ERR_LISTEN',
      `cannot send to group ${group} from ${host}: ${cause.message}`,
      {
        cause,
        hint: 'give `multicastInterface` an IPv4 address or an interface of this machine, or the system a route to the group: ip route add 239.0.0.0/8 dev eth0',
      },
    );
  }
  return listenError(cause, host, port);
}

/** One cursor, one socket, one timer, however many listen: nobody tells the server. */
class GroupServer implements TransportServer {
  readonly transport = 'udp-multicast';
  readonly sender = 'dgram';
  readonly endpoint: Endpoint;
  readonly sendBufferBytes: number | null;
  readonly counters: ServerCounters = newServerCounters();
  readonly #context: FeedContext;
  readonly #socket: Socket;
  readonly #feed: GroupFeed;
  #beating: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    broadcast: Broadcast,
    options: MulticastListenOptions,
    socket: Socket,
    endpoint: Endpoint,
    datagramBytes: number,
  ) {
    const payloadBytes = datagramBytes - HEADER_BYTES;
    this.#socket = socket;
    this.endpoint = endpoint;
    this.sendBufferBytes = readSize(() => socket.getSendBufferSize());
    this.#context = {
      broadcast,
      epoch: parseEpoch(broadcast.epoch),
      clock: options.clock,
      sender: new GroupSender(socket, datagramBytes, this.counters, () => broadcast.requestFlush()),
      counters: this.counters,
      payloadBytes,
      heartbeatMs: options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS,
    };
    this.#feed = new GroupFeed(this.#context);
    // A group is told what happens from now on: no snapshot, that all but one member would have
    // already.
    const request = { from: broadcast.next, epoch: broadcast.epoch };
    const { subscriber } = openSubscriber(broadcast, options.codecs, request, this.#feed);
    broadcast.limitMessageBytes(payloadBytes, `a UDP datagram of ${datagramBytes} bytes`);
    // A failed send comes back through its callback; nothing else can be wrong with a socket that
    // only sends.
    socket.on('error', () => {});
    this.#feed.open(subscriber);
    this.#beatLater();
  }

  close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    const { broadcast, clock } = this.#context;
    const deadline = clock.now() + drainMs * 1_000;
    broadcast.flush();
    this.#feed.finish();
    while (!this.#feed.over && clock.now() < deadline) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, DRAIN_POLL_MS));
    }
    this.#feed.end('closed');
    this.#beating?.cancel();
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #beatLater(): void {
    const { clock, heartbeatMs } = this.#context;
    this.#beating = clock.setTimeout(
      () => {
        this.#feed.beat(clock.now());
        this.#beatLater();
      },
      Math.min(BEAT_MS, heartbeatMs),
    );
  }
}
