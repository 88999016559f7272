import { LabError } from '../../errors.js';
import { shown } from '../client/announced.js';
import { Attempt } from '../client/attempt.js';
import type { DatagramSocket } from '../client-sockets.js';
import type { ClientCounters } from '../counters.js';
import { newClientCounters } from '../counters.js';
import { type Announce, decodeAnnounce, decodeEnd } from '../datagram/control-packets.js';
import { socketFailed } from '../datagram/socket-failed.js';
import { PACKET, packetType } from '../datagram/wire.js';
import { errorOfEnd } from '../end.js';
import type { Endpoint } from '../endpoint.js';
import type { ConnectOptions, Subscription } from '../transport.js';
import { join } from './join.js';
import { GroupSubscription } from './subscription.js';

/**
 * Joins the group of `endpoint` and waits for its server to announce itself; from then on every
 * message is owed. Nothing is ever sent, so nothing can be asked for.
 * @throws LAB_ERR_CONNECT, LAB_ERR_CONNECT_TIMEOUT, LAB_ERR_BAD_REQUEST, LAB_ERR_BAD_VALUE,
 * LAB_ERR_UNKNOWN_CODEC, LAB_ERR_CLOSED
 */
export async function connect(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
  refuseWishes(options);
  const counters = newClientCounters();
  const timedOut = (_: string, timeoutMs: number): LabError =>
    nobodyThere(endpoint, timeoutMs, counters);
  return Attempt.run(options, timedOut, async (attempt) => {
    const socket = await join(endpoint, options, attempt);
    try {
      return await welcomed(socket, options, counters, attempt);
    } catch (error) {
      socket.close();
      throw error;
    }
  });
}

/** @throws LAB_ERR_BAD_REQUEST: better than a stream that is not what was asked for */
function refuseWishes({ keys, policy, fromSeq }: ConnectOptions): void {
  const wish =
    keys !== undefined && keys.length > 0
      ? 'keys: every member gets every message'
      : policy !== undefined
        ? 'policy: the server has one cursor for all members'
        : fromSeq !== undefined
          ? 'from: what was sent is not sent again'
          : undefined;
  if (wish === undefined) return;
  throw new LabError('LAB_ERR_BAD_REQUEST', `a multicast group knows no request.${wish}`, {
    hint: 'leave it out, or subscribe over TCP or UDP',
  });
}

/**
 * Listens until the server of the group has said what there is, or that it is over. Leaves no
 * handler behind.
 */
function welcomed(
  socket: DatagramSocket,
  options: ConnectOptions,
  counters: ClientCounters,
  attempt: Attempt,
): Promise<Subscription> {
  return new Promise((resolve, reject) => {
    let datagrams = 0;
    const done = (): void => {
      release();
      socket.handler = undefined;
    };
    const fail = (error: LabError): void => {
      done();
      reject(error);
    };
    const onDatagram = (bytes: Buffer): void => {
      datagrams += 1;
      const heard = hear(bytes, counters, options);
      if (heard instanceof LabError) fail(heard);
      else if (heard !== undefined) {
        done();
        // At once: the next datagram is owed, and may be here already.
        try {
          resolve(new GroupSubscription(socket, heard, counters, options));
        } catch (error) {
          reject(error);
        }
      }
    };
    attempt.readings = () => datagrams;
    const release = attempt.onEnd(fail);
    // Of a socket that only listens no single error matters: silence is noticed anyway.
    socket.handler = {
      onDatagram,
      onError: () => {},
      onFailure: (error) => fail(socketFailed('LAB_ERR_CONNECT', error)),
    };
  });
}

/**
 * What a datagram says to someone who waits: an announcement, why there will be none, or
 * (undefined) nothing.
 */
function hear(
  bytes: Buffer,
  counters: ClientCounters,
  { codec }: ConnectOptions,
): Announce | LabError | undefined {
  const type = packetType(bytes);
  // Data whose place is not known yet.
  if (type === PACKET.data || type === PACKET.lagged) return undefined;
  const end = type === PACKET.end ? decodeEnd(bytes) : undefined;
  if (end !== undefined)
    return errorOfEnd(end) ?? new LabError('LAB_ERR_CLOSED', 'the feed is over');
  const announce = type === PACKET.announce ? decodeAnnounce(bytes) : undefined;
  if (announce === undefined) {
    counters.malformed += 1;
    return undefined;
  }
  if (announce.codec === codec.name) return announce;
  return new LabError(
    'LAB_ERR_UNKNOWN_CODEC',
    `asked for codec '${codec.name}', the group speaks ${shown(announce.codec)}`,
    { hint: `a group has one codec: ask for ${shown(announce.codec)}` },
  );
}

function nobodyThere(
  { host, port }: Endpoint,
  timeoutMs: number,
  { malformed }: ClientCounters,
): LabError {
  const noise = malformed === 0 ? '' : ` (${malformed} datagrams came that were none of ours)`;
  return new LabError(
    'LAB_ERR_CONNECT_TIMEOUT',
    `no server announced itself in group ${host}, port ${port}, within ${timeoutMs} ms${noise}`,
    {
      hint: `join on the interface that leads to the server (\`multicastInterface\`, or interface=ADDRESS in the URL), and compare group and port with the server's; else look for a route (ip route get ${host}), a firewall that drops UDP or IGMP, and net.ipv4.igmp_max_memberships`,
    },
  );
}
