import type { Socket } from 'node:net';
import type { TcpOptions } from '../native/tcp-options.js';

/** While something is queued for a peer, it takes some of it within this, unless told otherwise. */
export const DEFAULT_STALL_MS = 30_000;

/** Why a peer is given up; also the counters of a server. */
export type ExpiryReason = 'stalled' | 'silent';

export interface LivenessLimits {
  /** While something is queued for it, the peer takes some of it within this. */
  readonly stallMs: number;
  /** While nothing is queued, it gives a sign of life within this; absent = none is expected. */
  readonly silenceMs?: number;
}

/**
 * Whether the peer of a connection is still there, for every transport whose subscribers have a
 * connection each. Looked at from time to time, so that a write costs nothing.
 *
 * A slow reader is not given up as long as its system acknowledges anything at all, which it does
 * in steps: with full buffers on loopback every 2 s at 50 KB/s, every 13 s at 10 KB/s, every 65 s
 * at 2 KB/s (measured; it announces no room until there is enough of it). Where nobody tells that,
 * what counts is what our own system takes; it waits until a third of its buffer is free: 30 to 40
 * s at 50 KB/s.
 */
export class Liveness {
  readonly #socket: Socket;
  readonly #tcp: TcpOptions;
  readonly #stallMicros: number;
  readonly #silenceMicros: number;
  #taken = -1;
  /** By the clock of those who look, µs. */
  #takenAt: number;
  #lastReceivedAt: number;
  #heard = false;

  /** `now`: µs, of any clock; see `PeerDeadlines`. */
  constructor(socket: Socket, tcp: TcpOptions, limits: LivenessLimits, now: number) {
    const { stallMs, silenceMs = Number.POSITIVE_INFINITY } = limits;
    this.#socket = socket;
    this.#tcp = tcp;
    this.#stallMicros = stallMs * 1_000;
    this.#silenceMicros = silenceMs * 1_000;
    this.#takenAt = this.#lastReceivedAt = now;
  }

  /** Anything came from the peer that a dead one does not send. */
  heard(): void {
    this.#heard = true;
  }

  /** What is wrong with the peer by now, if anything. */
  look(now: number): ExpiryReason | undefined {
    if (this.#socket.writableLength > 0) return this.#lookAtQueue(now);
    this.#taken = -1;
    if (this.#heard) this.#lastReceivedAt = now;
    this.#heard = false;
    return now - this.#lastReceivedAt > this.#silenceMicros ? 'silent' : undefined;
  }

  #lookAtQueue(now: number): ExpiryReason | undefined {
    const taken = this.#tcp.bytesAcknowledged(this.#socket) ?? bytesTaken(this.#socket);
    if (taken !== this.#taken) {
      this.#taken = taken;
      // That it takes what was sent before is its sign of life, too.
      this.#takenAt = this.#lastReceivedAt = now;
    }
    return now - this.#takenAt > this.#stallMicros ? 'stalled' : undefined;
  }
}

/** Bytes of the writes that our system has taken whole. */
function bytesTaken(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}
