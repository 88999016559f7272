/** What the core did, as plain numbers that only grow (`clients` apart). */
export interface BroadcastCounters {
  /** Subscribers now. */
  readonly clients: number;
  readonly published: number;
  readonly publishedBytes: number;
  /** Keys that the snapshot had to forget: more were published than the retention remembers. */
  readonly forgottenKeys: number;
  /** Subscribers ended because they had fallen behind and asked for that (policy disconnect). */
  readonly disconnectedForLag: number;
  /** Subscribers ended because their sink, one of a transport of your own, threw. */
  readonly sinkErrors: number;
  /**
   * Messages that a codec other than the default one refused, counted once for each codec and key
   * filter in use.
   */
  readonly refusedMessages: number;
  /** Subscriptions that asked by `from` for messages no longer retained. */
  readonly truncatedReplays: number;
  readonly flushes: number;
  /** Microseconds spent flushing. */
  readonly flushMicros: number;
}
