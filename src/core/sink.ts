import type { EncodedLog } from './log/encoded-log.js';
import type { Slice } from './log/slice.js';
import type { SliceTrain } from './log/slice-train.js';

/**
 * Why a subscriber does not get a message: it has fallen behind (`policy`), and gets a later one of
 * the same key (`conflated`); or its codec or its datagrams cannot carry the message (`refused`).
 */
export type SkipReason = 'policy' | 'conflated' | 'refused';

/** What is told of messages that later ones of their keys have replaced. */
export interface Conflated {
  /** The stream goes on with the latest message of each key, of those from here on. */
  readonly from: number;
  /** µs since the oldest of them was published. */
  readonly ageMicros: number;
}

/**
 * What a transport gives the core for each of its subscribers. One that throws, or gives back a
 * promise that is rejected, ends its own subscription with LAB_ERR_INTERNAL, and nobody else's.
 */
export interface Sink {
  /**
   * Whom it serves, for people: `tcp://10.0.0.7:50412`. Absent where that is nobody in particular.
   */
  readonly remote?: string | undefined;
  /**
   * Something is due: read slices from the subscriber and send what the socket takes. Must not
   * throw.
   */
  flush(subscriber: SinkReader): void;
  /**
   * The subscriber will not get `missed` messages: count them. Called when it happens, whether or
   * not the client still reads.
   */
  skipped?(missed: number, why: SkipReason): void;
  /**
   * `missed` messages were skipped since the last call; the stream goes on at sequence number
   * `next`. Tell the client. `conflated`: of those from `from` on before `next`, `missed` will not
   * come and the others follow.
   */
  lagged(missed: number, next: number, conflated?: Conflated): void;
  /**
   * The subscription is over; `reason` is 'closed' or a LAB_ERR_* code. Tell the client, then
   * release the socket.
   */
  end(reason: string): void;
}

/** What a sink reads from: its subscriber. */
export interface SinkReader {
  /** The log it reads once it has caught up, and its place there. */
  readonly log: EncodedLog;
  readonly position: number;
  /** True while slices come from the snapshot. */
  readonly inSnapshot: boolean;
  /** Everything published so far has been read. */
  readonly inStep: boolean;
  /**
   * The next slice of at most `maxBytes` (at least one message), or undefined when the cursor is at
   * the head, the subscription has just ended, or what it is catching up with has to wait (the sink
   * is then offered it in its turn). Applies the overload policy first. Call `advance` once the
   * slice is on its way.
   */
  read(maxBytes: number): Slice | undefined;
  /**
   * The next slices, up to `most`, for who sends several in one go: `read` for the first, and those
   * that follow in the same log, or page of a catch-up. Call `advance` for each that is on its way,
   * in order.
   */
  readTrain(maxBytes: number, most: number): SliceTrain | undefined;
  advance(slice: Slice): void;
  /**
   * The sink cannot send the `missed` messages before sequence number `next`, and has passed them
   * over: counts and tells.
   */
  passOver(missed: number, next: number): void;
}
