/**
 * What a server told of its clock, between two readings of ours: it had our question before it
 * said so, and we its answer after. All µs since the epoch.
 */
export interface ClockExchange {
  /** Ours, before the question was sent. */
  readonly askedAt: number;
  /** Of the server's clock when it answered, whole µs, cut. */
  readonly toldAt: number;
  /** Ours, when the answer had come. */
  readonly heardAt: number;
}
