/** What the processes of a comparison with message brokers tell each other. */
import type { LatencyCounts } from '../../bench/record/latency-recorder.js';
import type { ClockAnchor } from '../../src/core/clock.js';

/** How a system is spoken to over one TCP connection. */
export interface Wire {
  /** What a subscriber sends when it is connected. */
  readonly subscribe: string;
  /** What a publisher sends first; absent where the system publishes by itself. */
  readonly hello?: string;
  /** Stands before a payload of so many bytes. */
  readonly before?: (bytes: number) => string;
  readonly after?: string;
}

export type ToSubscribers =
  | {
      readonly type: 'connect';
      readonly system: string;
      readonly anchor: ClockAnchor;
      readonly port: number;
      readonly clients: number;
    }
  /** Begins a window anew, or tells of the one that is over. */
  | { readonly type: 'begin' }
  | { readonly type: 'end' }
  | { readonly type: 'close' };

export type FromSubscribers =
  | { readonly type: 'connected' }
  | { readonly type: 'begun' }
  | {
      readonly type: 'ended';
      readonly delivered: number;
      readonly seconds: number;
      /** Connections that were cut since they were made. */
      readonly cut: number;
      readonly latency: LatencyCounts;
    };

export type ToPublisher =
  | {
      readonly type: 'publish';
      readonly system: string;
      readonly anchor: ClockAnchor;
      readonly port: number;
      readonly ratePerSecond: number;
      readonly sizeBytes: number;
    }
  | { readonly type: 'close' };

export interface FromPublisher {
  readonly type: 'publishing';
}
