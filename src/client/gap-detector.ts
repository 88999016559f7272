import type { Clock, Timer } from '../core/clock.js';
import type { Lagged } from '../core/message.js';
import type { Gap } from '../metrics/gap-set.js';
import type { Range } from '../metrics/range.js';
import { SequenceTracker } from '../metrics/sequence-tracker.js';
import { afterReading } from '../transports/after-reading.js';
import { Conflation } from './conflation.js';
import type { GapEvent, GapReason } from './feed-event.js';

/** How long a message that others have overtaken may still come, before it is called lost. */
export const REORDER_MS = 250;

export interface GapDetectorOptions {
  readonly clock: Clock;
  /** Only some keys are subscribed: a jump of `seq` then says nothing by itself. */
  readonly filtered: boolean;
  /** The transport loses and reorders nothing. */
  readonly reliable: boolean;
  /** What is lost may be repaired for so long before, ms. Default 0. */
  readonly repairMs?: number;
  /** Datagrams that this connection has lost so far; 0 where there are none. */
  readonly lostDatagrams: () => number;
  /**
   * Reads of this connection so far: what lies in its socket is read before anything is called
   * lost.
   */
  readonly reads: () => number;
  readonly onGap: (gap: GapEvent) => void;
}

/**
 * The account of the live feed by sequence number: every message is taken once or reported missing
 * once. Without a filter, at any moment: taken + reported + in gaps = `expected`, the messages
 * between the first and the last. Of a gap it is noted when it opened, µs.
 *
 * # Unreliable transports
 * Messages are taken in the order of their arrival. One that has been overtaken leaves a gap and
 * may fill it for REORDER_MS, and as long as repair may take; then the gap is reported, and what
 * still comes of it is refused like a duplicate. With a filter only the datagrams lost can be told,
 * as the numbers jump anyway.
 *
 * # Conflated
 * Of a range that the server conflates it says how many will not come, but not which. What is
 * missing of it is reported when that is known, at the end of the range or of the connection: of a
 * range that is cut the next connection brings the rest whole.
 */
export class GapDetector extends SequenceTracker<number> {
  readonly #options: GapDetectorOptions;
  /** What the epochs before had. */
  #formerly = 0;
  #lostReported = 0;
  readonly #conflation = new Conflation();
  /** With a filter, what it was told last and has not reported. */
  #told: (Range & { readonly missed: number }) | undefined;
  /** Behind this sequence number a range that was conflated is over. */
  #tellAt = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(options: GapDetectorOptions) {
    super();
    this.#options = options;
  }

  /** Messages from the first to the last, summed over epochs. */
  get expected(): number {
    return this.#formerly + this.next - this.first;
  }

  /** Messages known to be missing that no notice has told of yet. */
  get untold(): number {
    return this.#conflation.untold;
  }

  /** A new account: of the first connection, or of another epoch. */
  begin(next: number): void {
    this.#formerly += this.next - this.first;
    this.start(next);
    this.#lostReported = 0;
    this.#conflation.clear();
  }

  /** The same feed over another connection, which starts at `next`. */
  resume(next: number): void {
    this.#lostReported = 0;
    this.#conflation.clear();
    this.#giveUp(this.next, next - 1, 'network', !this.#options.filtered);
  }

  /** True when the message is to be handed over, false when it is not news. */
  take(seq: number): boolean {
    if (seq !== this.next) {
      if (seq < this.next) return this.late(seq) !== undefined;
      this.#skipTo(seq);
    }
    this.next = seq + 1;
    if (seq >= this.#tellAt) this.#tellConflated(true);
    return true;
  }

  /** A heartbeat: everything before `next` has been sent. */
  announced(next: number): void {
    if (next > this.next) this.#skipTo(next);
    if (next > this.#tellAt) this.#tellConflated(true);
    this.#watch();
  }

  /** The server has skipped messages of this subscriber. */
  lagged({ missed, next }: Lagged, reason: GapReason): void {
    if (missed < 1 || next < 2) return;
    if (this.#options.filtered) {
      this.#report(Math.min(this.next, next - 1), next - 1, missed, reason, reason === 'lagged');
      this.pass(next);
      return;
    }
    const from = Math.max(1, next - missed);
    if (from > this.next) this.#skipTo(from);
    // What later messages have overtaken already is in gaps: not lost on the way, then.
    this.#giveUp(from, next - 1, reason, true);
  }

  /** The server goes on with the latest messages of `[from, next)`, and skips `missed` of them. */
  conflated(from: number, next: number, missed: number): void {
    if (from > this.next) this.#skipTo(from);
    if (this.#options.filtered) {
      this.#tellConflated(true);
      this.#told = { from, to: next - 1, missed };
    } else if (missed === next - from) {
      // All of it had been sent: what was lost of it and is superseded is not sent again.
      this.#giveUp(from, next - 1, 'conflated', true);
      return;
    } else {
      this.#conflation.told(from, next - 1, missed);
    }
    this.#tellAt = next - 1;
  }

  /** Nothing overtaken will come any more: the connection is over. */
  settle(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lost(this.gaps.expire(() => true));
    this.#tellConflated(this.next > this.#tellAt);
  }

  protected forgotten(gap: Gap<number>): void {
    this.#lost([gap]);
  }

  #skipTo(seq: number): void {
    const { reliable, filtered, clock } = this.#options;
    if (!reliable) {
      this.advance(seq, clock.now());
      this.#watch();
    } else if (filtered) {
      this.pass(seq);
    } else {
      const { next } = this;
      const end = Math.min(seq - 1, this.#conflation.endAt(next) ?? next - 1);
      if (end >= next) this.#conflation.found({ from: next, to: end }, true);
      this.pass(end + 1);
      this.#giveUp(this.next, seq - 1, 'network', true);
    }
  }

  /** `isOver`: of the range that was told last nothing more will come. */
  #tellConflated(isOver: boolean): void {
    this.#tellAt = Number.POSITIVE_INFINITY;
    const told = this.#told;
    this.#told = undefined;
    if (told !== undefined) this.#report(told.from, told.to, told.missed, 'conflated', isOver);
    const found = this.#conflation.take();
    if (found === undefined) return;
    // Of one that is cut, what has not been reached comes whole.
    const to = Math.min(found.to, this.next - 1);
    this.#report(found.from, to, found.missed, 'conflated', true);
  }

  /** Reports what was still to come of `[from, to]`, `from` being `next` at most. */
  #giveUp(from: number, to: number, reason: GapReason, exact: boolean): void {
    for (const part of this.skip(from, to, 0)) this.#reportRange(part, reason, exact);
  }

  /** Looks again when the oldest gap has had its time. */
  #watch(): void {
    const { clock, lostDatagrams, reads, reliable } = this.#options;
    if (reliable || this.#timer !== undefined) return;
    const oldest = this.gaps.lowest;
    if (oldest === undefined && lostDatagrams() <= this.#lostReported) return;
    const longestMs = REORDER_MS + (this.#options.repairMs ?? 0);
    const now = clock.now();
    const waitMs = Math.max(0, longestMs - (now - (oldest?.data ?? now)) / 1_000);
    const expire = (): void => {
      this.#timer = undefined;
      const until = clock.now() - longestMs * 1_000;
      this.#lost(this.gaps.expire((openedAt) => openedAt <= until));
      if (this.next > this.#tellAt || this.#told === undefined) this.#tellConflated(true);
      this.#watch();
    };
    this.#timer = clock.setTimeout(() => {
      this.#timer = afterReading(clock, reads, expire);
    }, waitMs);
  }

  #lost(ranges: readonly Range[]): void {
    if (!this.#options.filtered) {
      for (const range of ranges) this.#reportLost(range);
      return;
    }
    const lost = this.#options.lostDatagrams() - this.#lostReported;
    if (lost <= 0) return;
    this.#lostReported += lost;
    const from = ranges.reduce((least, range) => Math.min(least, range.from), this.next - 1);
    this.#report(Math.max(1, from), Math.max(1, this.next - 1), lost, 'network', false);
  }

  #reportLost(range: Range): void {
    const { from, to } = range;
    const missed = to - from + 1 - this.#conflation.found(range);
    if (missed > 0) this.#report(from, to, missed, 'network', true);
  }

  #reportRange({ from, to }: Range, reason: GapReason, exact: boolean): void {
    this.#report(from, to, to - from + 1, reason, exact);
  }

  #report(from: number, to: number, missed: number, reason: GapReason, exact: boolean): void {
    this.#options.onGap({ type: 'gap', from, to, missed, reason, exact });
  }
}
