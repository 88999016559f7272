/** What a server counts, and tells through `stats()` and `/metrics`. */
import type { BroadcastCounters } from '../core/broadcast-counters.js';
import type { SourceStats } from '../sources/source.js';
import type { PacketCounters, ServerCounters } from '../transports/counters.js';

/** Everything counted since the start. Numbers only grow, unless they say "now". */
export interface ServerStats extends BroadcastCounters {
  /** Undefined when ready. */
  readonly notReady: string | undefined;
  readonly maxClients: number;
  /** Messages retained and now waiting for slow subscribers, summed over them. */
  readonly backlog: number;
  readonly clock: ClockStatus;
  readonly transports: readonly TransportStats[];
  readonly source: SourceStatus | undefined;
  /**
   * TCP connections that this host (its network namespace) could not take, whichever server they
   * were for, as the kernel was last asked.
   */
  readonly hostListen?: ListenCounters;
  /** Undefined without `httpPort`. */
  readonly http: Readonly<HttpCounters> | undefined;
}

export interface TransportStats extends Readonly<ServerCounters> {
  readonly name: string;
  readonly url: string;
  /** Subscribers now. */
  readonly clients: number;
  /** UDP: packets of clients, by kind and by what became of them. */
  readonly packets?: PacketCounters | undefined;
  /**
   * UDP: datagrams of clients that the kernel dropped because they were not read in time, as it was
   * last asked; undefined where it does not tell.
   */
  readonly kernelReceiveDrops?: number | undefined;
}

export interface SourceStatus {
  readonly name: string;
  readonly state: 'feeding' | 'ended' | 'failed' | 'stopped';
  /** Items taken from it; those that could not be published; times it failed. */
  readonly items: number;
  readonly rejected: number;
  readonly errors: number;
  /** Seconds since its newest item now; undefined before the first. */
  readonly ageSeconds: number | undefined;
  /** What the source says of itself. */
  readonly upstream: SourceStats | undefined;
}

/** What has become of the wall clock since the server began. */
export interface ClockStatus {
  /** Times it was set, or the machine suspended, by more than a second. */
  readonly steps: number;
  /** By how much in all, forwards less backwards, µs. */
  readonly stepMicros: number;
}

/** Connections of an HTTP server that it closed, by reason. Numbers only grow. */
export interface HttpCounters {
  /**
   * Their request did not come in time; they took nothing of their answer; they made room for
   * others.
   */
  timedOut: number;
  stalled: number;
  evicted: number;
}

/**
 * TCP connections that the host (this network namespace) could not take, whichever server they were
 * for. They only grow.
 */
export interface ListenCounters {
  /** Times the queue of a listening socket was full. */
  readonly overflows: number | undefined;
  /** Connections dropped at a listening socket for whatever reason, these included. */
  readonly drops: number | undefined;
}
