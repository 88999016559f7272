import type { MessageValue } from '../core/message.js';
import type { KeyOrder } from './key-order.js';

/**
 * Where messages come from. A source is an async iterable read by one consumer; it sets the
 * *content* and order of the feed, the consumer sets the pace.
 *
 * To add one: a folder with a factory and a table of its options, one line in `registry.ts`.
 */
export interface Source extends AsyncIterable<SourceItem> {
  readonly name: string;
  /** True when the same options always give the same keys and values in the same order. */
  readonly deterministic: boolean;
  /**
   * What happened so far, of a source that has something to tell. Cheap enough to be asked every
   * second.
   */
  readonly stats?: () => SourceStats;
  /** What was recognised in a file. */
  readonly reading?: SourceReading;
  /**
   * The next item at once; undefined at the end. Absent where an item may have to be waited for. It
   * shares the position of the iterators.
   */
  pull?(): SourceItem | undefined;
  /**
   * The same items from the first on, made from what this source holds, whatever has become of its
   * file since. Absent where the past is not kept.
   */
  again?(): Source;
  /**
   * Releases files and sockets; iteration ends, a wait for the next item too. Safe to call twice.
   */
  close(): Promise<void>;
}

/**
 * What a source knows of itself. It leaves out what it has no notion of. Counts only grow, `stale`
 * and `missing` apart.
 */
export interface SourceStats {
  /** Items given to the consumer. */
  readonly items?: number;
  /** Pieces of the input that became no item, such as lines too long or not UTF-8. */
  readonly skipped?: number;
  /** Items that gave way to newer ones because the consumer was too slow. */
  readonly dropped?: number;
  /** True while upstream pushes; false while it is polled, or not reached. */
  readonly streaming?: boolean;
  /** Requests sent, whatever came of them. */
  readonly upstreamCalls?: number;
  /**
   * What went wrong, by kind (`timeout`, `server`, …). Every kind is there from the start.
   * `stream_…` is over when `streaming` again; `unknown_symbol`, `unsupported`, `error_message` and
   * `forbidden` when none is `missing`; the others when `lastGoodAt` moves on.
   */
  readonly upstreamErrors?: Readonly<Record<string, number>>;
  /** How often a lost stream was opened again. */
  readonly reconnects?: number;
  /** How often requests were held back because upstream asked for it. */
  readonly rateLimitWaits?: number;
  /** News that came later than newer ones, and were not published. */
  readonly outdated?: number;
  /** Keys whose value is marked as stale now. */
  readonly stale?: number;
  /** Keys asked for that upstream does not know, or does not give to us, as of now. */
  readonly missing?: readonly string[];
  /**
   * When upstream last gave something good, news or not; µs since the Unix epoch. The age of the
   * source counts from here.
   */
  readonly lastGoodAt?: number | null;
  /** When the newest item came in; µs since the Unix epoch. */
  readonly lastItemAt?: number | null;
}

export interface SourceItem {
  readonly key: string;
  readonly value: MessageValue;
  /**
   * When the thing happened, integer µs since the Unix epoch, if the source knows: the recorded
   * pace of a replay.
   */
  readonly time?: number;
}

export interface SourceOptions extends ReplayColumns {
  /** Seed of everything random. */
  readonly seed: number;
  /**
   * Pad each value so that its compact JSON is exactly this many bytes; 0 = leave as is. A value
   * already longer is left as it is.
   */
  readonly sizeBytes: number;
  /** How many symbols a synthetic source invents. */
  readonly symbols: number;
  /** Only a synthetic source: which of them has the next message. Default `random`. */
  readonly keyOrder?: KeyOrder | null;
  /** Begin again after the last item. Recorded times go on monotonically over the seam. */
  readonly loop: boolean;
  /** Only a replay: leave out what was recorded before this. */
  readonly from?: RecordingPoint | null;
  /** Only a replay: leave out what was recorded then and later. */
  readonly to?: RecordingPoint | null;
  /**
   * Told in one sentence, at most a few times whatever goes on, of what the source's `stats` only
   * count. Must not throw.
   */
  readonly onNotice?: (notice: string) => void;
  /** finnhub: where the service is. Default https://finnhub.io. */
  readonly finnhubUrl?: string | undefined;
  /** finnhub: a file that holds the API key. Default: what the environment says. */
  readonly finnhubKeyFile?: string | undefined;
}

/** What times are that are bare numbers, or dates of two numbers and a year. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'calendar' | 'dmy' | 'mdy';

/**
 * Only a replay: which columns (of NDJSON: members) hold what. Null or absent: told by their names,
 * and by what stands in them.
 */
export interface ReplayColumns {
  /**
   * Name of the column with the times, `#2` for the second, `DATE+TIME` for two, `none` for none:
   * rows then come as in the file.
   */
  readonly timeColumn?: string | null;
  /**
   * Name of the column with the keys, `#1` for the first, `none` for none: the key then is the name
   * of the file.
   */
  readonly keyColumn?: string | null;
  /**
   * What the times count (`s`, `ms`, `us`, `ns`, from any zero), or how they are spelled
   * (`calendar`: 20240301, `dmy`, `mdy`).
   */
  readonly timeUnit?: TimeUnit | null;
}

/** How a recording was read. */
export interface SourceReading {
  /** `CSV`, `CSV divided by ";"`, `NDJSON`, … */
  readonly format: string;
  readonly rows: number;
  /** Of the first row. */
  readonly columns: readonly string[];
  /** The column of the times, or those of date and time of day; empty without. */
  readonly time: readonly string[];
  /** What the times are: `milliseconds since 1970`, `dates`; null without. */
  readonly timeForm: string | null;
  /** The first and the last time, µs since the Unix epoch; null without. */
  readonly span: readonly [first: number, last: number] | null;
  /** The column of the keys; null without: every key is the name of the file. */
  readonly key: string | null;
  /** How many different ones there are. */
  readonly keys: number;
}

/**
 * A place in a recording: `at` a recorded time (µs since the Unix epoch), or `after` so many µs
 * from its first item on.
 */
export type RecordingPoint = { readonly at: number } | { readonly after: number };

/** Opens a source. `argument` is what follows the colon in `name:argument`, or ''. */
export type SourceFactory = (argument: string, options: SourceOptions) => Promise<Source>;
