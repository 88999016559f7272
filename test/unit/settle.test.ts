import { describe, expect, it } from 'vitest';
import { ContentCheck } from '../../bench/workers/content-check.js';
import type { Window } from '../../bench/workers/messages.js';
import { explainedByKernel, settle } from '../../bench/workers/settle.js';
import { BenchSubscriber } from '../../bench/workers/subscriber.js';
import { WindowRecorder } from '../../bench/workers/window-recorder.js';
import { loadCodec } from '../../src/codecs/registry.js';
import type { Welcome } from '../../src/core/message.js';
import { type ErrorCode, LabError } from '../../src/errors.js';
import type { ClientCounters } from '../../src/transports/transport.js';
import { FakeClock } from './support/fake-clock.js';
import { planOf } from './support/feed-plan.js';

const codec = await loadCodec('line-json');
const T0 = 1_000_000_000;
/** Message `seq` is intended at T0 + (seq − 1) ms; the window is 11 … 20. */
const WINDOW: Window = { t0: T0, start: T0 + 10_000, end: T0 + 20_000, deadline: T0 + 30_000 };
const RANGE = { first: 11, last: 20 };
const WELCOME: Welcome = {
  control: 'welcome',
  protocol: 1,
  codec: 'line-json',
  epoch: '0000000000000000',
  next: 1,
  oldest: 1,
  snapshot: 0,
  heartbeat_ms: 1_000,
};

function rig() {
  const clock = new FakeClock(T0);
  const due = Array.from({ length: 10 }, (_, i) => 10_000 + i * 1_000);
  const plan = planOf(11, due);
  const recorder = new WindowRecorder(plan, clock, () => {});
  recorder.open(WINDOW);
  // Another one than the first: it has none of these messages compared with what was published.
  const subscriber = new BenchSubscriber(clock, recorder, new ContentCheck(codec, plan), 1, 2);
  subscriber.control(WELCOME);
  /** Reads these messages at once, at the present time. */
  const receive = (...seqs: number[]): void => {
    subscriber.begin(Buffer.alloc(0), 0);
    for (const [i, seq] of seqs.entries()) {
      subscriber.message(seq, T0 + (seq - 1) * 1_000, i * 100, (i + 1) * 100);
    }
    subscriber.end();
  };
  return { clock, recorder, subscriber, receive };
}

const from = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

function join(
  subscriber: BenchSubscriber,
  counters: Partial<ClientCounters> = {},
  localPort = 5_000,
  receiveBufferBytes: number | null = null,
): BenchSubscriber {
  subscriber.subscription = {
    welcome: WELCOME,
    counters: {
      reads: 0,
      bytes: 0,
      datagramsLost: 0,
      datagramsDuplicated: 0,
      datagramsReordered: 0,
      malformed: 0,
      ...counters,
    },
    localPort,
    receiveBufferBytes,
    closed: new Promise(() => {}),
    close: async () => {},
  };
  return subscriber;
}

describe('BenchSubscriber', () => {
  it('counts a message of the window once, and neither the warm-up nor what follows the window', () => {
    const { subscriber, receive, recorder } = rig();
    receive(...from(1, 22));
    receive(12, 12, 20);
    expect([subscriber.delivered, subscriber.late, recorder.deliveredBytes]).toEqual([10, 0, 1_000]);
    expect(subscriber.account.duplicates).toBe(3);
  });

  it('the window includes its start and excludes its end', () => {
    const { subscriber, receive } = rig();
    receive(10, 11);
    expect(subscriber.delivered).toBe(1);
    receive(20, 21);
    expect(subscriber.delivered).toBe(2);
  });

  it('a message of the window is delivered up to the deadline and late after it', () => {
    const { clock, subscriber, receive } = rig();
    clock.spend(30_000);
    receive(11, 12);
    clock.spend(1);
    receive(13, 14, 14);
    expect([subscriber.delivered, subscriber.late]).toEqual([2, 2]);
  });

  it('a snapshot or replay is not the feed, even if it is of the window', () => {
    const { subscriber, receive } = rig();
    subscriber.control({ ...WELCOME, next: 15 });
    receive(11, 12, 13, 15);
    expect(subscriber.delivered).toBe(1);
    expect(subscriber.account.snapshot).toBe(3);
  });

  it('skipped messages count as far as they are of the window', () => {
    const { subscriber, receive } = rig();
    // 8 … 12 skipped, then 14 … 15.
    subscriber.control({ control: 'lagged', missed: 5, next: 13 });
    receive(13);
    subscriber.control({ control: 'lagged', missed: 2, next: 16 });
    receive(...from(16, 20));
    expect(subscriber.droppedByPolicy(11, 20)).toBe(2 + 2);
    expect(subscriber.delivered + subscriber.droppedByPolicy(11, 20)).toBe(10);
  });

  it('cut off for lagging, everything it still misses was dropped by policy', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 14));
    subscriber.cut = new LabError('LAB_ERR_LAGGED', 'too slow');
    expect(subscriber.droppedByPolicy(11, 20)).toBe(6);
  });
});

describe('settle', () => {
  it('what a whole reliable connection has not brought yet is in flight, and nothing else is charged', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 17));
    const settled = settle([join(subscriber)], RANGE, new Map(), true);
    expect(settled).toMatchObject({
      joined: 1,
      delivered: 7,
      inFlight: 3,
      droppedByPolicy: 0,
      kernelDrops: 0,
      late: 0,
      cut: [],
    });
  });

  it('a hole in a reliable stream is not in flight: it stays unexplained', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 13), ...from(16, 18));
    expect(settle([join(subscriber)], RANGE, new Map(), true)).toMatchObject({ delivered: 6, inFlight: 2 });
  });

  it('a broken connection has nothing in flight, and its end is told by reason', () => {
    const cut = (code: ErrorCode): BenchSubscriber => {
      const { subscriber, receive } = rig();
      receive(...from(1, 12));
      subscriber.cut = new LabError(code, 'gone');
      return join(subscriber);
    };
    const settled = settle([cut('LAB_ERR_CLOSED'), cut('LAB_ERR_CLOSED')], RANGE, new Map(), true);
    expect(settled).toMatchObject({ delivered: 4, inFlight: 0, droppedByPolicy: 0 });
    expect(settled.cut).toEqual([{ code: 'LAB_ERR_CLOSED', message: 'gone', count: 2 }]);
  });

  it('late messages are neither missing nor delivered', () => {
    const { clock, subscriber, receive } = rig();
    receive(...from(1, 15));
    clock.spend(30_001);
    receive(16, 17);
    expect(settle([join(subscriber)], RANGE, new Map(), true)).toMatchObject({
      delivered: 5,
      late: 2,
      inFlight: 3,
    });
  });

  it('on a lossy transport the kernel is charged at the port of each subscriber; nothing is in flight', () => {
    const [a, b] = [rig(), rig()];
    a.receive(...from(1, 10), ...from(13, 20));
    b.receive(...from(1, 16));
    const subscribers = [
      join(a.subscriber, { datagramsLost: 2 }, 5_001),
      join(b.subscriber, { datagramsLost: 4 }, 5_002),
    ];
    const drops = new Map([
      [5_001, 2],
      [5_002, 1],
    ]);
    expect(settle(subscribers, RANGE, drops, false)).toMatchObject({
      delivered: 8 + 6,
      kernelDrops: 2 + 1,
      inFlight: 0,
    });
    expect(settle(subscribers, RANGE, null, false).kernelDrops).toBeNull();
  });

  it('an empty range has nothing to miss', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 5));
    expect(settle([join(subscriber)], { first: 1, last: 0 }, new Map(), true)).toMatchObject({
      delivered: 0,
      inFlight: 0,
      droppedByPolicy: 0,
    });
  });

  it('adds up the counters and tells the smallest buffer', () => {
    const one = join(
      rig().subscriber,
      { reads: 5, datagramsDuplicated: 1, malformed: 2, datagramsLost: 3 },
      1,
      9_000,
    );
    const other = join(rig().subscriber, { reads: 7, datagramsReordered: 4 }, 2, 8_000);
    expect(settle([one, other], RANGE, new Map(), false)).toMatchObject({
      corrupt: 2,
      datagrams: { received: 12, lost: 3, duplicated: 1, reordered: 4 },
      receiveBufferBytes: 8_000,
    });
    expect(settle([], RANGE, new Map(), false).receiveBufferBytes).toBeNull();
  });
});

describe('explainedByKernel', () => {
  it('explains everything when the kernel dropped all that is lost, else its share, rounded down', () => {
    expect(explainedByKernel(40, 5, 5)).toBe(40);
    expect(explainedByKernel(40, 9, 5)).toBe(40);
    expect(explainedByKernel(10, 1, 3)).toBe(3);
    expect(explainedByKernel(10, 2, 3)).toBe(6);
  });

  it('explains nothing where nothing is missing or the kernel dropped nothing', () => {
    expect(explainedByKernel(0, 5, 5)).toBe(0);
    expect(explainedByKernel(-1, 5, 5)).toBe(0);
    expect(explainedByKernel(10, 0, 5)).toBe(0);
  });
});
