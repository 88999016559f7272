import type { CatchUp } from './catch-up/catch-up.js';
import { CatchUpReader } from './catch-up/reader.js';
import type { EncodedLog } from './log/encoded-log.js';
import type { Slice } from './log/slice.js';
import type { SliceTrain } from './log/slice-train.js';
import type { OverflowPolicy } from './overflow.js';

/**
 * Why a subscriber does not get a message: the log has overtaken it (`policy`), or its codec or its
 * datagrams cannot carry the message (`refused`).
 */
export type SkipReason = 'policy' | 'refused';

/**
 * What a transport gives the core for each of its subscribers. One that throws, or gives back a
 * promise that is rejected, ends its own subscription with LAB_ERR_INTERNAL, and nobody else's.
 */
export interface Sink {
  /**
   * Something is due: read slices from the subscriber and send what the socket takes. Must not
   * throw.
   */
  flush(subscriber: Subscriber): void;
  /**
   * The subscriber will not get `missed` messages: count them. Called when it happens, whether or
   * not the client still reads.
   */
  skipped?(missed: number, why: SkipReason): void;
  /**
   * `missed` messages were skipped since the last call; the stream goes on at sequence number
   * `next`. Tell the client.
   */
  lagged(missed: number, next: number): void;
  /**
   * The subscription is over; `reason` is 'closed' or a LAB_ERR_* code. Tell the client, then
   * release the socket.
   */
  end(reason: string): void;
}

/**
 * Who is further behind in its log than this reads on in turns of its own until it is in step:
 * nobody waits for it.
 */
const NEAR_BYTES = 512 * 1024;
/** At least so much may be read in one go then. */
const GRANTED_BYTES = 64 * 1024;

/** What the broadcast does for a subscriber that asks. */
export interface SubscriberHost {
  /** True when it may have another page to catch up with now; else it is to wait for its turn. */
  takePage(): boolean;
  awaitTurn(subscriber: Subscriber): void;
  /** Of the replay it asked for, some is no longer retained. */
  countTruncated(): void;
  /** It ends, as it has fallen behind and its policy is to. */
  countDisconnected(): void;
  /** Its sink has failed: end it. */
  expel(subscriber: Subscriber): void;
}

/**
 * A cursor into an encoded log: first through its catch-up (if any), then along the live log. It
 * owns no messages.
 *
 * # Lagging
 * When the log has evicted the message at the cursor, the overload policy moves it, and `dropped`
 * grows by exactly the number of messages skipped: on the next flush, or when somebody asks, for a
 * client that never reads again has lost them no less. The sink tells its client when that reads
 * on, once for all moves in between.
 */
export class Subscriber {
  readonly log: EncodedLog;
  readonly policy: OverflowPolicy;
  readonly sink: Sink;
  /** First sequence number of this subscriber's live feed. */
  readonly next: number;
  /** Lowest sequence number from which on nothing that it may read was missing when it began. */
  readonly oldest: number;
  /**
   * Snapshot messages that come before the live feed, at most: one that is replaced before it is
   * sent is left out.
   */
  readonly snapshotCount: number;
  /** Messages the policy skipped. */
  dropped = 0;
  /** For the broadcast: the look at its losses that counted this subscriber last. */
  lossEpoch = 0;
  readonly #host: SubscriberHost | undefined;
  /** Skipped messages that the client has not been told of. */
  #pendingLag = 0;
  /** Messages asked for by `fromSeq` that were no longer retained, until the sink has been told. */
  #missedAtStart: number;
  #isTruncated: boolean;
  #catchUp: CatchUpReader | undefined;
  #position: number;
  /** Of the messages that the codec has refused, those that are behind the cursor. */
  #refusedSeen: number;
  #finishAt = Number.POSITIVE_INFINITY;
  #isFar = false;
  /** Bytes of the log that one far behind may still read in this turn. */
  #granted = 0;
  #ended = false;

  constructor(log: EncodedLog, policy: OverflowPolicy, sink: Sink, start: Start) {
    this.log = log;
    this.policy = policy;
    this.sink = sink;
    this.next = start.next;
    this.#position = start.position;
    this.#missedAtStart = start.missed;
    this.#isTruncated = start.missed > 0;
    const liveFrom = start.catchUp?.end ?? start.next + start.missed;
    this.#refusedSeen =
      log.refusals.before(start.position) - log.refusals.from(liveFrom, start.position);
    this.oldest = start.oldest ?? log.completeFrom;
    this.#host = start.host;
    this.snapshotCount = start.catchUp?.count ?? 0;
    if (start.catchUp !== undefined)
      this.#catchUp = new CatchUpReader(start.catchUp, start.after ?? 0);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True while slices come from the snapshot. */
  get inSnapshot(): boolean {
    return this.#catchUp?.isSnapshot ?? false;
  }

  /** Everything published so far has been read. */
  get inStep(): boolean {
    return this.#catchUp === undefined && this.lag === 0;
  }

  /**
   * Messages that wait for this subscriber in its log: what is retained between the cursor and the
   * head.
   */
  get lag(): number {
    return this.log.head - Math.max(this.#position, this.log.first);
  }

  get position(): number {
    return this.#position;
  }

  /**
   * Sequence number of what it reads next of its log, so that all before it has been read or told.
   * Undefined while it catches up, at the head, and when it has yet to be told what it misses.
   */
  get upcoming(): number | undefined {
    const { log } = this;
    if (this.#catchUp !== undefined || this.#missedAtStart + this.#pendingLag > 0) return undefined;
    if (this.#position < log.first || this.#position === log.head) return undefined;
    return log.refusals.total > this.#refusedSeen ? undefined : log.seqAt(this.#position);
  }

  /**
   * The next slice of at most `maxBytes` (at least one message), or undefined when the cursor is at
   * the head, the subscription has just ended, or what it is catching up with has to wait (the sink
   * is then offered it in its turn). Applies the overload policy first. Call `advance` once the
   * slice is on its way.
   */
  read(maxBytes: number): Slice | undefined {
    if (this.#ended) return undefined;
    if (this.#missedAtStart > 0) this.#tellMissedAtStart();
    if (this.#catchUp !== undefined) {
      const slice = this.#readCatchUp(this.#catchUp, maxBytes);
      if (slice !== undefined || this.#catchUp !== undefined) return slice;
    }
    if (this.#ended || this.endIfOverrun()) return undefined;
    if (this.log.refusals.total > this.#refusedSeen) this.#passRefused();
    if (this.#pendingLag > 0) this.#reportLag(this.log.seqAt(this.#position));
    if (this.#position >= this.#finishAt) this.end('closed');
    return this.#ended ? undefined : this.#readLog(maxBytes);
  }

  /**
   * The next slices, up to `most`, for who sends several in one go: `read` for the first, and those
   * that follow in the same log, or page of a catch-up. Call `advance` for each that is on its way,
   * in order.
   */
  readTrain(maxBytes: number, most: number): SliceTrain | undefined {
    const first = this.read(maxBytes);
    if (first === undefined) return undefined;
    if (this.#catchUp !== undefined) return this.#catchUp.train(maxBytes, most);
    return this.log.train(first.from, maxBytes, most);
  }

  advance(slice: Slice): void {
    if (this.#catchUp !== undefined) {
      this.#catchUp.advance(slice);
    } else {
      this.#position = slice.to;
      if (this.#granted > 0) this.#granted -= slice.bytes.length;
    }
  }

  /**
   * The sink cannot send the `missed` messages before sequence number `next`, and has passed them
   * over: counts and tells.
   */
  passOver(missed: number, next: number): void {
    this.#skip(missed, 'refused');
    this.#tell(missed, this.inSnapshot ? this.next : next);
  }

  /**
   * Applies the policy: ends the subscription if the log has overtaken the cursor and the policy
   * does not let it go on. Asked on every flush, so that a subscriber that never reads again is cut
   * when its time has come, not when it wakes up. Returns whether it ended.
   */
  endIfOverrun(): boolean {
    if (this.applyOverflowPolicy()) return false;
    this.#disconnect();
    return true;
  }

  /**
   * Moves the cursor past what the log has evicted, if the policy lets it go on, and counts what
   * that skips. False when the subscription is to end instead; it does not end it.
   */
  applyOverflowPolicy(): boolean {
    if (this.#position >= this.log.first) return true;
    const resumed = this.policy.resume(this.log, this.#position);
    if (resumed < 0) return false;
    const missed = resumed - this.#position;
    this.#position = resumed;
    this.#pendingLag += missed;
    this.#drop(missed);
    return true;
  }

  #readLog(maxBytes: number): Slice | undefined {
    const { log } = this;
    const slice = log.slice(this.#position, maxBytes);
    if (slice === undefined) this.#isFar = false;
    // What reaches to the head is near, whatever it weighs.
    else if ((this.#isFar || slice.to < log.head) && !this.#hasTurn()) return undefined;
    return slice;
  }

  /** False for one that is far behind, or was and is not in step yet, and has to wait. */
  #hasTurn(): boolean {
    this.#isFar ||= this.log.bytesFrom(this.#position) > NEAR_BYTES;
    if (!this.#isFar || this.#granted > 0) return true;
    if (this.#host?.takePage() === false) {
      this.#host.awaitTurn(this);
      return false;
    }
    this.#granted = GRANTED_BYTES;
    return true;
  }

  /** The next slice of the catch-up; undefined when it is over, or when the rest has to wait. */
  #readCatchUp(catchUp: CatchUpReader, maxBytes: number): Slice | undefined {
    for (;;) {
      switch (catchUp.state) {
        case 'slice':
          return catchUp.slice(maxBytes);
        case 'notice':
          this.#tellRefused(catchUp);
          break;
        case 'page':
          if (!this.#skipEvicted(catchUp)) return undefined;
          // Skipping may have come to the end.
          if (catchUp.state !== 'page') break;
          if (this.#host?.takePage() === false) {
            this.#host.awaitTurn(this);
            return undefined;
          }
          catchUp.turn();
          break;
        case 'done':
          this.#catchUp = undefined;
          return undefined;
      }
    }
  }

  #tellRefused(catchUp: CatchUpReader): void {
    const refused = catchUp.takeRefused();
    this.#skip(refused, 'refused');
    this.#tell(refused, catchUp.next);
  }

  /** A replay of all keys is overtaken like a log. False when that has ended the subscription. */
  #skipEvicted(catchUp: CatchUpReader): boolean {
    const missed = catchUp.skipEvicted();
    if (missed === 0) return true;
    // Whether any of them was for its keys nobody knows any more: it is told as of what was gone
    // at the start.
    if (catchUp.isFiltered) {
      if (!this.#isTruncated) this.#host?.countTruncated();
      this.#isTruncated = true;
      this.#tell(missed, catchUp.next);
      return true;
    }
    if (this.policy.resume(this.log, -1) < 0) {
      this.#disconnect();
      return false;
    }
    this.#drop(missed);
    this.#tell(missed, catchUp.next);
    return true;
  }

  #disconnect(): void {
    if (!this.#ended) this.#host?.countDisconnected();
    this.end('LAB_ERR_LAGGED');
  }

  #drop(missed: number): void {
    this.dropped += missed;
    this.#skip(missed, 'policy');
  }

  #passRefused(): void {
    const before = this.log.refusals.before(this.#position);
    const refused = before - this.#refusedSeen;
    if (refused === 0) return;
    this.#refusedSeen = before;
    this.#pendingLag += refused;
    this.#skip(refused, 'refused');
  }

  #tellMissedAtStart(): void {
    const missed = this.#missedAtStart;
    this.#missedAtStart = 0;
    this.#tell(missed, this.next + missed);
  }

  #reportLag(next: number): void {
    const missed = this.#pendingLag;
    this.#pendingLag = 0;
    this.#tell(missed, next);
  }

  #skip(missed: number, why: SkipReason): void {
    this.watch(this.sink.skipped?.(missed, why));
  }

  #tell(missed: number, next: number): void {
    this.watch(this.sink.lagged(missed, next));
  }

  /**
   * What a method of the sink gave back: if that is a promise, its rejection is as good as a throw.
   */
  watch(returned: unknown): void {
    if (returned !== undefined) Promise.resolve(returned).catch(() => this.#host?.expel(this));
  }

  /**
   * Ends the subscription with 'closed' once everything published so far has been read: at once for
   * a subscriber in step, for one that lags when its sink has caught up. The tail is owed to it
   * like everything else.
   */
  finish(): void {
    this.#finishAt = Math.min(this.#finishAt, this.log.head);
    if (this.#position < this.#finishAt || this.#catchUp !== undefined) return;
    // Even when it has nothing more to read, it is still to hear of what it missed.
    const unreported = this.#missedAtStart + this.#pendingLag;
    if (unreported === 0 && this.log.refusals.total === this.#refusedSeen) this.end('closed');
  }

  /** Ends the subscription once; later calls do nothing. */
  end(reason: string): void {
    if (this.#ended) return;
    this.detach();
    this.watch(this.sink.end(reason));
  }

  /** The transport's side is gone already: end without telling anyone. */
  detach(): void {
    this.#ended = true;
    this.#catchUp = undefined;
  }
}

interface Start {
  readonly position: number;
  readonly next: number;
  readonly missed: number;
  /** Default: that of the log. */
  readonly oldest?: number;
  readonly catchUp?: CatchUp | undefined;
  /** The catch-up is read from behind this sequence number on. */
  readonly after?: number;
  /** Absent: pages may be had at any time. */
  readonly host?: SubscriberHost;
}
