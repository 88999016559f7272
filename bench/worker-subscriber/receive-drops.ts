import type { Clock } from '../../src/core/clock.js';
import { type ReadText, readText } from '../../src/kernel/read-text.js';
import { udpInodeDrops, udpSocketDrops } from '../../src/kernel/udp-sockets.js';
import type { Subscription } from '../../src/transports/transport.js';
import type { BenchSubscriber } from './subscriber.js';

/** The kernel prints its table piece by piece: a socket may be missed while others come and go. */
const ATTEMPTS = 3;

/**
 * Under what the kernel's count of a subscriber's own socket is kept: its port, which it has for
 * itself, or the inode of its socket where it may share the port with others (a multicast group, addresses), of
 * its own process and of the next.
 */
export function dropsKey(subscription: Subscription | undefined): number {
  return subscription?.socketInode ?? subscription?.localPort ?? 0;
}

/**
 * What the kernel dropped at the sockets of these subscribers, by `dropsKey`: datagrams, or with
 * UDP_GRO as many together as would have been one read. Null where it cannot be told for each of
 * them.
 */
export async function receiveDrops(
  subscribers: readonly BenchSubscriber[],
  sharesPorts: boolean,
  read: ReadText = readText,
): Promise<Map<number, number> | null> {
  const keys = new Set(subscribers.map(({ subscription }) => dropsKey(subscription)));
  // Of those that share a port, one could be charged with what another dropped.
  if (sharesPorts && keys.size < subscribers.length) return null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drops = sharesPorts ? await udpInodeDrops(keys, read) : await udpSocketDrops(keys, read);
    if (drops === null) return null;
    // Whose socket is not found would be said to have dropped nothing. One that was cut has none
    // any more.
    const found = subscribers.every(({ subscription, cut }) => {
      const key = sharesPorts ? subscription?.socketInode : subscription?.localPort;
      return cut !== undefined || drops.has(key ?? Number.NaN);
    });
    if (found) return drops;
  }
  return null;
}

/** Read well before the window, so as not to be read in it. */
const AHEAD_MS = 100;

/**
 * The same, of the measured window: what was dropped before it explains no loss in it, and neither
 * does what is dropped after it while a feed that is not ours goes on.
 */
export class WindowDrops {
  readonly #read: () => Promise<Map<number, number> | null>;
  readonly #clock: Clock;
  /** What each had dropped before; null: not known. */
  #before: Map<number, number> | null = new Map();
  #hasLooked = false;
  #start = Number.POSITIVE_INFINITY;
  #after: Promise<Map<number, number> | null> | undefined;

  /** `read`: as `receiveDrops`. */
  constructor(read: () => Promise<Map<number, number> | null>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** The window begins at `start`, µs since the epoch: reads now, and once more right before it. */
  open(start: number): void {
    this.#start = start;
    void this.#look();
    const aheadMs = (start - this.#clock.now()) / 1_000 - AHEAD_MS;
    if (aheadMs > 0) this.#clock.setTimeout(() => void this.#look(), aheadMs);
  }

  /** The window is over: what is dropped from now on does not count. */
  close(): Promise<Map<number, number> | null> {
    this.#after ??= this.#read();
    return this.#after;
  }

  /** Datagrams dropped between; null where it cannot be told. Closes the window if nobody has. */
  async total(): Promise<Map<number, number> | null> {
    const after = await this.close();
    const before = this.#before;
    if (after === null || before === null) return null;
    return new Map(
      [...after].map(([key, drops]) => [key, Math.max(0, drops - (before.get(key) ?? 0))]),
    );
  }

  async #look(): Promise<void> {
    const drops = await this.#read();
    // A process that got no CPU meanwhile may be at it late: then what it read is of the window,
    // too.
    if (this.#hasLooked && this.#clock.now() >= this.#start) return;
    this.#hasLooked = true;
    this.#before = drops;
  }
}
