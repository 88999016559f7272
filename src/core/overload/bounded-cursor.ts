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
  /** µs since a message was published, or the oldest one that is retained. */
  ageOf(seq: number): number;
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
    if (at > this.position && policy.rule === 'disconnect') return -1;
    if (this.#stopAt <= at && this.isOverrun) this.#stopAt = NOWHERE;
    const within = this.#firstWithin(at);
    if (within <= at) return at;
    if (policy.rule === 'disconnect') return -1;
    if (policy.rule === 'drop-oldest') return within;
    if (this.#stopAt === NOWHERE) this.#stopAt = endWithin(log, at, policy.limits);
    return at;
  }

  /** It has left more than its limits allow. */
  protected get isAboveLimits(): boolean {
    return this.#firstWithin(this.position) > this.position;
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
