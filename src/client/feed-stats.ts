/** What a program has of a feed it subscribed to. */
import type { Message } from '../core/message.js';
import type { FeedLatency } from './latency.js';

/**
 * What a feed has done so far. Plain numbers that only grow, but for `buffered`, `rate` and the
 * percentiles.
 */
export interface FeedStats {
  readonly connected: boolean;
  /** Of the server; null before the first welcome. */
  readonly epoch: string | null;
  /**
   * Live messages that the loop has taken. Without `keys`: received + buffered + missed = expected,
   * at any moment over a reliable transport, over UDP once what others have overtaken has come or
   * been given up.
   */
  readonly received: number;
  /** Snapshot messages that the loop has taken. */
  readonly snapshot: number;
  /** Live messages that came and that the loop has not taken; after `close` it never will. */
  readonly buffered: number;
  /**
   * Live messages from the first to the last: last − first + 1, summed over the epochs of the
   * server.
   */
  readonly expected: number;
  /** Live messages missing: the sum over the gap notices. */
  readonly missed: number;
  /** Gap notices. */
  readonly gaps: number;
  /** Messages that came twice, or after they had been reported missing: not handed over. */
  readonly duplicates: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Messages per second over the last few seconds, on arrival. */
  readonly rate: number;
  /**
   * Arrival here − the message's time, µs, of messages published since this feed began: as good as
   * the two clocks agree.
   */
  readonly latency: FeedLatency;
  /** Bytes received, those of the transport included. */
  readonly bytes: number;
}

/**
 * A subscription that survives cuts: messages in order, each once, and an event for every one that
 * is missing.
 */
export interface Feed extends AsyncIterable<Message>, AsyncDisposable {
  /**
   * One loop per feed: breaking out of it closes the feed.
   * @throws (in the loop) LabError: the first connection fails (without `retry`), a cut (without
   *   `reconnect`), or a refusal that would not change by asking again
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined>;
  stats(): FeedStats;
  /**
   * Leaves: the loop ends, messages still waiting are thrown away. Resolves when socket and timers
   * are gone. Safe to call twice.
   */
  close(): Promise<void>;
}
