import type { Broadcast } from '../core/broadcast.js';
import type { Clock } from '../core/clock.js';
import { LabError } from '../errors.js';
import { DueWait } from '../pacer/due-wait.js';
import type { StartTicker } from '../pacer/ticker.js';
import type { SourceItem, SourceStats } from '../sources/source.js';
import type { ServerLog } from './log.js';
import { type Pace, type PaceOptions, paceFor } from './pace.js';
import { believable } from './source-stats.js';

/**
 * A source as a server takes it: a `Source`, or anything that gives items; what it lacks is made up
 * for.
 */
export interface SourceLike extends AsyncIterable<SourceItem> {
  readonly name?: string;
  readonly stats?: () => SourceStats;
  close?(): Promise<void>;
}

/** What became of a source. Numbers only grow. */
export interface FeedCounters {
  /** Items taken from the source. */
  items: number;
  /**
   * Items that the broadcast refused: too large for a transport, or no value that every codec
   * carries.
   */
  rejected: number;
  /** Times the source failed. */
  errors: number;
}

export interface FeederOptions {
  readonly broadcast: Pick<Broadcast, 'publish'>;
  readonly clock: Clock;
  readonly source: SourceLike;
  readonly pace: PaceOptions;
  readonly log: ServerLog;
  /**
   * Wakes a fast and steady feed between the whole milliseconds of timers. Absent = timers alone.
   */
  readonly startTicker?: StartTicker | undefined;
}

/**
 * A source that is always ready would keep the event loop for itself: after this long, sockets get
 * a turn.
 */
const TURN_US = 2_000;
/** A wait that looks like a hang is worth a word. */
const REMARKABLE_WAIT_US = 60_000_000;

/**
 * Pumps a source into a broadcast at its pace. An item that the broadcast refuses is counted and
 * left out; a source that throws ends the feed. Messages are stamped with the time of publishing.
 */
export class Feeder {
  readonly counters: FeedCounters = { items: 0, rejected: 0, errors: 0 };
  readonly #options: FeederOptions;
  readonly #iterator: AsyncIterator<SourceItem>;
  readonly #wait: DueWait;
  #pace: Pace | undefined;
  /** An item taken before the feed began. */
  #first: IteratorResult<SourceItem> | undefined;
  #state: 'feeding' | 'ended' | 'failed' | 'stopped' = 'feeding';
  #failure: LabError | undefined;
  #lastRejection: LabError | undefined;
  #lastItemAt: number | undefined;
  /** Since when the source owes an item; undefined while it does not. Clock readings, µs. */
  #waitingSince: number | undefined;
  #turnBegan = 0;
  #remarked = false;

  constructor(options: FeederOptions) {
    this.#options = options;
    this.#wait = new DueWait(options.clock, options.startTicker);
    this.#iterator = options.source[Symbol.asyncIterator]();
  }

  get name(): string {
    return this.#options.source.name ?? 'custom';
  }

  get state(): 'feeding' | 'ended' | 'failed' | 'stopped' {
    return this.#state;
  }

  /** Why the source failed. */
  get failure(): LabError | undefined {
    return this.#failure;
  }

  get lastRejection(): LabError | undefined {
    return this.#lastRejection;
  }

  /** Microseconds since the newest item came; undefined before the first. */
  get age(): number | undefined {
    return this.#lastItemAt === undefined
      ? undefined
      : this.#options.clock.now() - this.#lastItemAt;
  }

  /**
   * Microseconds for which the source has owed an item; 0 while it is us who wait for its time to
   * come.
   */
  get silence(): number {
    return this.#waitingSince === undefined ? 0 : this.#options.clock.now() - this.#waitingSince;
  }

  /** What the source says of itself; undefined when it says nothing. */
  get upstream(): SourceStats | undefined {
    try {
      return believable(this.#options.source.stats?.());
    } catch {
      // A user's own source: its mistake must not end the server.
      return undefined;
    }
  }

  /**
   * Takes the first item and settles the pace before anything is published: for sources that have
   * it ready.
   * @throws LAB_ERR_BAD_VALUE when its times do not allow the pace asked for, and what the source
   * throws
   */
  async prepare(): Promise<void> {
    this.#first = await this.#iterator.next();
    if (this.#first.done !== true) this.#pace = paceFor(this.#first.value, this.#options.pace);
  }

  /** Feeds until the source ends, fails or is stopped. Never rejects: see `state`. */
  async run(): Promise<void> {
    try {
      await this.#feed();
    } catch (error) {
      if (this.#state === 'stopped') return;
      this.#state = 'failed';
      this.counters.errors += 1;
      this.#failure = LabError.from(error, 'LAB_ERR_SOURCE_FAILED');
    }
    this.#waitingSince = undefined;
    this.#wait.stop();
  }

  /**
   * Ends the feed and closes the source. Nothing is published after this returns, whether or not
   * the source still answers.
   */
  async stop(): Promise<void> {
    if (this.#state === 'feeding') this.#state = 'stopped';
    this.#waitingSince = undefined;
    this.#wait.stop();
    const { source } = this.#options;
    if (source.close !== undefined) await source.close();
    // Not waited for: a generator that itself waits for something gives this answer only after
    // that.
    else void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  async #feed(): Promise<void> {
    const { clock } = this.#options;
    this.#turnBegan = clock.now();
    while (this.#state === 'feeding') {
      const next = await this.#next();
      // While we waited, somebody may have stopped the feed.
      if (this.#state !== 'feeding') return;
      if (next.done === true) {
        this.#state = 'ended';
        return;
      }
      this.counters.items += 1;
      await this.#publish(next.value);
      if (clock.now() - this.#turnBegan > TURN_US) await this.#yieldToEventLoop();
    }
  }

  async #next(): Promise<IteratorResult<SourceItem>> {
    const { clock } = this.#options;
    this.#waitingSince = clock.now();
    const next = this.#first ?? (await this.#iterator.next());
    this.#first = undefined;
    this.#waitingSince = undefined;
    if (next.done !== true) this.#lastItemAt = clock.now();
    return next;
  }

  async #publish(item: SourceItem): Promise<void> {
    const { broadcast, clock, pace } = this.#options;
    // What a program of the user's gives may be anything.
    if (typeof item !== 'object' || item === null) {
      this.#reject(
        new LabError('LAB_ERR_MESSAGE_INVALID', `the source gave ${typeof item}, not {key, value}`),
      );
      return;
    }
    this.#pace ??= paceFor(item, pace);
    const due = this.#pace.dueAt(item, clock.now());
    this.#pace.advance();
    if (due > clock.now()) await this.#until(due);
    if (this.#state !== 'feeding') return;
    try {
      broadcast.publish(item.key, item.value);
    } catch (error) {
      this.#reject(LabError.from(error, 'LAB_ERR_MESSAGE_INVALID'));
    }
  }

  #reject(error: LabError): void {
    this.counters.rejected += 1;
    this.#lastRejection = error;
  }

  async #until(due: number): Promise<void> {
    const { clock, log } = this.#options;
    const left = due - clock.now();
    if (left > REMARKABLE_WAIT_US && !this.#remarked) {
      this.#remarked = true;
      log.warn(
        { wait_s: Math.round(left / 1e6) },
        'the recording pauses here: `speed` or `rate` makes it go on sooner',
      );
    }
    await this.#wait.until(due, this.#pace?.tickMicros);
    this.#turnBegan = clock.now();
  }

  async #yieldToEventLoop(): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((done) => clock.setImmediate(done));
    this.#turnBegan = clock.now();
  }
}
