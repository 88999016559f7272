import type { Codec } from '../codecs/codec.js';
import { messageOf } from '../codecs/item.js';
import type { Clock, Timer } from '../core/clock.js';
import type { ControlMessage, Lagged, Message, Welcome } from '../core/message.js';
import { afterReading } from '../transports/after-reading.js';
import type { Receiver } from '../transports/transport.js';
import type { FeedEvent } from './feed-event.js';
import { GapDetector, REORDER_MS } from './gap-detector.js';
import { LatencyHistogram } from './latency.js';
import type { Waiting } from './message-buffer.js';
import { Rate } from './rate.js';
import { SnapshotAccount } from './snapshot.js';

export interface FeedReceiverOptions {
  readonly clock: Clock;
  readonly filtered: boolean;
  /** False: the snapshot is not handed over. */
  readonly wantsSnapshot: boolean;
  /** The epoch that the caller knows from an earlier life. */
  readonly epoch: string | undefined;
  readonly lostDatagrams: () => number;
  readonly reads: () => number;
  readonly push: (item: Waiting) => void;
  readonly event: (event: FeedEvent) => void;
  /** A server that sends what cannot be read is not worth another attempt. */
  readonly fail: (error: unknown) => void;
}

/**
 * Where a subscription is to begin: nowhere in particular (a snapshot, then the live feed), or at a
 * sequence number.
 */
export interface Start {
  readonly fromSeq?: number;
  readonly epoch?: string;
}

/** A latency that a wall clock which was set may account for. */
const LONG_MICROS = 1_000_000;

/** What comes over the connections of one feed, decoded and accounted for. */
export class FeedReceiver {
  readonly latency = new LatencyHistogram();
  readonly rate: Rate;
  readonly account: GapDetector;
  readonly #options: FeedReceiverOptions;
  readonly #snapshot = new SnapshotAccount();
  /** Clock reading, µs. */
  readonly #startedAt: number;
  #reliable = true;
  #epoch: string | undefined;
  #begun = false;
  #connection: ConnectionReceiver | undefined;

  constructor(options: FeedReceiverOptions) {
    const receiver = this;
    this.#options = options;
    this.#epoch = options.epoch;
    this.#startedAt = Math.floor(options.clock.now());
    this.rate = new Rate(this.#startedAt);
    this.account = new GapDetector({
      clock: options.clock,
      filtered: options.filtered,
      get reliable() {
        return receiver.#reliable;
      },
      lostDatagrams: options.lostDatagrams,
      reads: options.reads,
      onGap: options.event,
    });
  }

  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** A server has welcomed this feed at least once. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Where the next connection is to begin, so that nothing is handed over twice or left out. */
  get resumePoint(): Start {
    // Cut in the middle of its snapshot: only another snapshot has the rest of it.
    const isFresh = this.account.next === this.account.first && this.#snapshotMissing > 0;
    if (isFresh || this.#epoch === undefined) return {};
    return { fromSeq: this.account.next, epoch: this.#epoch };
  }

  /** The receiver of one connection. */
  link(codec: Codec, reliable: boolean, start: Start): Receiver {
    this.#reliable = reliable;
    this.#connection = new ConnectionReceiver(
      this,
      codec,
      this.#options,
      start.fromSeq !== undefined,
    );
    return this.#connection;
  }

  /** The connection is over; `final`: and no other will come. */
  unlink(final: boolean): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.account.settle();
    if (final || this.resumePoint.fromSeq !== undefined) this.settleSnapshot(true);
  }

  welcome(welcome: Welcome, resumed: boolean): void {
    const known = this.#epoch;
    const { epoch, next, snapshot } = welcome;
    const restarted = known !== undefined && known !== epoch;
    if (restarted) this.#options.event({ type: 'restarted', oldEpoch: known, newEpoch: epoch });
    this.#epoch = epoch;
    if (this.#begun && !restarted && resumed) {
      this.account.resume(next);
    } else if (restarted && resumed) {
      // It was asked for everything. A transport without replay gives what comes from now on.
      this.account.begin(1);
      if (next > 1) this.account.lagged({ control: 'lagged', missed: next - 1, next }, 'restart');
    } else {
      this.account.begin(next);
    }
    this.#snapshot.begin(snapshot, !restarted);
    const isAgain = this.#begun;
    this.#begun = true;
    this.#options.event({ type: 'connected', welcome, resumed: isAgain && !restarted });
  }

  /** Hands a message over unless it is not news. */
  take(message: Message, bytes: number, now: number): void {
    const live = message.seq >= this.account.first;
    if (live) {
      if (!this.account.take(message.seq)) return;
      this.#recordLatency(message.time, now);
    } else if (!this.#options.wantsSnapshot) {
      return;
    } else if (!this.#snapshot.take(message.seq)) {
      this.account.duplicates += 1;
      return;
    }
    this.#options.push({ message, bytes, live });
  }

  /** `now`: clock reading, µs, at arrival. */
  #recordLatency(time: number, now: number): void {
    const { clock } = this.#options;
    const micros = now + (clock.step ?? 0) - time;
    // That may be the clock: somebody has set it, and the server follows sooner than we.
    if (micros < 0 || micros > LONG_MICROS) clock.follow?.();
    const step = clock.step ?? 0;
    // What was published before this feed began is history: its age is not a latency.
    if (time >= this.#startedAt + step) this.latency.record(now + step - time);
  }

  /** The server has passed over messages of the snapshot. */
  snapshotPassed(missed: number): void {
    this.#snapshot.passOver(missed);
    if (!this.#options.wantsSnapshot) return;
    this.#options.event({ type: 'snapshot-incomplete', missed, reason: 'lagged', exact: true });
  }

  /**
   * Nothing more of the snapshot will come. `mayLack`: some of it may have been lost on the way.
   */
  settleSnapshot(mayLack: boolean): void {
    const missed = this.#snapshotMissing;
    this.#snapshot.settle();
    if (missed === 0 || !mayLack) return;
    this.#options.event({ type: 'snapshot-incomplete', missed, reason: 'network', exact: false });
  }

  get #snapshotMissing(): number {
    return this.#options.wantsSnapshot ? this.#snapshot.missing : 0;
  }

  get reliable(): boolean {
    return this.#reliable;
  }
}

/** The receiver of one connection; deaf once that is over. */
class ConnectionReceiver implements Receiver {
  readonly #feed: FeedReceiver;
  readonly #codec: Codec;
  readonly #options: FeedReceiverOptions;
  /** This connection asked for a sequence number to begin at. */
  readonly #resumed: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #now = 0;
  #inRead = 0;
  #closed = false;
  /** Where this connection begins, until something has come over it. */
  #startsAt: number | undefined;
  #restarted = false;
  #live = false;
  #snapshotTimer: Timer | undefined;

  constructor(feed: FeedReceiver, codec: Codec, options: FeedReceiverOptions, resumed: boolean) {
    this.#feed = feed;
    this.#codec = codec;
    this.#options = options;
    this.#resumed = resumed;
  }

  close(): void {
    this.#closed = true;
    this.#snapshotTimer?.cancel();
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#now = this.#options.clock.now();
    this.#inRead = 0;
  }

  message(seq: number, start: number, end: number): void {
    if (this.#closed) return;
    let message: Message;
    try {
      message = messageOf(this.#codec.decode(this.#bytes, start, end));
    } catch (error) {
      // A datagram's message that cannot be read is as good as lost; a stream's will not get better
      // by asking again.
      if (this.#feed.reliable) this.#fail(error);
      return;
    }
    this.#inRead += 1;
    this.#startsAt = undefined;
    if (!this.#live && seq >= this.#feed.account.first) this.#liveBegins();
    this.#feed.take(message, end - start, this.#now);
  }

  end(): void {
    if (this.#inRead > 0) this.#feed.rate.add(this.#now, this.#inRead);
  }

  control(control: ControlMessage): void {
    if (this.#closed) return;
    if (control.control === 'welcome') this.#welcome(control);
    else if (control.control === 'lagged') this.#lagged(control);
    else if (control.control === 'heartbeat') {
      this.#feed.account.announced(control.next);
      // In a stream a heartbeat may come between two messages of the snapshot.
      if (!this.#live && !this.#feed.reliable) this.#liveBegins();
    }
  }

  #welcome(welcome: Welcome): void {
    const before = this.#feed.epoch;
    this.#restarted = before !== undefined && before !== welcome.epoch;
    this.#startsAt = welcome.next;
    this.#feed.welcome(welcome, this.#resumed);
  }

  #lagged(lagged: Lagged): void {
    if (!this.#live && !this.#resumed && lagged.next <= this.#feed.account.first) {
      this.#feed.snapshotPassed(lagged.missed);
      return;
    }
    const atStart = this.#resumed && this.#startsAt === lagged.next - lagged.missed;
    const reason = this.#restarted ? 'restart' : 'retention';
    this.#startsAt = undefined;
    this.#feed.account.lagged(lagged, atStart ? reason : 'lagged');
  }

  /** The snapshot is over, but for what others have overtaken. */
  #liveBegins(): void {
    this.#live = true;
    if (this.#feed.reliable) {
      this.#feed.settleSnapshot(false);
      return;
    }
    const { clock, reads, lostDatagrams } = this.#options;
    this.#snapshotTimer = clock.setTimeout(() => {
      this.#snapshotTimer = afterReading(clock, reads, () =>
        this.#feed.settleSnapshot(lostDatagrams() > 0),
      );
    }, REORDER_MS);
  }

  #fail(error: unknown): void {
    this.close();
    this.#options.fail(error);
  }
}
