import type { FlushMode } from '../core/flush.js';
import type { Retention } from '../core/log/message-log.js';
import type { MessageValue } from '../core/message.js';
import type { SlowClient } from '../core/slowest.js';
import type { LabError } from '../errors.js';
import type { SourceOptions } from '../sources/source.js';
import type { ServerTransport } from '../transports/transport.js';
import type { TransportSettings } from './assemble.js';
import type { SourceLike } from './feeder.js';
import type { ServerLog } from './log.js';
import type { ServerStats } from './stats.js';

/**
 * What happens when the source ends: begin again, stay up with what there is, or end every
 * subscription and close.
 */
export type OnEnd = 'loop' | 'hold' | 'exit';

export const ON_END: readonly OnEnd[] = ['loop', 'hold', 'exit'];

/** What `createServer` takes; everything has a default. */
export interface ServerOptions {
  /**
   * Names that `transportNames()` gives, or transports of your own; all serve the same feed.
   * Default `['tcp']`.
   */
  readonly transports?: readonly (string | ServerTransport)[];
  /** Local address of everything that listens. Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /**
   * Port of each transport by its name; 0 = any free one. Default: tcp and udp 7400, ws 7401,
   * others 0.
   */
  readonly ports?: Readonly<Record<string, number>>;
  /** Codec of clients that ask for none; they may ask for any. Default line-json. */
  readonly codec?: string;
  /**
   * Subscribers at one time, over all transports; one more is refused with LAB_ERR_MAX_CLIENTS.
   * Default 10,000.
   */
  readonly maxClients?: number;
  /** Overload policy of clients that ask for none. Default drop-oldest. */
  readonly policy?: string;
  /**
   * What no client's backlog may be above, whatever it asks for: `'messages=1000/bytes=64k/age=1s'`,
   * at least one of them. Default: what is retained.
   */
  readonly maxBacklog?: string;
  /**
   * When to send what is published: `'auto'` (default), 0 (at once), or at most once every so many
   * ms.
   */
  readonly flush?: FlushMode;
  /**
   * How much of the past is kept for slow readers and replay. Default 16,384 messages and 64 MiB
   * per codec.
   */
  readonly retention?: Retention;
  /**
   * What transports are told besides: datagram size and sender of UDP, group of multicast, limits
   * of WebSocket, …
   */
  readonly transportOptions?: TransportSettings;
  /**
   * What to publish: a spec (`'synthetic'`, `'replay:trades.csv'`), or anything that gives
   * `{key, value, time?}` when iterated with `for await`. Absent: only what `publish` is called
   * with.
   */
  readonly source?: string | SourceLike;
  /**
   * Options of a source that is given as a spec. Default: seed 1, 5 symbols, values as they are.
   */
  readonly sourceOptions?: Partial<Omit<SourceOptions, 'loop'>>;
  /**
   * Read the source at this many items/s. Default: recorded times set the pace, a live source its
   * own, and 10/s the rest.
   */
  readonly rate?: number;
  /** Times the recorded pace. */
  readonly speed?: number;
  /**
   * Default `'hold'`. `'loop'` needs a source that begins again: a recording or synthetic one,
   * given as a spec.
   */
  readonly onEnd?: OnEnd;
  /**
   * A source that owes an item for this long makes the server not ready. 0 = never. Default 60,000
   * ms.
   */
  readonly staleMs?: number;
  /** Port for /healthz, /readyz and /metrics; 0 = any free one. Absent: no HTTP. */
  readonly httpPort?: number;
  /**
   * How long `close` lets subscribers read what they are owed, unless told otherwise. Default 2,000
   * ms.
   */
  readonly drainMs?: number;
  /** Aborting it closes the server. */
  readonly signal?: AbortSignal;
  /** Where to write what happens; a pino logger will do. Default: nowhere. */
  readonly log?: ServerLog;
}

/** A running server. */
export interface LabServer extends AsyncDisposable {
  /**
   * Where subscribers connect, one of each transport in the order given: `tcp://127.0.0.1:7400`.
   */
  readonly urls: readonly string[];
  /** Where health and metrics are: `http://127.0.0.1:7402`. Undefined without `httpPort`. */
  readonly httpUrl: string | undefined;
  /** Codec of clients that ask for none. */
  readonly codec: string;
  /** Name of the source; undefined when there is none. */
  readonly source: string | undefined;
  /**
   * Settles once everything is released: undefined after an orderly end, else why it ended. Never
   * rejects.
   */
  readonly closed: Promise<LabError | undefined>;
  /** Why the server is not ready to be sent clients; undefined when it is. */
  readonly notReady: string | undefined;
  /**
   * Publishes a message to every subscriber; returns its sequence number. `time`: integer µs since
   * the epoch, default now.
   * @throws LAB_ERR_MESSAGE_TOO_LARGE, LAB_ERR_MESSAGE_INVALID (nothing is published then),
   * LAB_ERR_CLOSED
   */
  publish(key: string, value: MessageValue, time?: number): number;
  stats(): ServerStats;
  /**
   * The clients furthest behind, at most `most` (default 10): the longest backlog first, then who
   * lost most. None that is in step and has lost nothing.
   * @throws LAB_ERR_BAD_VALUE
   */
  slowest(most?: number): readonly SlowClient[];
  /**
   * Tells every subscriber the end, lets them read what they are owed for up to `drainMs`, releases
   * everything. Safe to call twice: the first call counts.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

export const DEFAULTS = {
  host: '127.0.0.1',
  maxClients: 10_000,
  staleMs: 60_000,
  drainMs: 2_000,
  source: { seed: 1, sizeBytes: 0, symbols: 5 },
} as const;

/** Ports when none are given. A custom transport gets any free port. */
const PORTS: Readonly<Record<string, number>> = { tcp: 7400, udp: 7400, ws: 7401 };

export function portOf(transport: string, ports: ServerOptions['ports']): number {
  return ports?.[transport] ?? PORTS[transport] ?? 0;
}
