import type { Conflated, Sink, SkipReason } from '../sink.js';

/** What a method of the sink gave back goes to it: that may be a promise, which is rejected. */
interface SinkOwner {
  watch(returned: unknown): void;
}

/**
 * What one subscriber misses. Its sink counts it when it happens; the client is told when it reads
 * on, once for all that was missed in between.
 */
export class LossNotices {
  readonly #sink: Sink;
  readonly #owner: SinkOwner;
  /** Messages asked for by `fromSeq` that were no longer retained, until the client is told. */
  #atStart: number;
  /** Messages skipped since that the client has not been told of. */
  #pending = 0;

  constructor(sink: Sink, owner: SinkOwner, missedAtStart: number) {
    this.#sink = sink;
    this.#owner = owner;
    this.#atStart = missedAtStart;
  }

  /** The client has yet to be told of something. */
  get areDue(): boolean {
    return this.#atStart + this.#pending > 0;
  }

  /** Counts what the policy skipped. */
  drop(missed: number): void {
    this.#skip(missed, 'policy');
  }

  /** Counts what cannot be carried. */
  refuse(missed: number): void {
    this.#skip(missed, 'refused');
  }

  /** Counts and tells what is replaced by later messages, which follow. */
  conflate(missed: number, next: number, conflated: Conflated): void {
    if (missed === 0) return;
    this.#skip(missed, 'conflated');
    this.#owner.watch(this.#sink.lagged(missed, next, conflated));
  }

  /** What has been counted is told when the client reads on. */
  postpone(missed: number): void {
    this.#pending += missed;
  }

  /** Tells of what was asked for from `first` on and is gone. */
  tellAtStart(first: number): void {
    const missed = this.#atStart;
    if (missed === 0) return;
    this.#atStart = 0;
    this.tell(missed, first + missed);
  }

  /** Tells of what was postponed; the stream goes on at sequence number `next`. */
  tellPostponed(next: number): void {
    const missed = this.#pending;
    if (missed === 0) return;
    this.#pending = 0;
    this.tell(missed, next);
  }

  tell(missed: number, next: number): void {
    this.#owner.watch(this.#sink.lagged(missed, next));
  }

  #skip(missed: number, why: SkipReason): void {
    this.#owner.watch(this.#sink.skipped?.(missed, why));
  }
}
