/**
 * A subscriber process without its sockets: the recorder, its subscribers, and reads made by hand.
 */
import { crc32 } from 'node:zlib';
import type { LatencyCounts } from '../../../bench/record/latency-recorder.js';
import { WindowRecorder } from '../../../bench/record/window-recorder.js';
import { ContentCheck } from '../../../bench/worker-subscriber/content-check.js';
import { BenchSubscriber } from '../../../bench/worker-subscriber/subscriber.js';
import type { FeedPlan } from '../../../bench/workload/feed-plan.js';
import { PlannedMembership } from '../../../bench/workload/planned-membership.js';
import type { Window } from '../../../bench/workload/window.js';
import type { Codec } from '../../../src/codecs/codec.js';
import { loadCodec } from '../../../src/codecs/registry.js';
import type { Welcome } from '../../../src/core/message.js';
import { FakeClock } from '../core/fake-clock.js';
import { planOf } from './feed-plan.js';

export const T0 = 1_700_000_000_000_000;

export const WELCOME: Welcome = {
  control: 'welcome',
  protocol: 1,
  codec: 'line-json',
  epoch: '0000000000000000',
  next: 1,
  oldest: 1,
  snapshot: 0,
  heartbeat_ms: 1_000,
};
/** Every message is as long as this says, so that bytes can be added up in one's head. */
export const MESSAGE_BYTES = 100;

const codec: Codec = await loadCodec('line-json');

/** The window of a feed, message by message. */
export interface FakeFeed {
  /** Sequence number of its first message. */
  readonly first: number;
  /** When each was due and when it was sent, µs after T0. */
  readonly due: readonly number[];
  readonly sent: readonly number[];
  /** Which key each has; all the same one if absent. */
  readonly keys?: readonly number[];
  /** When those before the window were due, of the first key; none if absent. */
  readonly warmup?: readonly number[];
}

export class SubscriberProcess {
  readonly clock: FakeClock;
  readonly recorder: WindowRecorder;
  readonly subscribers: readonly BenchSubscriber[];
  readonly plan: FeedPlan;
  /** What was handed over for each second. */
  readonly seconds: LatencyCounts[] = [];
  readonly #feed: FakeFeed;

  /** Opens `window`; the clock stands at T0. */
  constructor(feed: FakeFeed, clients: number, window: Omit<Window, 't0'>) {
    this.#feed = feed;
    this.clock = new FakeClock(T0);
    const keys = feed.keys ?? feed.due.map(() => 0);
    this.plan = {
      ...planOf(feed.first, feed.due),
      key: Uint32Array.from(keys),
      checksum: Uint32Array.from(feed.due, (_, at) => crc32(`["k",${feed.first + at}]\n`)),
      keys: Math.max(0, ...keys) + 1,
      warmup: {
        due: Float64Array.from(feed.warmup ?? []),
        key: new Uint32Array(feed.warmup?.length ?? 0),
      },
    };
    this.recorder = new WindowRecorder(
      new PlannedMembership(this.plan),
      this.clock,
      (second, counts) => {
        this.seconds[second] = counts;
      },
    );
    const check = new ContentCheck(codec, this.plan);
    this.subscribers = Array.from(
      { length: clients },
      (_, i) => new BenchSubscriber(this.clock, this.recorder, check, i, clients),
    );
    for (const subscriber of this.subscribers) subscriber.control(WELCOME);
    this.recorder.open({ t0: T0, ...window });
  }

  /** When message `seq` was sent, µs since the epoch; those outside the window at T0. */
  sentAt(seq: number): number {
    return T0 + (this.#feed.sent[seq - this.#feed.first] ?? 0);
  }

  /**
   * One read of subscriber `client` that holds these messages, at `now` (µs since the epoch, not
   * before the last read). The value of those in `spoilt` is not what was published; `stamp`: when
   * the kernel had it, 0 = it does not say; `unreadSince`: it came after that, 0 = not known.
   */
  read(
    client: number,
    now: number,
    seqs: readonly number[],
    sendTime = 0,
    spoilt: ReadonlySet<number> = new Set(),
    stamp = 0,
    unreadSince = 0,
    isLate = false,
  ): void {
    this.clock.spend(now - this.clock.now());
    const subscriber = this.subscribers[client] as BenchSubscriber;
    const bytes = Buffer.alloc(MESSAGE_BYTES * seqs.length, ' ');
    subscriber.begin(bytes, sendTime, stamp, unreadSince);
    if (isLate) subscriber.overdue();
    seqs.forEach((seq, i) => {
      const [start, end] = [i * MESSAGE_BYTES, (i + 1) * MESSAGE_BYTES];
      const time = this.sentAt(seq);
      const written = codec.encode({ seq, time, key: 'k', value: seq }, bytes, start);
      // White space inside a line is legal: the brace and the newline go to the end.
      bytes.fill(' ', written - 2, end - 2).write('}\n', end - 2);
      if (spoilt.has(seq)) bytes.write('9', written - 2);
      subscriber.message(seq, start, end);
    });
    subscriber.end();
  }

  /** The latencies of all seconds in one. */
  latencies(): {
    readonly pairs: [number, number][];
    readonly sum: number;
    readonly delivered: number;
  } {
    const byBucket = new Map<number, number>();
    let sum = 0;
    let delivered = 0;
    for (const { pairs, negative, overflow, sum: part } of this.seconds.filter(
      (counts) => counts,
    )) {
      sum += part;
      delivered += negative + overflow;
      for (let i = 0; i < pairs.length; i += 2) {
        const [bucket, count] = [pairs[i] as number, pairs[i + 1] as number];
        byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + count);
        delivered += count;
      }
    }
    return { pairs: [...byBucket].sort((a, b) => a[0] - b[0]), sum, delivered };
  }
}

export function pairsOf(counts: LatencyCounts): [number, number][] {
  return Array.from({ length: counts.pairs.length / 2 }, (_, i) => [
    counts.pairs[2 * i] as number,
    counts.pairs[2 * i + 1] as number,
  ]);
}
