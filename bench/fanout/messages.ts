/** What the coordinator of `bench:fanout` and its two workers say to each other. */
import type { SerializedLabError } from '../../src/errors.js';
import type { Endpoint } from '../../src/transports/transport.js';

export interface EngineSpec {
  readonly transport: string;
  readonly clients: number;
  /** Payload bytes of a message, and how many are published for one flush: one write or datagram for each subscriber. */
  readonly sizeBytes: number;
  readonly messagesPerFlush: number;
  readonly sender: 'dgram' | 'sendmmsg' | null;
}

export type ToEngine =
  | { readonly type: 'listen'; readonly spec: EngineSpec }
  | { readonly type: 'go' }
  | { readonly type: 'count' }
  | { readonly type: 'close' };

export type FromEngine =
  | { readonly type: 'listening'; readonly endpoint: Endpoint }
  /** Sends and their bytes so far. */
  | { readonly type: 'counted'; readonly sends: number; readonly bytes: number; readonly atMs: number }
  | { readonly type: 'error'; readonly error: SerializedLabError };

export type ToEngineClients =
  | {
      readonly type: 'connect';
      readonly transport: string;
      readonly endpoint: Endpoint;
      readonly clients: number;
    }
  | { readonly type: 'count' }
  | { readonly type: 'close' };

export type FromEngineClients =
  | { readonly type: 'ready' }
  /** Reads (TCP) or data datagrams (UDP) so far. */
  | { readonly type: 'counted'; readonly reads: number; readonly atMs: number }
  | { readonly type: 'error'; readonly error: SerializedLabError };
