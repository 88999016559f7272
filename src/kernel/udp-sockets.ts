import { readlinkSync } from 'node:fs';
import { type ReadText, readText } from './read-text.js';

/**
 * Datagrams the kernel dropped at the sockets bound to these local ports since each was opened (a
 * full receive buffer, or a bad checksum); sockets that share a port are added up. A port without a
 * socket is not in the map. Null where there is no /proc/net/udp.
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
 * The same by the sockets' inodes, for sockets that share a port, be it with those of other
 * processes: each has its own count. An inode without a UDP socket is not in the map.
 */
export async function udpInodeDrops(
  inodes: ReadonlySet<number>,
  read: ReadText = readText,
): Promise<Map<number, number> | null> {
  const tables = await Promise.all([read('/proc/net/udp'), read('/proc/net/udp6')]);
  if (tables[0] === null && tables[1] === null) return null;
  const drops = new Map<number, number>();
  for (const table of tables) {
    for (const row of rowsOf(table ?? ''))
      if (inodes.has(row.inode)) drops.set(row.inode, row.drops);
  }
  return drops;
}

/**
 * Whether anything waits unread in the receive buffers of the UDP sockets with these ports or
 * inodes; false where there is no /proc.
 */
export async function udpUnread(
  keys: ReadonlySet<number>,
  by: 'port' | 'inode',
  read: ReadText = readText,
): Promise<boolean> {
  const tables = await Promise.all([read('/proc/net/udp'), read('/proc/net/udp6')]);
  return tables.some((table) =>
    rowsOf(table ?? '').some((row) => row.unread > 0 && keys.has(row[by])),
  );
}

/**
 * What the kernel dropped at one UDP socket since it was opened, from a /proc/net/udp or udp6;
 * undefined when the socket is not in the table. Only its own line is taken apart: a host may have
 * ten thousand.
 */
export function dropsOf(table: string, inode: number): number | undefined {
  const column = ` ${inode} `;
  for (let at = table.indexOf(column); at >= 0; at = table.indexOf(column, at + 1)) {
    const end = table.indexOf('\n', at);
    const line = table.slice(table.lastIndexOf('\n', at) + 1, end < 0 ? undefined : end);
    // The same number may stand in another column.
    const row = rowsOf(line).find((one) => one.inode === inode);
    if (row !== undefined) return row.drops;
  }
  return undefined;
}

/** Adds what a /proc/net/udp or udp6 says of `ports` to `into`. */
function addDrops(table: string, ports: ReadonlySet<number>, into: Map<number, number>): void {
  // The kernel prints the table piece by piece: a socket may be seen twice when others come and go
  // meanwhile.
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
 * The rows of /proc/net/udp or udp6 that make sense. Columns as printed by the kernel's
 * udp4_format_sock(): sl local remote st tx:rx tr:when retrnsmt uid timeout inode ref pointer
 * drops; addresses and ports in hex.
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

/** The inode of the socket with this descriptor; undefined if it is none, or without /proc. */
export function inodeOf(descriptor: number): number | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
    return inode === undefined ? undefined : Number(inode);
  } catch {
    return undefined;
  }
}
