import { protocolTable } from '../../kernel/protocol-table.js';
import { type ReadText, readText } from '../../kernel/read-text.js';
import { dropsOf } from '../../kernel/udp-sockets.js';
import type { ListenCounters } from '../stats.js';

/** How long a reading is good for. A table of the kernel is as long as the host has sockets. */
const FRESH_MS = 1_000;

/** The sockets that a transport receives datagrams with, as it tells them now. */
interface Receiver {
  readonly name: string;
  readonly socketInodes: readonly (number | undefined)[] | undefined;
}

/**
 * What the kernel counts and the server cannot see: datagrams dropped because nobody read them in
 * time, connections that never got to us. Read from /proc when asked to, at most once a second, and
 * never on the way of a message.
 */
export class KernelCounters {
  readonly #receivers: () => readonly Receiver[];
  readonly #now: () => number;
  readonly #read: ReadText;
  /** By transport, by inode, those of closed sockets too: what was dropped stays dropped. */
  readonly #drops = new Map<string, Map<number, number>>();
  #listen: ListenCounters = { overflows: undefined, drops: undefined };
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(
    receivers: () => readonly Receiver[],
    now: () => number = () => performance.now(),
    read: ReadText = readText,
  ) {
    this.#receivers = receivers;
    this.#now = now;
    this.#read = read;
  }

  /** Of the newest reading; undefined before the first, and where the system does not tell. */
  get listen(): ListenCounters {
    return this.#listen;
  }

  /**
   * Datagrams dropped at the sockets of a transport, as of the newest reading; undefined where one
   * of them is not known.
   */
  receiveDrops(name: string, socketInodes: Receiver['socketInodes']): number | undefined {
    const known = this.#drops.get(name);
    if (socketInodes === undefined || known === undefined) return undefined;
    if (!socketInodes.every((inode) => inode !== undefined && known.has(inode))) return undefined;
    let sum = 0;
    for (const drops of known.values()) sum += drops;
    return sum;
  }

  /** Reads anew, unless that is being done or was a moment ago. Never rejects. */
  refresh(): Promise<void> {
    if (this.#reading === undefined && this.#now() - this.#readAt < FRESH_MS)
      return Promise.resolve();
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    this.#readAt = this.#now();
    const receivers = this.#receivers().filter(({ socketInodes }) => socketInodes !== undefined);
    const [netstat, ...tables] = await Promise.all(
      [
        '/proc/net/netstat',
        ...(receivers.length === 0 ? [] : ['/proc/net/udp', '/proc/net/udp6']),
      ].map(this.#read),
    );
    const tcp = protocolTable(netstat ?? '', 'TcpExt');
    this.#listen = {
      overflows: tcp?.('ListenOverflows') ?? undefined,
      drops: tcp?.('ListenDrops') ?? undefined,
    };
    for (const { name, socketInodes = [] } of receivers) {
      const known = this.#drops.get(name) ?? new Map<number, number>();
      this.#drops.set(name, known);
      for (const inode of socketInodes) {
        if (inode === undefined) continue;
        // The kernel prints its table piece by piece: one that is missed this time keeps its count.
        const drops = tables
          .map((table) => dropsOf(table ?? '', inode))
          .find((count) => count !== undefined);
        if (drops !== undefined) known.set(inode, drops);
      }
    }
  }
}
