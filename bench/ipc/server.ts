/**
 * What the coordinator and a server process say to each other over IPC. Times are µs since the
 * epoch on the shared clock.
 */
import type { ClockAnchor } from '../../src/core/clock.js';
import type { SerializedLabError } from '../../src/errors.js';
import type { OptionValues } from '../../src/options/option.js';
import type { ServerCounters } from '../../src/transports/counters.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import type { UsageReport } from '../process/usage.js';
import type { LatencyCounts } from '../record/latency-recorder.js';
import type { FeedSpec } from '../workload/feed-plan.js';
import type { PublishedRange, Window } from '../workload/window.js';

export interface ServerSpec {
  readonly anchor: ClockAnchor;
  readonly transport: string;
  readonly codec: string;
  readonly host: string;
  readonly port: number;
  readonly maxClients: number;
  /** Whether to read its memory while clients join. */
  readonly weighsClients: boolean;
  readonly feed: FeedSpec;
  readonly flush: string;
  readonly policy: string;
  /** Every message is held back for this long on purpose; 0 = not at all. */
  readonly injectDelayMs: number;
  /** Injected limit, messages/s; null = none. */
  readonly injectPerSecond: number | null;
  /** What `listen` of the transport is given besides. */
  readonly transportOptions: OptionValues;
}

export type ToServer =
  | { readonly type: 'listen'; readonly spec: ServerSpec }
  /** All clients have joined, or failed to: how much memory do they take? */
  | { readonly type: 'joined' }
  | { readonly type: 'begin'; readonly window: Window }
  | { readonly type: 'stop' }
  | { readonly type: 'collect' }
  /** Everything is measured and collected: what was the feed? */
  | { readonly type: 'hash' }
  | { readonly type: 'close' };

export type FromServer =
  | {
      readonly type: 'listening';
      readonly endpoint: Endpoint;
      /** Of its feed: whoever does not name it is not a subscriber of the run. */
      readonly epoch: string;
      readonly sendBufferBytes: number | null;
      /** As the transport names it. */
      readonly sender: string;
    }
  /** In answer to `joined`: the feed may begin. */
  | { readonly type: 'memory-measured' }
  | { readonly type: 'published'; readonly range: PublishedRange }
  /**
   * `sender`: as the transport names it by now, as it may have changed on the way.
   * `congestionControl`: of its connections, as the kernel tells.
   */
  | {
      readonly type: 'server-report';
      readonly report: MeasuredServer;
      readonly sender: string;
      readonly congestionControl: string | null;
    }
  | { readonly type: 'hashed'; readonly feedSha256: string }
  | { readonly type: 'error'; readonly error: SerializedLabError };

/** What a server process knows before it has looked at its feed again. */
export type MeasuredServer = Omit<ServerReport, 'feedSha256'>;

/** Memory that a server holds (`heldMemory`) with so many clients. */
export interface HeldReading {
  readonly clients: number;
  readonly bytes: number;
}

/** What a server sent for its feed, and got. */
export interface FeedTraffic {
  /** Writes or datagrams, and their bytes. */
  readonly sends: number;
  readonly sendBytes: number;
  /** Datagrams from clients: reports, as a rule. */
  readonly received: number;
}

/** Of one server process; a cell with shards has several. */
export interface ServerReport {
  readonly range: PublishedRange;
  /** The generator was still publishing when the deadline passed: the schedule was not kept. */
  readonly behind: boolean;
  /** When the last message of the window was published; 0 when none was. */
  readonly lastPublishedAt: number;
  /**
   * When its window ended: as planned, or, stopped before, when the first message that it did not
   * publish any more was due, but not before the stop.
   */
  readonly endedAt: number;
  readonly publishedPerSecond: readonly number[];
  readonly lag: LatencyCounts;
  /** Mean µs that a sample of the window's messages took to encode; null when none was timed. */
  readonly encodeMicros: number | null;
  /** Of everything it published, warm-up included. */
  readonly feedSha256: string;
  readonly meanMessageBytes: number | null;
  /**
   * Writes or datagrams since the server began to listen: comparable with what subscribers received
   * since they joined.
   */
  readonly totalSends: number;
  /** The same of subscribers on whose path the kernel would not segment (UDP). */
  readonly segmentationRefused: number;
  /**
   * Growth of the transport's counters since right before the first message of the window; all 0
   * when there was none.
   */
  readonly counters: ServerCounters;
  /** Since it was told to begin. */
  readonly traffic: FeedTraffic;
  readonly usage: UsageReport;
  /**
   * While listening and before anybody could join, now and then until all were in, and then before
   * the feed; null where that is not known, or was not asked for.
   */
  readonly held: readonly HeldReading[] | null;
  /** Times the source had no message ready when one was due. */
  readonly sourceUnderruns: number;
}
