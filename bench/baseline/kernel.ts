import { type CpuTimes, parseCpuTimes, stolenShare } from '../cpu-times.js';
import { type ReadText, readText } from '../read-text.js';
import type { CellResult } from '../result.js';

/** UDP counters of the host (this network namespace), IPv4; they only grow. From the MIB of RFC 4113, plus Linux' own two. */
export interface UdpSnmp {
  readonly inDatagrams: number;
  /** Datagrams not delivered for any reason but a missing port; includes rcvbufErrors. */
  readonly inErrors: number;
  /** Dropped because a receive buffer was full. */
  readonly rcvbufErrors: number;
  /** Refused because a send buffer was full or memory short. */
  readonly sndbufErrors: number;
}

/**
 * Datagrams the kernel dropped at the sockets bound to these local ports since each was opened (a full receive buffer,
 * or a bad checksum); sockets that share a port are added up. A port without a socket is not in the map.
 * Null where there is no /proc/net/udp.
 */
export async function udpSocketDrops(
  ports: ReadonlySet<number>,
  read: ReadText = readText,
): Promise<Map<number, number> | null> {
  const tables = await Promise.all([read('/proc/net/udp'), read('/proc/net/udp6')]);
  if (tables[0] === null && tables[1] === null) return null;
  const drops = new Map<number, number>();
  for (const table of tables) addDrops(table ?? '', ports, drops);
  return drops;
}

/**
 * The same by the sockets' inodes, for sockets that share a port, be it with those of other processes: each has its own count.
 * An inode without a UDP socket is not in the map.
 */
export async function udpInodeDrops(
  inodes: ReadonlySet<number>,
  read: ReadText = readText,
): Promise<Map<number, number> | null> {
  const tables = await Promise.all([read('/proc/net/udp'), read('/proc/net/udp6')]);
  if (tables[0] === null && tables[1] === null) return null;
  const drops = new Map<number, number>();
  for (const table of tables) {
    for (const row of rowsOf(table ?? '')) if (inodes.has(row.inode)) drops.set(row.inode, row.drops);
  }
  return drops;
}

/** Whether anything waits unread in the receive buffers of the UDP sockets with these ports or inodes; false where there is no /proc. */
export async function udpUnread(
  keys: ReadonlySet<number>,
  by: 'port' | 'inode',
  read: ReadText = readText,
): Promise<boolean> {
  const tables = await Promise.all([read('/proc/net/udp'), read('/proc/net/udp6')]);
  return tables.some((table) => rowsOf(table ?? '').some((row) => row.unread > 0 && keys.has(row[by])));
}

/** Adds what a /proc/net/udp or udp6 says of `ports` to `into`. */
function addDrops(table: string, ports: ReadonlySet<number>, into: Map<number, number>): void {
  // The kernel prints the table piece by piece: a socket may be seen twice when others come and go meanwhile.
  const seen = new Set<number>();
  for (const { port, inode, drops } of rowsOf(table)) {
    if (!ports.has(port) || seen.has(inode)) continue;
    seen.add(inode);
    into.set(port, (into.get(port) ?? 0) + drops);
  }
}

interface SocketRow {
  readonly port: number;
  readonly inode: number;
  readonly drops: number;
  /** Bytes of its receive buffer in use, the kernel's bookkeeping included. */
  readonly unread: number;
}

/**
 * The rows of /proc/net/udp or udp6 that make sense. Columns as printed by the kernel's udp4_format_sock():
 * sl local remote st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops; addresses and ports in hex.
 */
function rowsOf(table: string): SocketRow[] {
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const port = Number.parseInt(columns[1]?.split(':')[1] ?? '', 16);
    const unread = Number.parseInt(columns[4]?.split(':')[1] ?? '', 16);
    const [inode, drops] = [Number(columns[9]), Number(columns[12])];
    const sound = [port, inode, drops, unread].every((value) => Number.isSafeInteger(value));
    return sound ? [{ port, inode, drops, unread }] : [];
  });
}

/** UDP counters of the host, now; null where there is no /proc/net/snmp. */
export async function udpSnmp(read: ReadText = readText): Promise<UdpSnmp | null> {
  return parseSnmp((await read('/proc/net/snmp')) ?? '');
}

/** Counters of the host; a null is one that this platform does not tell. */
export interface HostCounters extends Omit<CellResult['kernel'], 'cpu_steal_ratio'> {
  readonly cpu: CpuTimes | null;
}

/** These counters, now. */
export async function hostCounters(read: ReadText = readText): Promise<HostCounters> {
  const text = (await read('/proc/net/snmp')) ?? '';
  const udp = table(text, 'Udp');
  return {
    udp_rcvbuf_errors: udp?.('RcvbufErrors') ?? null,
    udp_sndbuf_errors: udp?.('SndbufErrors') ?? null,
    udp_in_errors: udp?.('InErrors') ?? null,
    tcp_retransmitted_segments: table(text, 'Tcp')?.('RetransSegs') ?? null,
    cpu: parseCpuTimes((await read('/proc/stat')) ?? ''),
  };
}

/** What a cell reports: how much they grew; null where either reading is. */
export function hostGrowth(before: HostCounters, after: HostCounters): CellResult['kernel'] {
  const grown = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : Math.max(0, b - a);
  return {
    udp_rcvbuf_errors: grown(before.udp_rcvbuf_errors, after.udp_rcvbuf_errors),
    udp_sndbuf_errors: grown(before.udp_sndbuf_errors, after.udp_sndbuf_errors),
    udp_in_errors: grown(before.udp_in_errors, after.udp_in_errors),
    tcp_retransmitted_segments: grown(before.tcp_retransmitted_segments, after.tcp_retransmitted_segments),
    cpu_steal_ratio: before.cpu === null || after.cpu === null ? null : stolenShare(before.cpu, after.cpu),
  };
}

/** The UDP counters of /proc/net/snmp; null when they are not there. Pure. */
function parseSnmp(text: string): UdpSnmp | null {
  const counter = table(text, 'Udp');
  if (counter === null) return null;
  return {
    inDatagrams: counter('InDatagrams') ?? 0,
    inErrors: counter('InErrors') ?? 0,
    rcvbufErrors: counter('RcvbufErrors') ?? 0,
    sndbufErrors: counter('SndbufErrors') ?? 0,
  };
}

/** Reads the two lines of one protocol, names and values; null when they are not there. */
function table(text: string, protocol: string): ((name: string) => number | null) | null {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.trim().split(/\s+/));
  if (!names || !values) return null;
  return (name) => {
    const value = Number(values[names.indexOf(name)]);
    return Number.isSafeInteger(value) ? value : null;
  };
}
