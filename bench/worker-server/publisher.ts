import type { Broadcast } from '../../src/core/broadcast.js';
import type { Clock } from '../../src/core/clock.js';
import type { Backpressure } from '../../src/core/overload/backpressure.js';
import type { Schedule } from '../../src/pacer/schedule.js';
import { Timeline } from '../../src/pacer/timeline.js';
import type { SourceItem } from '../../src/sources/source.js';
import type { ServerReport } from '../ipc/server.js';
import { LatencyRecorder } from '../record/latency-recorder.js';
import type { ItemQueue } from '../workload/item-queue.js';
import type { PublishedRange, Window } from '../workload/window.js';

/**
 * Most messages published before the event loop gets a turn: a generator far behind must not starve
 * its sockets.
 */
const MAX_BURST = 2_000;

/** What holds the feed up: the broadcast's own where its policy is `block`. */
export type Gate = Pick<Backpressure, 'isClosed' | 'whenOpen'>;

/** The publisher's part of the server's report. */
type PublisherReport = Pick<
  ServerReport,
  | 'range'
  | 'behind'
  | 'lastPublishedAt'
  | 'endedAt'
  | 'publishedPerSecond'
  | 'lag'
  | 'sourceUnderruns'
>;

/**
 * Publishes a feed on schedule, keeps to the intended times, stamps each message with the time it
 * was published, and keeps the sender's ledger. Where it has to wait at a gate the intended times
 * stay as they are, so that the wait is lag, and in every latency.
 */
export class Publisher {
  readonly #broadcast: Pick<Broadcast, 'publish'>;
  readonly #clock: Clock;
  readonly #timeline: Timeline;
  readonly #feed: ItemQueue;
  readonly #window: Window;
  readonly #onWindow: () => void;
  readonly #lag = new LatencyRecorder();
  readonly #perSecond: number[] = [];
  #published = 0;
  #first = 0;
  #last = 0;
  #lastPublishedAt = 0;
  #endedAt: number;
  #underruns = 0;
  #finished = false;
  #behind = false;
  readonly #gate: Gate | undefined;
  readonly #onOpen: () => void;

  /**
   * `onWindow`: called once, right before the first message of the window. `onOpen`: called when the
   * gate at which the last call of `publishDue` had to stop opens.
   */
  constructor(
    broadcast: Pick<Broadcast, 'publish'>,
    clock: Clock,
    schedule: Schedule,
    feed: ItemQueue,
    window: Window,
    onWindow: () => void,
    gate?: Gate,
    onOpen: () => void = () => {},
  ) {
    this.#broadcast = broadcast;
    this.#clock = clock;
    this.#timeline = new Timeline(schedule, 'kept', window.t0);
    this.#feed = feed;
    this.#window = window;
    this.#onWindow = onWindow;
    this.#gate = gate;
    this.#onOpen = onOpen;
    this.#endedAt = window.end;
  }

  /** Sequence numbers published in the window. */
  get range(): PublishedRange {
    return this.#first === 0 ? { first: 1, last: 0 } : { first: this.#first, last: this.#last };
  }

  /** Messages published so far, warm-up included. */
  get published(): number {
    return this.#published;
  }

  /** The window is over, and all that was to be published in it has been; or it was stopped. */
  get finished(): boolean {
    return this.#finished;
  }

  /**
   * Publishes what is due now; true when there may be more due at once. Finished when the window
   * has passed and all of it is published, or when the generator is so late, or has been held up for
   * so long, that the window's deadline has passed.
   */
  publishDue(): boolean {
    const { start, end, deadline } = this.#window;
    for (let burst = 0; burst < MAX_BURST; burst++) {
      if (this.#finished) return false;
      const item = this.#feed.peek();
      // Whole microseconds: the stamp, and then latency = service + lag to the last digit.
      const now = Math.floor(this.#clock.now());
      if (item === undefined) {
        // A source that stays silent must not keep the cell open for ever.
        const { done } = this.#feed;
        this.#behind = !done && now > deadline;
        this.#finished = this.#behind || (done && now >= end);
        if (done || this.#behind) return false;
        this.#underruns += 1;
        return true;
      }
      const intended = this.#timeline.dueAt(item, now);
      if (intended >= end || now > deadline) {
        // Not before its end: what the processes use is a share of the whole window.
        this.#finished = now >= end;
        this.#behind = intended < end;
        return false;
      }
      if (intended > now) return false;
      if (this.#gate?.isClosed === true) {
        this.#gate.whenOpen(this.#onOpen);
        return false;
      }
      this.#publish(item, intended, now, intended >= start);
    }
    return true;
  }

  /**
   * Ends early. The window then lasts until the next message would have been due: N messages belong
   * to N intervals, and up to the last of them there are N − 1.
   */
  stop(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { end } = this.#window;
    const now = Math.floor(this.#clock.now());
    const item = this.#feed.peek();
    const next = item === undefined || this.#first === 0 ? now : this.#timeline.dueAt(item, now);
    this.#endedAt = Math.min(end, Math.max(now, next));
  }

  report(): PublisherReport {
    return {
      range: this.range,
      behind: this.#behind,
      lastPublishedAt: this.#lastPublishedAt,
      endedAt: this.#endedAt,
      publishedPerSecond: this.#perSecond,
      lag: this.#lag.take(),
      sourceUnderruns: this.#underruns,
    };
  }

  #publish(item: SourceItem, intended: number, now: number, measured: boolean): void {
    if (measured && this.#first === 0) this.#onWindow();
    const seq = this.#broadcast.publish(item.key, item.value, now);
    this.#feed.take();
    this.#timeline.advance();
    this.#published += 1;
    if (!measured) return;
    this.#lag.record(now - intended);
    if (this.#first === 0) this.#first = seq;
    this.#last = seq;
    this.#lastPublishedAt = now;
    const second = Math.floor((now - this.#window.start) / 1e6);
    while (this.#perSecond.length <= second) this.#perSecond.push(0);
    this.#perSecond[second] = (this.#perSecond[second] as number) + 1;
  }
}
