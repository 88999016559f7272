import { type ReadText, readText } from '../read-text.js';

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
 * Adds what a /proc/net/udp or udp6 says of `ports` to `into`. Columns as printed by the kernel's udp4_format_sock():
 * sl local remote st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops; addresses and ports in hex.
 */
function addDrops(table: string, ports: ReadonlySet<number>, into: Map<number, number>): void {
  // The kernel prints the table piece by piece: a socket may be seen twice when others come and go meanwhile.
  const seen = new Set<string>();
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    const port = Number.parseInt(columns[1]?.split(':')[1] ?? '', 16);
    const inode = columns[9];
    const drops = Number(columns[12]);
    if (!ports.has(port) || inode === undefined || seen.has(inode) || !Number.isSafeInteger(drops)) continue;
    seen.add(inode);
    into.set(port, (into.get(port) ?? 0) + drops);
  }
}

/** UDP counters of the host, now; null where there is no /proc/net/snmp. */
export async function udpSnmp(read: ReadText = readText): Promise<UdpSnmp | null> {
  return parseSnmp((await read('/proc/net/snmp')) ?? '');
}

/** Reads the two `Udp:` lines of /proc/net/snmp, names and values; null when they are not there. Pure. */
function parseSnmp(text: string): UdpSnmp | null {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.trim().split(/\s+/));
  if (!names || !values) return null;
  const counter = (name: string): number => {
    const value = Number(values[names.indexOf(name)]);
    return Number.isSafeInteger(value) ? value : 0;
  };
  return {
    inDatagrams: counter('InDatagrams'),
    inErrors: counter('InErrors'),
    rcvbufErrors: counter('RcvbufErrors'),
    sndbufErrors: counter('SndbufErrors'),
  };
}
