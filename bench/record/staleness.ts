import type { FeedPlan } from '../workload/feed-plan.js';
import { LatencyRecorder } from './latency-recorder.js';

/**
 * Subscribers and keys that are followed in one process: a sample, so that looking at all of them
 * costs little.
 */
const TRACKED_SUBSCRIBERS = 64;
const TRACKED_KEYS = 64;
/** Once in each of these their age is looked at, µs. */
const PERIOD_MICROS = 50_000;
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
const NOTHING = -(2 ** 31);

/**
 * When ages are looked at for the `k`-th time, µs from the start: in each period at another place
 * of it. At a steady one, a feed whose own period fits into it would always be met in the same
 * state.
 */
function lookAt(k: number): number {
  return Math.floor((k + ((k * GOLDEN_RATIO) % 1)) * PERIOD_MICROS);
}

/** What is known of a followed subscriber. */
interface Follower {
  /** Newest message by key, as a position: from 0 in the window, negative before it. */
  readonly newest: Int32Array;
  /** Messages received in order that `newest` does not know of yet; empty when `to < from`. */
  from: number;
  to: number;
}

/**
 * Age of information: how old is the newest value a subscriber holds of a key? The ages at the
 * times of sampling are taken right before the next read is accounted for, because nothing changes
 * between reads: a process too busy for a timer misses none. Beside each age stands what it would
 * be without any latency: the age of the newest value that was due. What was held when the window
 * began counts: without it, a key would be looked at only from its first message of the window on,
 * when it is at its freshest, and one that was lost would not be missed. Source: Kaul, Yates,
 * Gruteser, INFOCOM 2012.
 */
export class StalenessTracker {
  readonly #plan: FeedPlan;
  readonly #keys: number;
  readonly #followers: Follower[] = [];
  readonly #ages = new LatencyRecorder();
  readonly #idealAges = new LatencyRecorder();
  /** Newest message that was due by key; and the first in the plan that was not yet. */
  readonly #ideal: Int32Array;
  #due: number;
  #start = 0;
  #looks = 0;
  #next = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;

  constructor(plan: FeedPlan) {
    this.#plan = plan;
    this.#keys = Math.min(plan.keys, TRACKED_KEYS);
    this.#due = -plan.warmup.due.length;
    this.#ideal = new Int32Array(this.#keys).fill(NOTHING);
  }

  /**
   * Index of a new followed subscriber, or −1 when it is not followed: the `index`-th of `total` in
   * this process.
   */
  follow(index: number, total: number): number {
    // Evenly over the order of joining: where the share of those before it reaches another whole
    // one.
    const tracked = Math.min(total, TRACKED_SUBSCRIBERS);
    if (Math.floor(((index + 1) * tracked) / total) === Math.floor((index * tracked) / total))
      return -1;
    return (
      this.#followers.push({ newest: new Int32Array(this.#keys).fill(NOTHING), from: 0, to: -1 }) -
      1
    );
  }

  /**
   * Ages are sampled at `start` and once in every 50 ms from there to `end`, µs after t0; never of
   * a feed whose keys nobody knows, as one that is observed: its plan has room for all that may
   * come, and to go through that would stop the process.
   */
  open(start: number, end: number): void {
    this.#start = start;
    this.#next = this.#keys === 0 ? Number.POSITIVE_INFINITY : start;
    this.#end = end;
  }

  /** Nothing more is published, sooner than planned: from `end` on ages say nothing. */
  endBy(end: number): void {
    this.#end = Math.min(this.#end, end);
  }

  /** When to call `advance` next, µs after t0. */
  get next(): number {
    return this.#next < this.#end ? this.#next : Number.POSITIVE_INFINITY;
  }

  /**
   * Looks at all ages at each time of sampling up to `now` (µs after t0), since when nothing has
   * been received.
   */
  advance(now: number): void {
    while (this.#next <= now && this.#next < this.#end) {
      this.#sample(this.#next);
      this.#looks += 1;
      this.#next = this.#start + lookAt(this.#looks);
    }
  }

  /**
   * Followed subscriber `index` received messages `from` to `to`: positions in the window, or
   * negative ones before it.
   */
  run(index: number, from: number, to: number): void {
    const follower = this.#followers[index] as Follower;
    if (from !== follower.to + 1) {
      this.#note(follower);
      follower.from = from;
    }
    follower.to = to;
  }

  take(): ReturnType<LatencyRecorder['take']> {
    return this.#ages.take();
  }

  /** The ages that receivers without latency had at the same times, of the same keys. */
  takeIdeal(): ReturnType<LatencyRecorder['take']> {
    return this.#idealAges.take();
  }

  #sample(now: number): void {
    const ideal = this.#idealAt(now);
    for (const follower of this.#followers) {
      this.#note(follower);
      for (let key = 0; key < this.#keys; key++) {
        const at = follower.newest[key] as number;
        if (at === NOTHING) continue;
        this.#ages.record(now - this.#dueOf(at));
        // Nobody is better than ideal: a value held before it was due is out of range in both.
        this.#idealAges.record(now - this.#dueOf(Math.max(at, ideal[key] as number)));
      }
    }
  }

  #idealAt(now: number): Int32Array {
    const { length } = this.#plan.due;
    for (; this.#due < length && this.#dueOf(this.#due) <= now; this.#due++) {
      const key = this.#keyOf(this.#due);
      if (key < this.#keys) this.#ideal[key] = this.#due;
    }
    return this.#ideal;
  }

  #dueOf(at: number): number {
    const { due, warmup } = this.#plan;
    return (at < 0 ? warmup.due[warmup.due.length + at] : due[at]) as number;
  }

  #keyOf(at: number): number {
    const { key, warmup } = this.#plan;
    return (at < 0 ? warmup.key[warmup.key.length + at] : key[at]) as number;
  }

  #note(follower: Follower): void {
    const { newest } = follower;
    for (let at = follower.from; at <= follower.to; at++) {
      const key = this.#keyOf(at);
      if (key < this.#keys && at > (newest[key] as number)) newest[key] = at;
    }
    follower.from = follower.to + 1;
  }
}
