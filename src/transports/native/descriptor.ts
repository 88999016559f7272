import type { Socket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { loadNative, type Native, unavailable } from './native.js';
import { procAddress } from './sockaddr.js';

/**
 * The kernel prints its table piece by piece: a socket may be missed while others come and go, so
 * it is read again.
 */
const ATTEMPTS = 3;

/** What it takes to send on a bound `dgram` socket without `dgram`. */
export interface Descriptor {
  readonly native: Native;
  readonly fd: number;
  readonly family: 4 | 6;
}

/** @throws LAB_ERR_UDP_SENDER with the reason why it cannot be */
export async function openDescriptor(socket: Pick<Socket, 'address'>): Promise<Descriptor> {
  const native = await loadNative();
  const { address, port, family: name } = socket.address();
  const family = name === 'IPv6' ? 6 : 4;
  const fd = findDescriptor(family, address, port);
  if (fd === undefined)
    throw unavailable('the descriptor of the socket is not to be found in /proc');
  return { native, fd, family };
}

/**
 * The file descriptor of a UDP socket of this process, by its local address: Node does not tell it.
 * Undefined where it cannot be found beyond doubt, e.g. without /proc.
 */
function findDescriptor(family: 4 | 6, address: string, port: number): number | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      const table = readFileSync(
        family === 4 ? '/proc/self/net/udp' : '/proc/self/net/udp6',
        'latin1',
      );
      const found = descriptorsOf(inodesAt(table, procAddress(family, address), port));
      if (found.length === 1) return found[0];
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/**
 * Inodes of the sockets bound to `address` (as the table prints it) and `port`. Columns as printed
 * by the kernel's udp4_format_sock(): sl local remote st tx:rx tr:when retrnsmt uid timeout inode
 * …; addresses and ports in hex.
 */
export function inodesAt(table: string, address: string, port: number): ReadonlySet<string> {
  const local = `${address}:${port.toString(16).padStart(4, '0').toUpperCase()}`;
  const inodes = new Set<string>();
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === local && columns[9] !== undefined) inodes.add(columns[9]);
  }
  return inodes;
}

function descriptorsOf(inodes: ReadonlySet<string>): number[] {
  return readdirSync('/proc/self/fd')
    .filter((fd) => inodes.has(/^socket:\[(\d+)\]$/.exec(linkOf(fd))?.[1] ?? ''))
    .map(Number);
}

/** The descriptor of the listing itself is gone by now. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
