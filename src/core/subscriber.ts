import type { EncodedLog, Slice } from './encoded-log.js';
import type { OverflowPolicy } from './overflow.js';

/** What a transport gives the core for each of its subscribers. */
export interface Sink {
  /** Something is due: read slices from the subscriber and send what the socket takes. Must not throw. */
  flush(subscriber: Subscriber): void;
  /**
   * The log has evicted `missed` messages that were not sent, and the policy lets the subscription go on without them: count them.
   * Called when it happens, whether or not the client still reads.
   */
  skipped?(missed: number): void;
  /** `missed` messages were skipped since the last call; the stream goes on at sequence number `next`. Tell the client. */
  lagged(missed: number, next: number): void;
  /** The subscription is over; `reason` is 'closed' or a LAB_ERR_* code. Tell the client, then release the socket. */
  end(reason: string): void;
}

/**
 * A cursor into an encoded log: first through a snapshot (if any), then along the live log. It owns no messages.
 *
 * # Lagging
 * When the log has evicted the message at the cursor, the overload policy moves it, and `dropped` grows by exactly the number of
 * messages skipped: on the next flush, or when somebody asks, for a client that never reads again has lost them no less. The sink
 * tells its client when that reads on, once for all moves in between.
 */
export class Subscriber {
  readonly log: EncodedLog;
  readonly policy: OverflowPolicy;
  readonly sink: Sink;
  /** First sequence number of this subscriber's live feed. */
  readonly next: number;
  /** Snapshot messages that come before the live feed. */
  readonly snapshotCount: number;
  /** Messages the policy skipped. */
  dropped = 0;
  /** For the broadcast: the look at its losses that counted this subscriber last. */
  countedIn = 0;
  /** Of `dropped`, those that the client has not been told of. */
  #untold = 0;
  /** Messages asked for by `fromSeq` that were no longer retained, until the sink has been told. */
  #missedAtStart: number;
  #snapshot: EncodedLog | undefined;
  #snapshotPosition = 0;
  #position: number;
  #finishAt = Number.POSITIVE_INFINITY;
  #ended = false;

  constructor(log: EncodedLog, policy: OverflowPolicy, sink: Sink, start: Start) {
    this.log = log;
    this.policy = policy;
    this.sink = sink;
    this.next = start.next;
    this.#position = start.position;
    this.#missedAtStart = start.missed;
    this.#snapshot = start.snapshot;
    this.snapshotCount = start.snapshot?.head ?? 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True while slices come from the snapshot. */
  get inSnapshot(): boolean {
    return this.#snapshot !== undefined;
  }

  /** Messages that wait for this subscriber: what is retained between the cursor and the head. */
  get lag(): number {
    return this.log.head - Math.max(this.#position, this.log.first);
  }

  get position(): number {
    return this.#position;
  }

  /**
   * The next slice of at most `maxBytes` (at least one message), or undefined when the cursor is at the head or the
   * subscription has just ended. Applies the overload policy first. Call `advance` once the slice is on its way.
   */
  read(maxBytes: number): Slice | undefined {
    if (this.#snapshot !== undefined) {
      const slice = this.#snapshot.slice(this.#snapshotPosition, maxBytes);
      if (slice !== undefined) return slice;
      this.#snapshot = undefined;
    }
    if (this.#ended) return undefined;
    if (this.#missedAtStart > 0) this.#tellMissedAtStart();
    if (this.endIfCut()) return undefined;
    if (this.#untold > 0) this.#tellSkipped();
    if (this.#position >= this.#finishAt) this.end('closed');
    return this.#ended ? undefined : this.log.slice(this.#position, maxBytes);
  }

  advance(slice: Slice): void {
    if (this.#snapshot !== undefined) this.#snapshotPosition = slice.to;
    else this.#position = slice.to;
  }

  /**
   * Applies the policy: ends the subscription if the log has overtaken the cursor and the policy does not let it go on. Asked on
   * every flush, so that a subscriber that never reads again is cut when its time has come, not when it wakes up. Returns whether
   * it ended.
   */
  endIfCut(): boolean {
    if (this.settle()) return false;
    this.end('LAB_ERR_LAGGED');
    return true;
  }

  /**
   * Moves the cursor past what the log has evicted, if the policy lets it go on, and counts what that skips. False when the
   * subscription is to end instead; it does not end it.
   */
  settle(): boolean {
    if (this.#position >= this.log.first) return true;
    const resumed = this.policy.resume(this.log, this.#position);
    if (resumed < 0) return false;
    const missed = resumed - this.#position;
    this.#position = resumed;
    this.#untold += missed;
    this.#count(missed);
    return true;
  }

  #count(missed: number): void {
    this.dropped += missed;
    this.sink.skipped?.(missed);
  }

  #tellMissedAtStart(): void {
    const missed = this.#missedAtStart;
    this.#missedAtStart = 0;
    this.#count(missed);
    this.sink.lagged(missed, this.next + missed);
  }

  /** Where the cursor was moved to is retained: it was so a moment ago. */
  #tellSkipped(): void {
    const missed = this.#untold;
    this.#untold = 0;
    this.sink.lagged(missed, this.log.seqAt(this.#position));
  }

  /**
   * Ends the subscription with 'closed' once everything published so far has been read: at once for a subscriber in step,
   * for one that lags when its sink has caught up. The tail is owed to it like everything else.
   */
  finish(): void {
    this.#finishAt = Math.min(this.#finishAt, this.log.head);
    const owedOfSnapshot = (this.#snapshot?.head ?? 0) - this.#snapshotPosition;
    if (this.#position < this.#finishAt || owedOfSnapshot > 0) return;
    // Even when it has nothing more to read, it is still to hear of what it missed.
    if (this.#untold === 0) this.end('closed');
  }

  /** Ends the subscription once; later calls do nothing. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.sink.end(reason);
  }

  /** The transport's side is gone already: end without telling anyone. */
  detach(): void {
    this.#ended = true;
  }
}

interface Start {
  readonly position: number;
  readonly next: number;
  readonly missed: number;
  readonly snapshot: EncodedLog | undefined;
}
