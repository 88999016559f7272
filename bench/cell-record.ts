/** What a cell leaves behind, from which its figures are made. */
import type { SerializedLabError } from '../src/errors.js';
import type { ClientSockets } from '../src/transports/client-sockets.js';
import type { CellPlan } from './config.js';
import type { ServerReport } from './ipc/server.js';
import type { JoinFailure, SubscribersReport } from './ipc/subscribers.js';
import type { LinkBook } from './link/link-book.js';
import type { LinkSpec } from './link/link-spec.js';
import type { IpCounters } from './probe/ip-counters.js';
import type { SecondsMerger } from './record/seconds.js';
import type { CellResult, RoundTrip } from './result/result.js';
import type { ClockOffset } from './workload/clock-offset.js';
import type { Window } from './workload/window.js';

/** What was found out about the server besides what its messages tell. */
export interface TargetFacts {
  /** Of the welcomes of its subscribers, each once. */
  readonly epochs: readonly string[];
  readonly sameMachine: boolean;
  /** Its clock − ours. */
  readonly offset: ClockOffset;
  /** Both clocks are of one machine, and agree as far as can be told. */
  readonly commonClock: boolean;
  /** Added to receipt − stamp for a latency, µs; null: that cannot be told. */
  readonly correction: number | null;
  /** At the deadline messages of the window were still coming. */
  readonly behind: boolean;
  /** Every subscription ended before the window did. */
  readonly gone: boolean;
  /**
   * The feed stood still from so long (µs) before the end of the window until the deadline, though
   * it had not before; 0 = it did not.
   */
  readonly silentMicros: number;
}

/** What is known of the server besides its reports. */
export type ServerRecord =
  | {
      readonly kind: 'local';
      /** Smallest effective SO_SNDBUF of the servers. */
      readonly sendBufferBytes: number | null;
      /** As the transport names it; null when it never listened. */
      readonly sender: string | null;
      /** Of the connections of its first server, as the kernel tells. */
      readonly congestionControl: string | null;
    }
  | ({ readonly kind: 'target'; readonly url: string } & TargetFacts);

export interface LinkRecord {
  readonly spec: LinkSpec;
  readonly before: LinkBook;
  readonly after: LinkBook;
}

/** Everything a cell left behind, before it is turned into figures. */
export interface CellRecord {
  readonly plan: CellPlan;
  readonly window: Window | null;
  readonly joined: number;
  readonly joinFailures: readonly JoinFailure[];
  /** What moved the bytes of the subscribers. */
  readonly receiver: ClientSockets['name'];
  readonly server: ServerRecord;
  /** Its book before the feed and after the drain; null where there is no link, or it told nothing. */
  readonly link: LinkRecord | null;
  /** One for each shard; empty when the cell did not get that far. */
  readonly servers: readonly ServerReport[];
  readonly subscribers: readonly SubscribersReport[];
  readonly seconds: SecondsMerger;
  readonly ping: RoundTrip;
  /**
   * Growth of the host's counters from before the feed to the end of the drain; null when it did
   * not come to that.
   */
  readonly kernel: CellResult['kernel'] | null;
  /** What this host sent meanwhile; null as well where that is not told. */
  readonly ip: IpCounters | null;
  /** A worker died or went silent: the cell has no trustworthy figures. */
  readonly failure: SerializedLabError | null;
  readonly interrupted: boolean;
}
