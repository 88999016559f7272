import type { CatchUp } from './catch-up/catch-up.js';
import { CatchUpReader } from './catch-up/reader.js';
import type { EncodedLog } from './log/encoded-log.js';
import type { Slice } from './log/slice.js';
import type { SliceTrain } from './log/slice-train.js';
import { LossNotices } from './losses/notices.js';
import { BoundedCursor } from './overload/bounded-cursor.js';
import { type ConflationSource, Conflator } from './overload/conflator.js';
import type { OverflowPolicy } from './overload/policy.js';
import type { Conflated, Sink, SinkReader } from './sink.js';

/** What the broadcast does for a subscriber that asks. */
export interface SubscriberHost extends ConflationSource {
  /** True when it may have another page to catch up with now; else it is to wait for its turn. */
  takePage(): boolean;
  awaitTurn(subscriber: Subscriber): void;
  /** Messages of `[from, to)` that `log` takes, of those that are known. */
  countOf(log: EncodedLog, from: number, to: number): number;
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
 * When the log has evicted the message at the cursor, or the backlog is above the limits of its
 * overload policy, that moves it, and `dropped` grows by exactly the number of messages skipped: on
 * the next flush, or when somebody asks, for a client that never reads again has lost them no less.
 * The sink tells its client when that reads on, once for all moves in between.
 */
export class Subscriber extends BoundedCursor implements SinkReader {
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
  /** Messages it skipped for later ones of their keys. */
  conflated = 0;
  /** For the broadcast: the look at its losses that counted this subscriber last. */
  lossEpoch = 0;
  /** For the broadcast, with policy `block`: the feed waits for it. */
  isBlocking = false;
  readonly #host: SubscriberHost | undefined;
  readonly #notices: LossNotices;
  #isTruncated: boolean;
  #catchUp: CatchUpReader | undefined;
  /** With policy `conflate`. */
  readonly #conflator: Conflator | undefined;
  /** Sequence number from which on its log has what it reads; before it, its catch-up has. */
  readonly #logFrom: number;
  /** With policy `conflate`: it asked for what is gone from here on. */
  #goneFrom: number | undefined;
  #finishAt = Number.POSITIVE_INFINITY;
  #ended = false;

  constructor(log: EncodedLog, policy: OverflowPolicy, sink: Sink, start: Start) {
    const seq = start.catchUp?.end ?? start.next + start.missed;
    super(log, start.position, seq, policy, start.host);
    this.sink = sink;
    this.next = start.next;
    this.#logFrom = seq;
    this.#isTruncated = start.missed > 0;
    this.oldest = start.oldest ?? log.completeFrom;
    this.#host = start.host;
    if (policy.rule === 'conflate' && start.host !== undefined) {
      this.#conflator = new Conflator(log, start.host, seq);
      if (this.#isTruncated) this.#goneFrom = start.next;
      this.hold(this.#isTruncated);
    }
    this.#notices = new LossNotices(sink, this, this.#goneFrom === undefined ? start.missed : 0);
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
   * Sequence number of what it reads next of its log, so that all before it has been read or told.
   * Undefined while it catches up, at the head, and when it has yet to be told what it misses.
   */
  get upcoming(): number | undefined {
    if (this.#catchUp !== undefined || this.#notices.areDue) return undefined;
    if (this.isOverrun || this.lag === 0 || this.facesRefused) return undefined;
    return this.seq;
  }

  read(maxBytes: number): Slice | undefined {
    if (this.#ended) return undefined;
    const notices = this.#notices;
    if (notices.areDue) notices.tellAtStart(this.next);
    for (;;) {
      if (this.#conflator !== undefined && this.mayBeBehind) this.#conflate(this.#conflator);
      if (this.#catchUp === undefined) break;
      const slice = this.#readCatchUp(this.#catchUp, maxBytes);
      if (slice !== undefined || this.#catchUp !== undefined) return slice;
    }
    if (this.#ended || this.endIfOverrun()) return undefined;
    this.#drop(this.passStop());
    if (this.facesRefused) this.#passRefused();
    if (notices.areDue) notices.tellPostponed(this.nextSeq);
    if (this.position >= this.#finishAt) this.end('closed');
    return this.#ended ? undefined : this.#readLog(maxBytes);
  }

  readTrain(maxBytes: number, most: number): SliceTrain | undefined {
    if (this.read(maxBytes) === undefined) return undefined;
    if (this.#catchUp !== undefined) return this.#catchUp.train(maxBytes, most);
    return this.trainFromHere(maxBytes, most);
  }

  advance(slice: Slice): void {
    if (this.#catchUp === undefined) this.pass(slice);
    else this.#catchUp.advance(slice);
    this.#conflator?.sent(slice.to - slice.from);
  }

  passOver(missed: number, next: number): void {
    this.#notices.refuse(missed);
    this.#notices.tell(missed, this.inSnapshot ? this.next : next);
  }

  /**
   * Applies the policy: ends the subscription if it has fallen too far behind and the policy does
   * not let it go on. Asked on every flush, so that a subscriber that never reads again is cut
   * when its time has come, not when it wakes up. Returns whether it ended.
   */
  endIfOverrun(): boolean {
    if (this.applyOverflowPolicy()) return false;
    this.#disconnect();
    return true;
  }

  /**
   * Moves the cursor past what the log has evicted and what is above its limits, if the policy lets
   * it go on, and counts what that skips. False when the subscription is to end instead; it does
   * not end it.
   */
  applyOverflowPolicy(): boolean {
    const allowed = this.allowedPosition();
    if (allowed < 0) return false;
    this.#drop(this.skipTo(allowed));
    return true;
  }

  /** Its sink has had what it takes for now. */
  offered(): void {
    const { lag } = this;
    const conflator = this.#conflator;
    if (conflator !== undefined) {
      this.hold(lag > 0 || this.#isReplaying);
      if (!this.isOverrun) conflator.held(this.nextSeq, lag > 0);
    } else this.hold(lag > 0 && (this.#catchUp === undefined || this.policy.rule === 'block'));
  }

  /** The feed has to wait for it. */
  get holdsUp(): boolean {
    return this.policy.rule === 'block' && !this.#ended && this.isAboveLimits;
  }

  /** It reads what it asked for by `fromSeq` and its log does not hold. */
  get #isReplaying(): boolean {
    return this.#catchUp?.isSnapshot === false && this.#conflator?.pass === undefined;
  }

  /** Begins a pass over the latest messages, if it is so far behind and that spares any. */
  #conflate(conflator: Conflator): void {
    const goneFrom = this.#goneFrom;
    if (goneFrom !== undefined) {
      this.#goneFrom = undefined;
      this.#beginPass(conflator, goneFrom, true);
    } else if (this.#catchUp === undefined) this.#conflateLog(conflator);
    else if (this.#isReplaying) this.#conflateReplay(conflator, this.#catchUp);
  }

  #conflateLog(conflator: Conflator): void {
    const { isOverrun } = this;
    if (!isOverrun && !this.isAboveLimits) return;
    const from = isOverrun ? conflator.heldSeq : this.seq;
    this.hold(false);
    if (isOverrun || conflator.repeats(from)) this.#beginPass(conflator, from, isOverrun);
  }

  #conflateReplay(conflator: Conflator, { state, next, isEvicted }: CatchUpReader): void {
    // What of a page has been sent is not to come again.
    if (state !== 'page') return;
    if (!isEvicted && !this.isReplayAboveLimits(next)) return;
    this.hold(false);
    if (isEvicted || conflator.repeats(next)) this.#beginPass(conflator, next, isEvicted);
  }

  /** A pass over what is for it from `from` on; `gone`: some of that is no longer retained. */
  #beginPass(conflator: Conflator, from: number, gone: boolean): void {
    const before = this.#host?.countOf(this.log, from, this.#logFrom) ?? 0;
    const pass = conflator.begin(from, before + this.log.head - this.position, gone);
    if (pass === undefined) return;
    if (this.#notices.areDue) this.#notices.tellPostponed(from);
    this.skipTo(this.log.head);
    this.#catchUp = new CatchUpReader(pass.conflation, from - 1);
    this.#tellConflated(pass.merged, pass.conflation.end, conflator.pass);
  }

  #tellConflated(missed: number, next: number, pass: Conflated | undefined): void {
    if (pass === undefined) return;
    const { from, ageMicros } = pass;
    this.conflated += missed;
    this.#notices.conflate(missed, next, { from, ageMicros });
  }

  #drop(missed: number): void {
    if (missed === 0) return;
    this.#notices.postpone(missed);
    this.dropped += missed;
    this.#notices.drop(missed);
  }

  #readLog(maxBytes: number): Slice | undefined {
    const slice = this.sliceHere(maxBytes);
    if (this.awaitsTurn(slice)) {
      if (!this.#hasTurn()) return undefined;
      this.grantTurn();
    }
    return slice;
  }

  /** Whether it may read another page now; else it waits for its turn. */
  #hasTurn(): boolean {
    if (this.#host?.takePage() !== false) return true;
    this.#host.awaitTurn(this);
    return false;
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
          if (!this.#hasTurn()) return undefined;
          catchUp.turn();
          break;
        case 'done': {
          const pass = this.#conflator?.pass;
          this.#tellConflated(this.#conflator?.end() ?? 0, catchUp.next, pass);
          this.#catchUp = undefined;
          return undefined;
        }
      }
    }
  }

  #tellRefused(catchUp: CatchUpReader): void {
    const refused = catchUp.takeRefused();
    // Those of the log are passed behind it.
    if (this.#conflator?.pass !== undefined) return;
    this.#notices.refuse(refused);
    this.#notices.tell(refused, catchUp.next);
  }

  /** A replay of all keys is overtaken like a log. False when that has ended the subscription. */
  #skipEvicted(catchUp: CatchUpReader): boolean {
    if (this.#isReplaying) this.#skipOld(catchUp);
    const missed = catchUp.skipEvicted();
    if (missed === 0) return true;
    // Whether any of them was for its keys nobody knows any more: it is told as of what was gone
    // at the start.
    if (catchUp.isFiltered) {
      if (!this.#isTruncated) this.#host?.countTruncated();
      this.#isTruncated = true;
      this.#notices.tell(missed, catchUp.next);
      return true;
    }
    if (this.policy.rule === 'disconnect') {
      this.#disconnect();
      return false;
    }
    this.dropped += missed;
    this.#notices.drop(missed);
    this.#notices.tell(missed, catchUp.next);
    return true;
  }

  /** Of a replay, what is older than the policy allows. */
  #skipOld(catchUp: CatchUpReader): void {
    const from = catchUp.next;
    const to = Math.min(this.allowedReplay(from), this.#logFrom);
    if (to <= from) return;
    const missed = this.#host?.countOf(this.log, from, to) ?? 0;
    catchUp.skipTo(to);
    if (missed === 0) return;
    this.dropped += missed;
    this.#notices.drop(missed);
    this.#notices.tell(missed, to);
  }

  #disconnect(): void {
    if (!this.#ended) this.#host?.countDisconnected();
    this.end('LAB_ERR_LAGGED');
  }

  #passRefused(): void {
    const refused = this.passRefused();
    if (refused === 0) return;
    this.#notices.postpone(refused);
    this.#notices.refuse(refused);
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
    if (this.position < this.#finishAt || this.#catchUp !== undefined) return;
    // Even when it has nothing more to read, it is still to hear of what it missed.
    if (!this.#notices.areDue && !this.facesRefused) this.end('closed');
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
