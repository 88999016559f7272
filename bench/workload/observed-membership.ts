import type { Codec } from '../../src/codecs/codec.js';
import { LabError } from '../../src/errors.js';
import type { FeedPlan } from './feed-plan.js';
import type { ObservedWindow, Progress, PublishedRange, Span } from './window.js';
import type { TimeOrigin, WindowMembership } from './window-membership.js';

/**
 * Most messages of an observed window: each costs every process some 60 bytes, once it has come.
 */
export const MOST_OBSERVED = 2_000_000;
/**
 * Positions kept free below the first message seen of the window when none was seen before it: late
 * ones may follow.
 */
const REORDERING = 1_024;
/**
 * Stamps further ahead of what clocks that run on can show are those of a clock that was set, µs.
 */
const CLOCK_STEP = 1_000_000;
const NONE: Uint32Array<ArrayBuffer> = new Uint32Array(0);

/**
 * By what one process has seen of a feed that nobody planned, because its server is not ours. A
 * message is of the window by the time it was stamped with when it was published: what was
 * published in the window but came late is late and not left out. It rests on stamps that never go
 * back from one number to the next.
 *
 * It stands in for the plan: positions count from `first`, which is not known before the first
 * message of the window has come. Intended times, keys and contents are unknown for ever.
 */
export class ObservedMembership implements WindowMembership, FeedPlan {
  readonly kind = 'observed';
  readonly feed: FeedPlan = this;
  first: number = Number.NaN;
  /** Newest message seen of the window; 0 = none. */
  last = 0;
  /** Only its length counts. Memory that nobody writes to is never taken. */
  readonly due: Float64Array<ArrayBuffer>;
  readonly key: Uint32Array<ArrayBuffer> = NONE;
  readonly checksum: Uint32Array<ArrayBuffer> = NONE;
  readonly keys = 0;
  readonly warmup: FeedPlan['warmup'] = { due: new Float64Array(0), key: NONE };
  /** Newest message seen that was published before the window, and the oldest that was after it. */
  #before = 0;
  #beyond: number = Number.POSITIVE_INFINITY;
  /** Stamps of the window. */
  #from: number = Number.POSITIVE_INFINITY;
  #until: number = Number.POSITIVE_INFINITY;
  #newest = 0;
  #newestStamp: number = Number.NEGATIVE_INFINITY;
  /** Smallest receipt − stamp. */
  #fastest: number = Number.POSITIVE_INFINITY;
  #mostAhead: number = Number.POSITIVE_INFINITY;
  #closed = false;
  #failure: LabError | undefined;
  readonly #codec: Pick<Codec, 'timeAt'>;
  /** By position, 1 = found to be of the window: its stamp need not be read again. */
  readonly #included: Uint8Array;

  /** `codec`: what stamps are read with. */
  constructor(codec: Pick<Codec, 'timeAt'>, messages: number = MOST_OBSERVED) {
    this.#codec = codec;
    this.due = new Float64Array(messages);
    this.#included = new Uint8Array(messages);
  }

  get beyond(): number {
    return this.#beyond;
  }

  /** Why what was recorded cannot be trusted. */
  get failure(): LabError | undefined {
    return this.#failure;
  }

  get progress(): Omit<Progress, 'offset'> {
    return { newest: this.#newest, fastest: this.#fastest };
  }

  get span(): Span {
    return {
      before: this.#before,
      last: this.last,
      isOver: this.#beyond < Number.POSITIVE_INFINITY,
    };
  }

  open({ stamps: { from, until, clockShift, mostAhead } }: ObservedWindow): TimeOrigin {
    if (this.#newestStamp >= from) throw tooLate('begin');
    this.#from = from;
    this.#until = until;
    this.#mostAhead = mostAhead;
    this.#before = this.#newest;
    return { latency: clockShift, service: clockShift };
  }

  /**
   * Ends the window sooner. @throws LAB_ERR_WORKER_TIMEOUT when more than that has been recorded
   */
  cut(until: number): void {
    if (until >= this.#until) return;
    if (this.#newestStamp >= until) throw tooLate('end');
    this.#until = until;
  }

  /** A number that nobody had by then is not of the window. */
  close(): void {
    this.#closed = true;
  }

  includes(seq: number, bytes: Buffer, start: number, end: number, now: number): boolean {
    const at = seq - this.first;
    if (at >= 0 && this.#included[at] === 1) return true;
    return this.asks(seq) && this.owns(seq, this.#codec.timeAt(bytes, start, end), now);
  }

  /**
   * Only the messages of the window: there is room for many more. What this process has not seen of
   * them has a position as well.
   */
  positionsOf({ first, last }: PublishedRange): { readonly from: number; readonly count: number } {
    return { from: first - this.first, count: Math.max(0, last - first + 1) };
  }

  assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * False when it is clear without its stamp that message `seq` is not of the window, and nothing
   * is to be learnt from it.
   */
  asks(seq: number): boolean {
    if (seq > this.#newest) return true;
    return seq > this.#before && seq < this.#beyond;
  }

  /**
   * Message `seq`, published at `stamp` by its own account, has come at `now`. Whether it is of the
   * window.
   */
  owns(seq: number, stamp: number, now: number): boolean {
    this.#see(seq, stamp, now);
    if (stamp < this.#from) {
      if (seq > this.#before) this.#before = seq;
      return false;
    }
    if (stamp >= this.#until) {
      if (seq < this.#beyond) this.#beyond = seq;
      return false;
    }
    if (Number.isNaN(this.first)) {
      this.first = this.#before > 0 ? this.#before + 1 : Math.max(1, seq - REORDERING);
    }
    if (seq < this.first || (this.#closed && seq > this.last)) return false;
    if (seq >= this.first + this.due.length) {
      this.#failure ??= tooMany(this.due.length);
      return false;
    }
    if (seq > this.last) this.last = seq;
    this.#included[seq - this.first] = 1;
    return true;
  }

  #see(seq: number, stamp: number, now: number): void {
    const isNewer = seq > this.#newest;
    if (isNewer ? stamp < this.#newestStamp : stamp > this.#newestStamp)
      this.#failure ??= disordered(seq);
    // No message comes before it was published: the window would have ended early, and unseen.
    if (stamp - now > this.#mostAhead + CLOCK_STEP) this.#failure ??= setForward(seq);
    if (!isNewer) return;
    this.#newest = seq;
    this.#newestStamp = stamp;
    // The first receipt of a message is its earliest.
    this.#fastest = Math.min(this.#fastest, now - stamp);
  }
}

function tooLate(what: 'begin' | 'end'): LabError {
  return new LabError(
    'LAB_ERR_WORKER_TIMEOUT',
    `a subscriber process learnt too late that the window was to ${what}`,
    {
      hint: 'the machine may be overloaded: lower `clients`, or raise `subscriberProcesses`',
    },
  );
}

function tooMany(messages: number): LabError {
  return new LabError(
    'LAB_ERR_BAD_VALUE',
    `the server published more than ${messages} messages in the window`,
    {
      hint: 'lower `durationsMs`: every message is accounted for one by one',
    },
  );
}

function setForward(seq: number): LabError {
  return new LabError(
    'LAB_ERR_PROTOCOL',
    `the clock of the server was set forward during the measurement: see message ${seq}`,
    { hint: 'measure again while nobody sets the clock' },
  );
}

function disordered(seq: number): LabError {
  return new LabError(
    'LAB_ERR_PROTOCOL',
    `the time stamps of the server go back: see message ${seq}`,
    {
      hint: 'messages must be stamped with the time of publishing, as lab serve does, and not with times of their own; nor may anybody set the clock meanwhile',
    },
  );
}
