/** What the coordinator of `bench:fanout` and its workers say to each other. */
import type { ClockAnchor } from '../../src/core/clock.js';
import type { SerializedLabError } from '../../src/errors.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import type { UdpSender } from '../../src/transports/udp/options.js';

export interface FeedSettings {
  readonly anchor: ClockAnchor;
  readonly clients: number;
  /** Payload bytes of a message. */
  readonly sizeBytes: number;
  /** Messages/s on an absolute schedule; null = as fast as the sockets take it. */
  readonly ratePerSecond: number | null;
}

export interface EngineSpec extends FeedSettings {
  readonly transport: 'tcp' | 'udp';
  readonly udpSender: UdpSender;
  /** At full speed: published for one flush, which is one write or datagram for each subscriber. */
  readonly messagesPerFlush: number;
}

export type ToServer<Spec> =
  | { readonly type: 'listen'; readonly spec: Spec }
  | { readonly type: 'go' }
  | { readonly type: 'count' }
  | { readonly type: 'close' };

export type FromServer =
  | { readonly type: 'listening'; readonly endpoint: Endpoint }
  /** Sends and their bytes so far; the heap of the process now. */
  | {
      readonly type: 'counted';
      readonly sends: number;
      readonly bytes: number;
      readonly heapBytes: number;
      readonly atMs: number;
    }
  | { readonly type: 'error'; readonly error: SerializedLabError };

export type ToClients =
  | {
      readonly type: 'connect';
      readonly anchor: ClockAnchor;
      readonly transport: 'tcp' | 'udp';
      /** Look at nothing: then there is no median either. */
      readonly countOnly: boolean;
      readonly endpoint: Endpoint;
      readonly clients: number;
    }
  | { readonly type: 'count' }
  | { readonly type: 'close' };

export type FromClients =
  | { readonly type: 'ready' }
  /**
   * Reads (TCP) or data datagrams (UDP) so far, and percentiles of the time from publishing to
   * arrival of what came since the last count, µs.
   */
  | {
      readonly type: 'counted';
      readonly reads: number;
      readonly p50Micros: number | null;
      readonly p99Micros: number | null;
      readonly atMs: number;
    }
  | { readonly type: 'error'; readonly error: SerializedLabError };
