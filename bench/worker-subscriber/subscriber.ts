import type { Clock } from '../../src/core/clock.js';
import type { ControlMessage } from '../../src/core/message.js';
import type { LabError } from '../../src/errors.js';
import { overlap, type Range } from '../../src/metrics/range.js';
import type { Receiver, Subscription } from '../../src/transports/transport.js';
import { type InLostDatagrams, LostDatagrams } from '../record/lost-datagrams.js';
import { SequenceAccount } from '../record/sequence-account.js';
import { newStream, type Stream, type WindowRecorder } from '../record/window-recorder.js';
import type { FeedPlan } from '../workload/feed-plan.js';
import type { WindowMembership } from '../workload/window-membership.js';
import { ConflatedRanges } from './conflated-ranges.js';
import type { MessageCheck } from './content-check.js';

const NO_BYTES = Buffer.alloc(0);
/** Ranges of skipped messages remembered one by one; the older ones are only added up. */
const MAX_SKIPPED = 1_024;
/** No sequence number. */
const NONE = -1;

/**
 * One simulated subscriber: accounts for every message by sequence number. One object per
 * subscriber, one recorder per process; the path of an in-order message allocates nothing and does
 * little but lengthen the run it belongs to.
 */
export class BenchSubscriber implements Receiver {
  readonly account = new SequenceAccount();
  readonly #lost: LostDatagrams;
  readonly stream: Stream;
  readonly #clock: Clock;
  readonly #recorder: WindowRecorder;
  readonly #check: MessageCheck;
  /** Which of its process, from 0. */
  readonly index: number;
  /** Its first message may become known only when it comes. */
  readonly #plan: FeedPlan;
  readonly #membership: WindowMembership;
  /**
   * Sequence numbers that the server said it skipped for us before our first message of the window.
   */
  readonly #skipped: Range[] = [];
  /**
   * Messages skipped behind it, for as long as none is known to have been published after the
   * window.
   */
  #skippedInWindow = 0;
  readonly #conflated = new ConflatedRanges();
  #firstOfWindow = Number.POSITIVE_INFINITY;
  /** The message that the server said would be its next, at the latest. */
  #told = 1;
  subscription: Subscription | undefined;
  /** Why the subscription ended, if it ended before we left. */
  cut: LabError | undefined;
  /** Unique messages of the window received in time, and after the deadline. */
  delivered = 0;
  late = 0;
  /**
   * Messages compared with what was published, and how many of them differed: those count as lost.
   */
  verified = 0;
  corrupt = 0;
  #bytes: Buffer = NO_BYTES;
  /**
   * When this read was made; the kernel's stamp on it, 0 = none; the stamp, else the read.
   */
  #now = 0;
  #stamp = 0;
  #arrivedAt = 0;
  /** Nothing of this read came before; 0 = not known. */
  #unreadSince = 0;
  #sendTime = 0;
  /** This read came after the deadline of repair. */
  #isLate = false;
  #deliveredBefore = 0;
  /**
   * The run under way: its first message, the one that would go on with it, and the bytes of its
   * messages, without what frames them.
   */
  #runFrom = NONE;
  #runNext = NONE;
  #runBytes = 0;
  /**
   * Up to here (exclusive) the next one is in order, known to the recorder, of the window, and not
   * to be checked.
   */
  #plainTo = NONE;

  /**
   * `index`: which subscriber of its process it is, of `total`. `shard`: which server process of
   * the cell it is a client of.
   */
  constructor(
    clock: Clock,
    recorder: WindowRecorder,
    check: MessageCheck,
    index = 0,
    total = 1,
    shard = 0,
  ) {
    this.#clock = clock;
    this.#recorder = recorder;
    this.#check = check;
    this.index = index;
    this.#plan = recorder.plan;
    this.#membership = recorder.membership;
    this.#lost = new LostDatagrams(recorder.plan.first);
    this.stream = newStream(recorder.staleness.follow(index, total), shard);
  }

  begin(bytes: Buffer, sendTime: number, arrivedAt: number, unreadSince = 0): void {
    this.#bytes = bytes;
    this.#isLate = false;
    this.#sendTime = sendTime;
    // Whole microseconds, as the stamps of messages are: then latency = service + lag, and
    // receipt = arrival + instrument, to the last digit.
    this.#now = Math.floor(this.#clock.now());
    this.#stamp = Math.floor(arrivedAt);
    this.#arrivedAt = this.#stamp > 0 ? this.#stamp : this.#now;
    this.#unreadSince = unreadSince;
    this.#recorder.roll(this.#now);
    this.#deliveredBefore = this.delivered;
    this.#recorder.scanning.begin();
    this.#lost.begin(this.#datagramsLost);
  }

  message(seq: number, start: number, end: number): void {
    if (seq === this.#runNext && seq < this.#plainTo) {
      this.#runNext = seq + 1;
      this.#runBytes += end - start;
    } else {
      this.#examine(seq, start, end);
    }
  }

  messageRun(seq: number, count: number, start: number, end: number): boolean {
    if (seq !== this.#runNext || seq + count > this.#plainTo) return false;
    this.#runNext = seq + count;
    this.#runBytes += end - start;
    return true;
  }

  overdue(): void {
    this.#isLate = true;
  }

  end(): void {
    this.#endRun();
    this.#recorder.scanning.end(this.delivered - this.#deliveredBefore);
  }

  control(control: ControlMessage): void {
    // What a welcome or a gap says is held against all that came before it.
    this.#endRun();
    if (control.control === 'welcome') this.account.start(control.next);
    else if (control.control === 'lagged') {
      if (control.from === undefined) this.#lagged(control.next - control.missed, control.next);
      else this.#conflatedFrom(control.from, control.next, control.missed);
    } else if (control.control === 'heartbeat') {
      this.#lost.begin(this.#datagramsLost);
      this.#told = Math.max(this.#told, control.next);
    }
  }

  /** The first message that may still be on its way over an ordered connection. */
  get reached(): number {
    return Math.max(this.account.next, this.#told);
  }

  /**
   * Missing messages of `[first, last]` that lay in missing datagrams, of which none held more than
   * `most`.
   */
  inLostDatagrams(first: number, last: number, most: number): InLostDatagrams {
    return this.#lost.within(first, last, this.account.next, this.#datagramsLost, most);
  }

  /**
   * Messages of `[first, last]` that the server skipped by policy, and all behind the newest when
   * it cut us off for lagging.
   */
  droppedByPolicy(first: number, last: number): number {
    let dropped = this.#skippedInWindow;
    if (this.cut?.code === 'LAB_ERR_LAGGED')
      dropped += overlap(this.account.next, last, first, last);
    for (const { from, to } of this.#skipped) dropped += overlap(from, to, first, last);
    return dropped;
  }

  /** Messages of `[first, last]` that later ones of their keys have replaced. */
  conflated(first: number, last: number): number {
    return this.#conflated.within(first, last);
  }

  /** Anything but the plain next message of a run. */
  #examine(seq: number, start: number, end: number): void {
    if (seq !== this.#runNext) this.#endRun();
    else this.#catchUp();
    const recorder = this.#recorder;
    const isNew = this.#isNew(seq);
    if (!isNew || !this.#membership.includes(seq, this.#bytes, start, end, this.#arrivedAt)) {
      this.#endRun();
      if (isNew) this.#hold(seq - this.#plan.first);
      return;
    }
    // Not before: the first message of an observed feed says where its window begins.
    const at = seq - this.#plan.first;
    if (this.#isLate || recorder.isLate(this.#arrivedAt)) {
      this.late += 1;
      this.#conflated.arrived(seq, seq);
      return;
    }
    if (!this.#isRight(at, start, end)) {
      this.#endRun();
      this.#conflated.arrived(seq, seq);
      return;
    }
    const { shard } = this.stream;
    if (!recorder.knows(at, shard))
      recorder.note(at, this.#check.codec.timeAt(this.#bytes, start, end), this.#arrivedAt, shard);
    if (this.#runFrom === NONE) {
      this.#runFrom = seq;
      this.#runBytes = 0;
    }
    this.#runNext = seq + 1;
    this.#runBytes += end - start;
    // Of late messages each is accounted for by itself.
    this.#plainTo =
      seq + 1 === this.account.next
        ? this.#plan.first +
          Math.min(recorder.knownTo(at, shard), this.#check.next(at + 1, this.index))
        : NONE;
  }

  /** A message of the warm-up is a value that this subscriber holds when the window begins. */
  #hold(at: number): void {
    const { followed } = this.stream;
    if (followed >= 0 && at < 0 && at >= -this.#plan.warmup.due.length)
      this.#recorder.staleness.run(followed, at, at);
  }

  /** False when this message is to be checked and is not what was published. */
  #isRight(at: number, start: number, end: number): boolean {
    if (this.#check.next(at, this.index) !== at) return true;
    this.verified += 1;
    if (this.#check.passes(at, this.#bytes, start, end)) return true;
    this.corrupt += 1;
    return false;
  }

  get #datagramsLost(): number {
    return this.subscription?.counters.datagramsLost ?? 0;
  }

  #isNew(seq: number): boolean {
    const { next } = this.account;
    if (seq >= next) this.#lost.passed(next, seq);
    if (seq === next) {
      this.account.next = seq + 1;
      return true;
    }
    const isNew = this.account.outOfOrder(seq);
    if (seq < next) this.#lost.late(seq, isNew);
    return isNew;
  }

  /** Tells the account about the plain messages of the run. */
  #catchUp(): void {
    if (this.#runNext > this.account.next) this.account.next = this.#runNext;
  }

  #endRun(): void {
    if (this.#runFrom === NONE) return;
    this.#catchUp();
    const from = this.#runFrom - this.#plan.first;
    const to = this.#runNext - 1 - this.#plan.first;
    this.delivered += to - from + 1;
    this.#conflated.arrived(this.#runFrom, this.#runNext - 1);
    if (this.#runFrom < this.#firstOfWindow) this.#firstOfWindow = this.#runFrom;
    this.#recorder.run(
      this.stream,
      from,
      to,
      this.#now,
      this.#stamp,
      this.#unreadSince,
      this.#runBytes,
      this.#sendTime,
    );
    this.#runFrom = NONE;
    this.#runNext = NONE;
  }

  /**
   * A notice may come late, or say what it said before: only what was owed until now is skipped by
   * it.
   */
  #lagged(start: number, end: number): void {
    this.#lost.begin(this.#datagramsLost);
    const { account } = this;
    if (end > account.next) this.#lost.passed(account.next, Math.max(start, account.next));
    for (const range of account.skip(start, end - 1, account.unique)) this.#skip(range);
  }

  /** What follows is some of `[start, end)`: what was owed before is passed over. */
  #conflatedFrom(start: number, end: number, missed: number): void {
    this.#lost.begin(this.#datagramsLost);
    const { kind, beyond } = this.#membership;
    const isPlanned = kind === 'planned';
    const first = isPlanned ? this.#plan.first : this.#firstOfWindow;
    const last = isPlanned ? this.#plan.last : beyond - 1;
    // Of what is told after it was sent, some may have come.
    const [from, to] = [Math.max(start, first), Math.min(end - 1, last)];
    const arrived = overlap(from, to, first, last) - this.account.missingIn(from, to);
    this.#conflated.told(start, end - 1, missed, arrived);
    // None of it is waited for, nor charged to whoever lost it.
    if (missed === end - start) this.account.skip(start, end - 1, this.account.unique);
    this.#conflated.fold(first, last);
  }

  /** In a long run of a slow subscriber there are too many to remember each. */
  #skip(range: Range): void {
    const { kind, beyond } = this.#membership;
    const isBehindFirst = range.from > this.#firstOfWindow;
    if (isBehindFirst && kind === 'planned') this.#skippedInWindow += range.to - range.from + 1;
    else if (range.from < beyond) this.#skipped.push(range);
    if (this.#skipped.length <= MAX_SKIPPED) return;
    const oldest = this.#skipped.shift() as Range;
    if (oldest.from > this.#firstOfWindow) this.#skippedInWindow += oldest.to - oldest.from + 1;
  }
}
