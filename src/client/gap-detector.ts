import type { Clock, Timer } from '../core/clock.js';
import type { Lagged } from '../core/message.js';
import { afterReading } from '../transports/client/after-reading.js';
import { Holes, type Range } from './holes.js';
import type { GapNotice, GapReason } from './notice.js';

/** How long a message that others have overtaken may still come, before it is called lost. */
export const REORDER_MS = 250;

export interface GapDetectorOptions {
  readonly clock: Clock;
  /** Only some keys are subscribed: a jump of `seq` then says nothing by itself. */
  readonly filtered: boolean;
  /** The transport loses and reorders nothing. */
  readonly reliable: boolean;
  /** Datagrams that this connection has lost so far; 0 where there are none. */
  readonly lostDatagrams: () => number;
  /**
   * Reads of this connection so far: what lies in its socket is read before anything is called
   * lost.
   */
  readonly reads: () => number;
  readonly onGap: (gap: GapNotice) => void;
}

/**
 * The account of the live feed by sequence number: every message is taken once or reported missing
 * once. Without a filter, at any moment: taken + reported + in holes = `expected`, the messages
 * between the first and the last.
 *
 * # Unreliable transports
 * Messages are taken in the order of their arrival. One that has been overtaken leaves a hole and
 * may fill it for REORDER_MS; then the hole is a gap, and what still comes of it is refused like a
 * duplicate. With a filter only the datagrams lost can be told, as the numbers jump anyway.
 */
export class GapDetector {
  /** Messages refused: taken before, or reported missing before they came. */
  duplicates = 0;
  readonly #options: GapDetectorOptions;
  readonly #holes = new Holes();
  #first = 0;
  #next = 0;
  /** What the epochs before had. */
  #formerly = 0;
  #lostReported = 0;
  #timer: Timer | undefined;

  constructor(options: GapDetectorOptions) {
    this.#options = options;
  }

  /** First sequence number of the live feed in this epoch; what is before it is the snapshot. */
  get first(): number {
    return this.#first;
  }

  /** The number the next message should have: where to go on after a cut. */
  get next(): number {
    return this.#next;
  }

  /** Messages from the first to the last, summed over epochs. */
  get expected(): number {
    return this.#formerly + this.#next - this.#first;
  }

  /** A new account: of the first connection, or of another epoch. */
  begin(next: number): void {
    this.#formerly += this.#next - this.#first;
    this.#first = next;
    this.#next = next;
    this.#lostReported = 0;
  }

  /** The same feed over another connection, which starts at `next`. */
  resume(next: number): void {
    this.#lostReported = 0;
    if (next > this.#next)
      this.#report(this.#next, next - 1, next - this.#next, 'network', !this.#options.filtered);
    this.#next = Math.max(this.#next, next);
  }

  /** True when the message is to be handed over, false when it is no news. */
  take(seq: number): boolean {
    if (seq === this.#next) {
      this.#next = seq + 1;
      return true;
    }
    if (seq > this.#next) {
      this.#skipTo(seq);
      this.#next = seq + 1;
      return true;
    }
    if (this.#holes.fill(seq)) return true;
    this.duplicates += 1;
    return false;
  }

  /** A heartbeat: everything before `next` has been sent. */
  announced(next: number): void {
    if (next > this.#next) this.#skipTo(next);
    this.#watch();
  }

  /** The server has skipped messages of this subscriber. */
  lagged({ missed, next }: Lagged, reason: GapReason): void {
    if (missed < 1 || next < 2) return;
    if (this.#options.filtered) {
      this.#report(Math.min(this.#next, next - 1), next - 1, missed, reason, reason === 'lagged');
    } else {
      const from = Math.max(1, next - missed);
      if (from > this.#next) this.#skipTo(from);
      // What later messages have overtaken already is in holes: not lost on the way, then.
      for (const part of this.#holes.cut(from, next - 1)) this.#reportRange(part, reason);
      const rest = { from: Math.max(from, this.#next), to: next - 1 };
      if (rest.from <= rest.to) this.#reportRange(rest, reason);
    }
    this.#next = Math.max(this.#next, next);
  }

  /** Nothing overtaken will come any more: the connection is over. */
  settle(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lost(this.#holes.expire(Number.POSITIVE_INFINITY));
  }

  #skipTo(seq: number): void {
    const { reliable, filtered, clock } = this.#options;
    const hole = { from: this.#next, to: seq - 1 };
    this.#next = seq;
    if (reliable) {
      if (!filtered) this.#reportRange(hole, 'network');
      return;
    }
    const pushedOut = this.#holes.open(hole.from, hole.to, clock.now());
    if (pushedOut !== undefined) this.#lost([pushedOut]);
    this.#watch();
  }

  /** Looks again when the oldest hole has had its time. */
  #watch(): void {
    const { clock, lostDatagrams, reads, reliable } = this.#options;
    if (reliable || this.#timer !== undefined) return;
    if (this.#holes.empty && lostDatagrams() <= this.#lostReported) return;
    const since = Math.min(this.#holes.oldestAt, clock.now());
    const waitMs = Math.max(0, REORDER_MS - (clock.now() - since) / 1_000);
    const expire = (): void => {
      this.#timer = undefined;
      this.#lost(this.#holes.expire(clock.now() - REORDER_MS * 1_000));
      this.#watch();
    };
    this.#timer = clock.setTimeout(() => {
      this.#timer = afterReading(clock, reads, expire);
    }, waitMs);
  }

  #lost(ranges: readonly Range[]): void {
    if (!this.#options.filtered) {
      for (const range of ranges) this.#reportRange(range, 'network');
      return;
    }
    const lost = this.#options.lostDatagrams() - this.#lostReported;
    if (lost <= 0) return;
    this.#lostReported += lost;
    const from = ranges.reduce((least, range) => Math.min(least, range.from), this.#next - 1);
    this.#report(Math.max(1, from), Math.max(1, this.#next - 1), lost, 'network', false);
  }

  #reportRange({ from, to }: Range, reason: GapReason): void {
    this.#report(from, to, to - from + 1, reason, true);
  }

  #report(from: number, to: number, missed: number, reason: GapReason, exact: boolean): void {
    this.#options.onGap({ type: 'gap', from, to, missed, reason, exact });
  }
}
