import type { Codec } from '../codecs/codec.js';
import { messageOf } from '../codecs/item.js';
import type { Clock, Timer } from '../core/clock.js';
import type { ControlMessage, Lagged, Message, Welcome } from '../core/message.js';
import { afterReading } from '../transports/after-reading.js';
import type { Receiver } from '../transports/transport.js';
import { type GapDetector, REORDER_MS } from './gap-detector.js';
import type { Rate } from './rate.js';

/** What a connection brings its messages to: all of one feed. */
export interface ReceivingFeed {
  readonly account: GapDetector;
  readonly rate: Rate;
  readonly epoch: string | undefined;
  readonly reliable: boolean;
  welcome(welcome: Welcome, resumed: boolean): void;
  /** `now`: clock reading, µs, at arrival. */
  take(message: Message, bytes: number, now: number): void;
  snapshotPassed(missed: number): void;
  settleSnapshot(mayLack: boolean): void;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly lostDatagrams: () => number;
  readonly reads: () => number;
  /** A server that sends what cannot be read is not worth another attempt. */
  readonly fail: (error: unknown) => void;
}

/** The receiver of one connection; deaf once that is over. */
export class ConnectionReceiver implements Receiver {
  readonly #feed: ReceivingFeed;
  readonly #codec: Codec;
  readonly #options: ConnectionOptions;
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

  constructor(feed: ReceivingFeed, codec: Codec, options: ConnectionOptions, resumed: boolean) {
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
    if (lagged.from !== undefined) {
      this.#feed.account.conflated(lagged.from, lagged.next, lagged.missed);
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
