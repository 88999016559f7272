/**
 * A contiguous run of whole messages: positions `[from, to)`. `bytes` is a view that every
 * subscriber at `from` shares; it is never written again, so it may sit in a socket's queue for as
 * long as it likes.
 */
export interface Slice {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
  /** Sequence number of the first message. */
  readonly seq: number;
}
