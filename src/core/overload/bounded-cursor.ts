import { LogCursor } from '../log/cursor.js';
import type { EncodedLog } from '../log/encoded-log.js';
import type { Slice } from '../log/slice.js';
import type { SliceTrain } from '../log/slice-train.js';
import { endWithin, firstWithin } from './backlog.js';
import type { OverflowPolicy } from './policy.js';

/** What the feed knows of its messages. */
export interface FeedTimes {
  /** Sequence number the next message will get. */
  readonly next: number;
  /** First sequence number published in the last `age` µs; `next` when nothing was. */
  seqSince(age: number): number;
  /** When a message was published, or the oldest one that is retained; µs. */
  publishedAt(seq: number): number;
  /** The same clock now. */
  now(): number;
}

const NOWHERE = Number.POSITIVE_INFINITY;

/**
 * A cursor with a policy. Limits of messages and bytes hold for what a sink leaves: what is
 * published between two flushes is no backlog before its first flush. The age holds at any time.
 */
export abstract class BoundedCursor extends LogCursor {
  readonly policy: OverflowPolicy;
  readonly #times: FeedTimes | undefined;
  /** The last flush left something of the log. */
  #isHeld = false;
  /** What lay before it when it joined it asked for: no backlog of who would end by one. */
  readonly #owedTo: number;
  /** `drop-newest`: what is published from here on is skipped until it has come here. */
  #stopAt = NOWHERE;

  constructor(
    log: EncodedLog,
    position: number,
    seq: number,
    policy: OverflowPolicy,
    times: FeedTimes | undefined,
  ) {
    super(log, position, seq);
    this.policy = policy;
    this.#times = times;
    this.#owedTo = log.head;
  }

  /** Whether limits hold: after a flush, when it has left something. */
  protected hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  /** Sequence number at which it goes on, at the head too. */
  protected get nextSeq(): number {
    return this.position === this.log.head ? (this.#times?.next ?? this.seq) : this.seq;
  }

  /** Where the policy lets it go on: as a rule where it is; −1 when it is to end. */
  protected allowedPosition(): number {
    const { log, policy } = this;
    // It skips when it reads.
    if (policy.rule === 'conflate') return this.position;
    const at = Math.max(this.position, log.first);
    // The feed waits for it, so there is nothing to skip.
    if (policy.rule === 'block') return at;
    if (at > this.position && policy.rule === 'disconnect') return -1;
    if (this.#stopAt <= at && this.isOverrun) this.#stopAt = NOWHERE;
    if (at < this.#owedTo && policy.rule !== 'drop-oldest') return at;
    const within = this.#firstWithin(at);
    if (within <= at) return at;
    if (policy.rule === 'disconnect') return -1;
    if (policy.rule === 'drop-oldest') return within;
    if (this.#stopAt === NOWHERE) this.#stopAt = endWithin(log, at, policy.limits);
    return at;
  }

  /** False where there is nothing to hold against its limits. */
  protected get mayBeBehind(): boolean {
    return this.#isHeld || this.isOverrun || this.policy.limits.age !== NOWHERE;
  }

  /** It has left more than its limits allow. */
  protected get isAboveLimits(): boolean {
    return this.#firstWithin(this.position) > this.position;
  }

  /** Of a replay, which goes on at `seq`, a flush has left more than the limits allow. */
  protected isReplayAboveLimits(seq: number): boolean {
    const { messages, age } = this.policy.limits;
    if (this.#times === undefined || !this.#isHeld) return false;
    if (this.#times.next - seq > messages) return true;
    return age !== NOWHERE && this.#times.seqSince(age) > seq;
  }

  /** Where a replay that goes on at `seq` may go on, by the age of what is in it. */
  protected allowedReplay(seq: number): number {
    const { rule, limits } = this.policy;
    if (rule !== 'drop-oldest' || limits.age === NOWHERE) return seq;
    return Math.max(seq, this.#times?.seqSince(limits.age) ?? seq);
  }

  /** At the place where it was to stop, it goes on with what comes next. Returns what it skips. */
  protected passStop(): number {
    if (this.position < this.#stopAt) return 0;
    this.#stopAt = NOWHERE;
    this.#isHeld = false;
    return this.skipTo(this.log.head);
  }

  protected override sliceHere(maxBytes: number): Slice | undefined {
    const slice = super.sliceHere(maxBytes);
    if (slice === undefined || slice.to <= this.#stopAt) return slice;
    return this.log.piece(slice.from, this.#stopAt, maxBytes);
  }

  protected override trainFromHere(maxBytes: number, most: number): SliceTrain | undefined {
    if (this.#stopAt === NOWHERE) return super.trainFromHere(maxBytes, most);
    const slice = this.sliceHere(maxBytes);
    return slice && { slices: [slice], longest: slice.bytes.length, padding: 0 };
  }

  #firstWithin(at: number): number {
    const { log, policy } = this;
    const { age } = policy.limits;
    const within = this.#isHeld ? firstWithin(log, policy.limits) : at;
    if (age === NOWHERE || at === log.head || this.#times === undefined) return within;
    const since = this.#times.seqSince(age);
    return log.seqAt(at) < since ? Math.max(within, log.positionOf(since)) : within;
  }
}
