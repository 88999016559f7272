import { describe, expect, it } from 'vitest';
import { backoffMs, MAX_BACKOFF_MS } from '../../../src/client/backoff.js';
import { GapDetector } from '../../../src/client/gap-detector.js';
import { LatencyHistogram } from '../../../src/client/latency.js';
import { type Dropped, MessageQueue } from '../../../src/client/message-queue.js';
import { feedSettings } from '../../../src/client/options.js';
import { Rate } from '../../../src/client/rate.js';
import { SnapshotAccount } from '../../../src/client/snapshot.js';
import { codeOf } from '../../support/core/code-of.js';
import { FakeClock } from '../../support/core/fake-clock.js';

describe('the wait before an attempt', () => {
  it('doubles from 100 ms to 5 s, and is spread evenly from 0 to that', () => {
    const highest = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((attempt) => backoffMs(attempt, () => 1));
    expect(highest).toEqual([
      100,
      200,
      400,
      800,
      1_600,
      3_200,
      MAX_BACKOFF_MS,
      MAX_BACKOFF_MS,
      MAX_BACKOFF_MS,
    ]);
    expect(backoffMs(3, () => 0)).toBe(0);
    expect(backoffMs(3, () => 0.5)).toBe(200);
  });
});

describe('a rate', () => {
  it('is exact for a steady stream, early and late, and falls when it stops', () => {
    const start = 1e15;
    const rate = new Rate(start);
    const at = (seconds: number): number => start + seconds * 1e6;
    for (let ms = 0; ms < 10_000; ms += 10) {
      rate.add(start + ms * 1_000);
      if (ms === 1_490) expect(rate.perSecond(at(1.5))).toBeCloseTo(100, -0.5);
    }
    expect(rate.perSecond(at(10))).toBeCloseTo(100, -0.5);
    // e^(−4/2) of it is left.
    expect(rate.perSecond(at(14))).toBeCloseTo(100 * Math.exp(-2), 0);
  });
});

describe('the latency figures', () => {
  it('are percentiles to three digits; what is out of range is counted apart', () => {
    const latency = new LatencyHistogram();
    expect(latency.figures).toEqual({ count: 0, p50: null, p99: null, negative: 0, overflow: 0 });
    for (let micros = 1; micros <= 1_000; micros++) latency.record(micros + 0.5);
    latency.record(-0.5);
    latency.record(1e12);
    expect(latency.figures).toEqual({ count: 1_000, p50: 500, p99: 990, negative: 1, overflow: 1 });
  });
});

describe('the account of a snapshot', () => {
  it('takes each message once, also over two connections, and no more than announced', () => {
    const account = new SnapshotAccount();
    account.begin(3, false);
    expect([5, 5, 7].map((seq) => account.take(seq))).toEqual([true, false, true]);
    expect(account.missing).toBe(1);
    account.begin(3, true);
    expect([5, 7, 9, 11].map((seq) => account.take(seq))).toEqual([false, false, true, false]);
    expect(account.missing).toBe(0);
    account.begin(2, false);
    expect(account.take(5)).toBe(true);
    expect(account.settle()).toBe(1);
    expect(account.take(6)).toBe(false);
  });
});

describe('the account of the live feed', () => {
  it('calls no message lost that lies in the socket: a loop that stood still reads it first', () => {
    const clock = new FakeClock();
    const gaps: unknown[] = [];
    let reads = 1;
    const account = new GapDetector({
      clock,
      filtered: false,
      reliable: false,
      lostDatagrams: () => 0,
      reads: () => reads,
      onGap: (gap) => gaps.push(gap),
    });
    account.begin(1);
    expect(account.take(2)).toBe(true);
    const immediately = clock.setImmediate.bind(clock);
    // What the event loop does between timers and immediates: at first something else, then what
    // was overtaken.
    clock.setImmediate = (callback) => {
      if (reads < 3) reads += 1;
      if (reads === 3) account.take(1);
      return immediately(callback);
    };
    clock.spend(10_000_000);
    clock.advance(0);
    expect(gaps).toEqual([]);
    expect(account.expected).toBe(2);
  });
});

describe('the queue', () => {
  const open = (limit: {
    messages: number;
    bytes: number;
  }): { queue: MessageQueue; dropped: Dropped[]; clock: FakeClock } => {
    const dropped: Dropped[] = [];
    const clock = new FakeClock();
    const queue = new MessageQueue({
      limit,
      clock,
      filtered: false,
      onDropped: (what) => dropped.push(what),
    });
    return { queue, dropped, clock };
  };
  const put = (queue: MessageQueue, seq: number, { bytes = 10, live = true } = {}): void =>
    queue.push({ message: { seq, time: 0, key: 'k', value: null }, bytes, live });

  it('never holds more messages or bytes than it may, but always the newest', async () => {
    const { queue, dropped } = open({ messages: 3, bytes: 100 });
    for (let seq = 1; seq <= 5; seq++) put(queue, seq);
    expect(queue.waiting).toBe(3);
    put(queue, 6, { bytes: 95 });
    expect(queue.waiting).toBe(1);
    put(queue, 7, { bytes: 500 });
    expect({ waiting: queue.waiting, unreported: queue.unreportedDrops, dropped }).toEqual({
      waiting: 1,
      unreported: 6,
      dropped: [],
    });
    expect(await queue.next()).toMatchObject({ value: { seq: 7 } });
    expect(dropped).toEqual([{ from: 1, to: 6, missed: 6, live: true }]);
  });

  it('tells what is not contiguous, and the snapshot, apart; and once a second to a loop that takes nothing', () => {
    const { queue, dropped, clock } = open({ messages: 1, bytes: 100 });
    put(queue, 8, { live: false });
    for (const seq of [10, 11, 15, 16]) put(queue, seq);
    expect(dropped).toEqual([
      { from: 8, to: 8, missed: 1, live: false },
      { from: 10, to: 11, missed: 2, live: true },
    ]);
    clock.advance(1_000);
    put(queue, 17);
    expect(dropped.slice(2)).toEqual([{ from: 15, to: 16, missed: 2, live: true }]);
    queue.close();
    // Thrown away, but not forgotten.
    expect({ told: dropped.length, waiting: queue.waiting }).toEqual({ told: 3, waiting: 1 });
  });

  it('hands over what waits before it ends or throws, and throws once', async () => {
    const { queue } = open({ messages: 5, bytes: 100 });
    put(queue, 1);
    queue.end(new RangeError('over'));
    put(queue, 2);
    expect(await queue.next()).toMatchObject({ value: { seq: 1 } });
    await expect(queue.next()).rejects.toThrow('over');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('serves those who wait in their order', async () => {
    const { queue } = open({ messages: 5, bytes: 100 });
    const waiting = [queue.next(), queue.next(), queue.next()];
    put(queue, 1);
    put(queue, 2);
    queue.end();
    expect((await Promise.all(waiting)).map(({ value }) => value?.seq)).toEqual([1, 2, undefined]);
  });
});

describe('options', () => {
  it.each([
    { from: 0 },
    { from: 1.5 },
    { buffer: { messages: 0 } },
    { buffer: { bytes: Number.NaN } },
  ])('%j is refused before anything happens', (options) => {
    expect(codeOf(() => feedSettings('tcp://h', options))).toBe('LAB_ERR_BAD_VALUE');
  });
});
