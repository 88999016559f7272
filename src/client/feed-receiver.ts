import type { Codec } from '../codecs/codec.js';
import type { Message, Welcome } from '../core/message.js';
import type { Receiver } from '../transports/transport.js';
import {
  type ConnectionOptions,
  ConnectionReceiver,
  type ReceivingFeed,
} from './connection-receiver.js';
import type { FeedEvent } from './feed-event.js';
import { GapDetector } from './gap-detector.js';
import { LatencyHistogram } from './latency.js';
import type { Waiting } from './message-buffer.js';
import { Rate } from './rate.js';
import { SnapshotAccount } from './snapshot.js';

export interface FeedReceiverOptions extends ConnectionOptions {
  readonly filtered: boolean;
  /** How long what is lost may take to be repaired, ms; 0 = it is not. */
  readonly repairMs: number;
  /** False: the snapshot is not handed over. */
  readonly wantsSnapshot: boolean;
  /** The epoch that the caller knows from an earlier life. */
  readonly epoch: string | undefined;
  readonly push: (item: Waiting) => void;
  readonly event: (event: FeedEvent) => void;
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
export class FeedReceiver implements ReceivingFeed {
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
      repairMs: options.repairMs,
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
