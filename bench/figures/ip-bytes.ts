/**
 * IP bytes of a cell, both directions: what the kernel counted where nothing else was sent, and
 * else what the protocols add to what sockets were given. Pure. docs/design/methodology.md,
 * "Bytes".
 */
import type { FeedTraffic } from '../ipc/server.js';
import type { IpCounters } from '../probe/ip-counters.js';
import type { CellResult } from '../result/result.js';

interface Circumstances {
  /** Over TCP; else UDP. */
  readonly reliable: boolean;
  /** Clients whose connections have both ends on this host. */
  readonly joined: number;
  readonly ipv6: boolean;
  /** Of the ping under load, bytes of payload. */
  readonly pingBytes: number;
  /** Of a report of a UDP client. */
  readonly reportBytes: number;
}

type IpFigures = Pick<CellResult['wire'], 'ip_bytes_per_delivery' | 'ip_bytes_source'>;

export const NO_IP_FIGURES: IpFigures = { ip_bytes_per_delivery: null, ip_bytes_source: null };

const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
/** With the timestamps that Linux and others put into every segment. */
const TCP_BYTES = 32;
const ICMP_BYTES = 8;
/** Of the loopback interface, whose MTU is 64 KiB: server and subscribers are on one host. */
const SEGMENT_BYTES = 65_483;
/** Packets of others, of those of the cell: below what the ratio of two transports resolves. */
const FEW_OTHERS = 0.005;

/**
 * What the protocols add is of a send, whatever it holds: so it is taken by sends from the feed to
 * the window, whose sends may be of another size (a warm-up mostly batches more).
 * @param handed bytes given to sockets per delivery: `wire.bytes_per_delivery`
 * @param bytesPerSend of the window
 * @param traffic of the whole feed, warm-up and drain included
 * @param counted the growth of the host's counters meanwhile; null where nobody knows
 */
export function ipFigures(
  handed: number | null,
  bytesPerSend: number | null,
  traffic: FeedTraffic,
  counted: IpCounters | null,
  circumstances: Circumstances,
): IpFigures {
  if (handed === null || bytesPerSend === null || traffic.sendBytes === 0) return NO_IP_FIGURES;
  const measured = counted === null ? null : measuredBytes(traffic, counted, circumstances);
  const bytes = measured ?? estimatedBytes(traffic, circumstances);
  return {
    ip_bytes_per_delivery: perDelivery(handed, bytesPerSend, traffic, bytes),
    ip_bytes_source: measured === null ? 'estimated' : 'measured',
  };
}

/** The same by what an emulated link carried of the feed. */
export function linkIpFigures(
  handed: number | null,
  bytesPerSend: number | null,
  traffic: FeedTraffic,
  linkBytes: number,
): IpFigures {
  if (handed === null || bytesPerSend === null || traffic.sendBytes === 0) return NO_IP_FIGURES;
  return {
    ip_bytes_per_delivery: perDelivery(handed, bytesPerSend, traffic, linkBytes),
    ip_bytes_source: 'link',
  };
}

/** `bytes`: IP bytes of the whole feed. */
function perDelivery(
  handed: number,
  bytesPerSend: number,
  { sends, sendBytes }: FeedTraffic,
  bytes: number,
): number {
  return handed * (1 + (bytes - sendBytes) / sends / bytesPerSend);
}

/** Null when others may have sent, or the counters are of another network namespace. */
function measuredBytes(
  { sends, sendBytes, received }: FeedTraffic,
  counted: IpCounters,
  { reliable, joined, ipv6, pingBytes }: Circumstances,
): number | null {
  const { octets, tcpSegments, udpDatagrams, icmpMessages, tcpOpened, tcpConnected } = counted;
  const few = FEW_OTHERS * (sends + received);
  // Which segments are whose cannot be told: so nobody else may have a connection.
  const isAlone = reliable
    ? udpDatagrams <= few && tcpOpened === 0 && tcpConnected === 2 * joined
    : tcpSegments <= few && Math.abs(udpDatagrams - sends - received) <= few;
  const pings = icmpMessages * (ipBytes(ipv6) + ICMP_BYTES + pingBytes);
  const bytes = octets - pings;
  return isAlone && bytes >= sendBytes ? bytes : null;
}

/** Every write is a segment or several, and is acknowledged once: the client reads it at once. */
function estimatedBytes(
  { sends, sendBytes, received }: FeedTraffic,
  { reliable, ipv6, reportBytes }: Circumstances,
): number {
  const ip = ipBytes(ipv6);
  if (!reliable)
    return sendBytes + sends * (ip + UDP_BYTES) + received * (ip + UDP_BYTES + reportBytes);
  const segments = sends * Math.ceil(sendBytes / sends / SEGMENT_BYTES);
  return sendBytes + (segments + sends) * (ip + TCP_BYTES);
}

function ipBytes(ipv6: boolean): number {
  return ipv6 ? IPV6_BYTES : IPV4_BYTES;
}
