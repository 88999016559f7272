import type { Clock, Timer } from '../../../core/clock.js';
import { afterReading } from '../../after-reading.js';
import type { PeerDeadlines } from '../../server/peer-deadlines.js';
import type { Channel, Sender } from './channel.js';
import type { Lease } from './lease.js';
import type { Peer } from './lease-context.js';

/** How often leases are looked after: the grain of heartbeats, expiry and END. */
const TICK_MS = 100;

export interface LeaseTableParts {
  readonly clock: Clock;
  readonly deadlines: PeerDeadlines;
  readonly heartbeatMs: number;
  /** Datagrams of any kind that the sockets have had. */
  readonly datagrams: () => number;
}

/**
 * The leases of a server by their addresses, and what time does to them: one timer for all, and
 * none while there are none. What has arrived is read before they are judged.
 */
export class LeaseTable {
  readonly #clock: Clock;
  readonly #deadlines: PeerDeadlines;
  readonly #period: number;
  readonly #datagrams: () => number;
  /** By our address, and theirs with its port. */
  readonly #leases = new Map<string, Lease>();
  #ticking: Timer | undefined;
  #judging: Timer | undefined;

  constructor({ clock, deadlines, heartbeatMs, datagrams }: LeaseTableParts) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#period = Math.min(TICK_MS, Math.ceil(heartbeatMs / 2));
    this.#datagrams = datagrams;
  }

  get size(): number {
    return this.#leases.size;
  }

  all(): Lease[] {
    return [...this.#leases.values()];
  }

  /** The lease of who sent a datagram to this address of ours. */
  of({ address, port }: Sender, { local }: Channel): Lease | undefined {
    return this.#leases.get(keyOf({ address, port, local }));
  }

  /** Looks after a lease until it is forgotten. */
  add(lease: Lease): void {
    this.#leases.set(keyOf(lease.peer), lease);
    this.#deadlines.hold();
    this.#tickLater();
  }

  /** Ends it without a word. */
  forget(lease: Lease): void {
    lease.drop();
    if (this.#leases.delete(keyOf(lease.peer))) this.#deadlines.release();
  }

  /** Looks after none any more. */
  stop(): void {
    this.#ticking?.cancel();
    this.#judging?.cancel();
  }

  #tickLater(): void {
    this.#ticking ??= this.#deadlines.set(this.#period, () => this.#tick());
  }

  #tick(): void {
    this.#ticking = undefined;
    const now = this.#clock.now();
    const patient = this.#deadlines.now();
    const overdue: Lease[] = [];
    for (const lease of this.#leases.values()) {
      if (lease.isOverdue(patient)) overdue.push(lease);
      else if (lease.tick(now, patient)) this.forget(lease);
    }
    if (overdue.length > 0) this.#judgeOnceRead(overdue);
    if (this.#leases.size > 0) this.#tickLater();
  }

  /**
   * Their REPORTs may lie in the socket, where a busy process, or one that was stopped, left them.
   */
  #judgeOnceRead(overdue: readonly Lease[]): void {
    this.#judging ??= afterReading(this.#clock, this.#datagrams, () => {
      this.#judging = undefined;
      const now = this.#clock.now();
      const patient = this.#deadlines.now();
      for (const lease of overdue) {
        const stays = this.#leases.get(keyOf(lease.peer)) === lease;
        if (stays && lease.tick(now, patient)) this.forget(lease);
      }
    });
  }
}

/** The same socket of a client may ask several addresses of ours. */
function keyOf({ local = '', address, port }: Pick<Peer, 'local' | 'address' | 'port'>): string {
  return `${local}|${address}|${port}`;
}
