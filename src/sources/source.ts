import type { MessageValue } from '../core/message.js';

/**
 * Where messages come from. A source is an async iterable read by one consumer; it sets the *content* and order
 * of the feed, the consumer sets the pace.
 *
 * To add one: a file in this folder with a factory, one line in `registry.ts`.
 */
export interface Source extends AsyncIterable<SourceItem> {
  readonly name: string;
  /** True when the same options always give the same keys and values in the same order. */
  readonly deterministic: boolean;
  /** What happened so far, of a source that has something to tell. Cheap enough to be asked every second. */
  readonly stats?: () => SourceStats;
  /** Releases files and sockets; iteration ends, a wait for the next item too. Safe to call twice. */
  close(): Promise<void>;
}

/** Plain numbers that only grow, apart from `lastItemAt`. A source leaves out what it has no notion of. */
export interface SourceStats {
  /** Items given to the consumer. */
  readonly items?: number;
  /** Pieces of the input that became no item, such as lines too long or not UTF-8. */
  readonly skipped?: number;
  /** Items the source had and gave up because nobody took them in time. */
  readonly dropped?: number;
  /** Requests made of a service. */
  readonly calls?: number;
  /** Requests or connections that failed. */
  readonly errors?: number;
  /** Wall clock at the last item, integer µs since the Unix epoch; absent before the first. */
  readonly lastItemAt?: number;
}

export interface SourceItem {
  readonly key: string;
  readonly value: MessageValue;
  /** When the thing happened, integer µs since the Unix epoch, if the source knows: the recorded pace of a replay. */
  readonly time?: number;
}

export interface SourceOptions {
  /** Seed of everything random. */
  readonly seed: number;
  /**
   * Pad each value so that its compact JSON is exactly this many bytes; 0 = leave as is. A value already longer is
   * left as it is.
   */
  readonly sizeBytes: number;
  /** How many symbols a synthetic source invents. */
  readonly symbols: number;
  /** Begin again after the last item. Recorded times go on monotonically over the seam. */
  readonly loop: boolean;
  /** Only a replay: leave out what was recorded before this. */
  readonly from?: RecordingPoint | null;
  /** Only a replay: leave out what was recorded then and later. */
  readonly to?: RecordingPoint | null;
  /** Told in one sentence, at most a few times whatever goes on, of what the source's `stats` only count. Must not throw. */
  readonly onNotice?: (notice: string) => void;
}

/** A place in a recording: `at` a recorded time (µs since the Unix epoch), or `after` so many µs from its first item on. */
export type RecordingPoint = { readonly at: number } | { readonly after: number };

/** Opens a source. `argument` is what follows the colon in `--source name:argument`, or ''. */
export type SourceFactory = (argument: string, options: SourceOptions) => Promise<Source>;
