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
  /** Releases files and sockets; iteration ends. Safe to call twice. */
  close(): Promise<void>;
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
}

/** Opens a source. `argument` is what follows the colon in `--source name:argument`, or ''. */
export type SourceFactory = (argument: string, options: SourceOptions) => Promise<Source>;
