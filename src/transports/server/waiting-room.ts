import type { Socket } from 'node:net';
import type { Broadcast } from '../../core/broadcast.js';
import type { Timer } from '../../core/clock.js';
import type { ServerCounters } from '../counters.js';
import type { Waiters, WaitingQuota } from '../waiting-quota.js';
import type { PeerDeadlines } from './peer-deadlines.js';

/** Many clients that come at once may wait beyond the room for so long. */
const AT_ONCE_MS = 1_000;

export interface WaitingRoomOptions {
  readonly broadcast: Broadcast;
  readonly counters: ServerCounters;
  readonly deadlines: PeerDeadlines;
  /**
   * Connections that have not subscribed, beside those that come at once and have a moment to say
   * what they want.
   */
  readonly maxWaiting: number;
  /** Where those may wait. */
  readonly waitingQuota: WaitingQuota;
  /** A peer that was told its END has this long to read it. */
  readonly drainMs: number;
}

/**
 * Connections without a subscription, not yet or not any more, by how long. When there are too
 * many, the one that has waited for longest makes room: so those who hold connections open, and
 * say a byte now and then, keep nobody out who has something to say.
 */
export class WaitingRoom implements Waiters {
  readonly #options: WaitingRoomOptions;
  readonly #waiting = new Set<Socket>();
  /** Those of them that have been told their END and are left to read it. */
  readonly #told = new Set<Socket>();
  #trimming: Timer | undefined;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
    options.waitingQuota.join(this);
  }

  get beyondRoom(): number {
    return Math.max(0, this.#waiting.size - this.#options.maxWaiting);
  }

  /** Whether this connection has been told its END and is left to read it. */
  isTold(socket: Socket): boolean {
    return this.#told.has(socket);
  }

  /** A connection that has just come. */
  enter(socket: Socket): void {
    this.#waiting.add(socket);
    if (this.beyondRoom === 0) return;
    this.#fitPlaces();
    this.#trimming ??= this.#options.deadlines.set(AT_ONCE_MS, () => this.#trim());
  }

  /** One that has subscribed. */
  leave(socket: Socket): void {
    this.#waiting.delete(socket);
    this.#fitPlaces();
  }

  /** Lets a peer that was told its END read it, but not keep the descriptor for ever. */
  linger(socket: Socket): void {
    if (socket.destroyed || this.#told.has(socket)) return;
    this.#told.add(socket);
    // One that was waiting before begins to wait for something else now.
    this.#waiting.delete(socket);
    this.#waiting.add(socket);
    const { deadlines, drainMs } = this.#options;
    const timer = deadlines.set(drainMs, () => hangUp(socket));
    socket.once('close', () => timer.cancel());
  }

  /** One that is closed. */
  forget(socket: Socket): void {
    this.#told.delete(socket);
    this.#waiting.delete(socket);
    if (this.#waiting.size > 0) return;
    this.#trimming?.cancel();
    this.#trimming = undefined;
  }

  evict(): void {
    const [socket] = this.#waiting;
    if (socket === undefined) return;
    this.#waiting.delete(socket);
    // One that has been answered is counted already.
    if (!this.#told.has(socket) && !socket.writableEnded) {
      this.#options.counters.refused += 1;
      this.#options.counters.evicted += 1;
    }
    hangUp(socket);
  }

  #fitPlaces(): void {
    const { broadcast, waitingQuota } = this.#options;
    waitingQuota.fit(broadcast.maxClients - broadcast.counters.clients);
  }

  #trim(): void {
    this.#trimming = undefined;
    while (this.beyondRoom > 0) this.evict();
  }
}

/**
 * What the kernel has taken goes its way; what it never will is given up, and the peer gets a
 * reset for an end in the middle.
 */
function hangUp(socket: Socket): void {
  if (socket.writableLength > 0) socket.resetAndDestroy();
  else socket.destroy();
}
