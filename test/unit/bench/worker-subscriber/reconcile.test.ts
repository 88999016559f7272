import { describe, expect, it } from 'vitest';
import { receiveDrops } from '../../../../bench/worker-subscriber/receive-drops.js';
import { explainedByKernel, reconcile } from '../../../../bench/worker-subscriber/reconcile.js';
import type { BenchSubscriber } from '../../../../bench/worker-subscriber/subscriber.js';
import { type ErrorCode, LabError } from '../../../../src/errors.js';
import type { ClientCounters } from '../../../../src/transports/counters.js';
import { SubscriberProcess, T0, WELCOME } from '../../../support/run/subscriber-process.js';

/** Message `seq` is intended at T0 + (seq − 1) ms; the window is 11 … 20. */
const DUE = Array.from({ length: 10 }, (_, i) => 10_000 + i * 1_000);
const WINDOW = { start: T0 + 10_000, end: T0 + 20_000, deadline: T0 + 30_000 };
const RANGE = { first: 11, last: 20 };

function rig() {
  const process = new SubscriberProcess({ first: 11, due: DUE, sent: DUE }, 1, WINDOW);
  const { clock, recorder } = process;
  /** Reads these messages at once, at the present time. */
  const receive = (...seqs: number[]): void => process.read(0, clock.now(), seqs);
  /** The same, but what they say is not what was published. */
  const receiveSpoilt = (...seqs: number[]): void =>
    process.read(0, clock.now(), seqs, 0, new Set(seqs));
  return { clock, recorder, subscriber: process.subscribers[0]!, receive, receiveSpoilt };
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

/** So many datagrams more are missing by their numbers. */
function lose(subscriber: BenchSubscriber, datagrams: number): void {
  const { counters } = subscriber.subscription!;
  (counters as ClientCounters).datagramsLost += datagrams;
}

describe('BenchSubscriber', () => {
  it('counts a message of the window once, and neither the warm-up nor what follows the window', () => {
    const { subscriber, receive, recorder } = rig();
    receive(...from(1, 22));
    receive(12, 12, 20);
    expect([subscriber.delivered, subscriber.late, recorder.deliveredBytes]).toEqual([
      10, 0, 1_000,
    ]);
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

  it('the first message of its window is checked; what is wrong is corrupt, not delivered, and no duplicate is made good', () => {
    const { subscriber, receive, receiveSpoilt, recorder } = rig();
    receive(9, 10);
    receiveSpoilt(11);
    receive(11, ...from(12, 20));
    expect(subscriber).toMatchObject({ verified: 1, corrupt: 1, delivered: 9, late: 0 });
    expect(subscriber.account.duplicates).toBe(1);
    expect([recorder.delivered, recorder.deliveredBytes]).toEqual([9, 900]);
    expect([...recorder.arrivals.report().count]).toEqual([
      0,
      ...Array.from({ length: 9 }, () => 1),
    ]);
  });

  it('what is not checked is taken as it is', () => {
    const { subscriber, receiveSpoilt } = rig();
    receiveSpoilt(...from(12, 20));
    expect(subscriber).toMatchObject({ verified: 0, corrupt: 0, delivered: 9 });
  });

  it('bytes of control messages between messages do not count', () => {
    const { subscriber, recorder } = rig();
    // Known of another subscriber: nothing is read from these bytes.
    for (const seq of [12, 13, 14]) recorder.note(seq - 11, T0 + 10_000, T0 + 10_000);
    subscriber.begin(Buffer.alloc(500), 0, 0);
    subscriber.message(12, 0, 100);
    subscriber.control({ control: 'heartbeat', next: 13 });
    subscriber.message(13, 130, 230);
    subscriber.message(14, 230, 330);
    subscriber.end();
    expect([recorder.delivered, recorder.deliveredBytes]).toEqual([3, 300]);
  });

  it('nor do the headers of frames between messages of one read', () => {
    const { subscriber, recorder } = rig();
    for (const seq of [12, 13, 14, 15]) recorder.note(seq - 11, T0 + 10_000, T0 + 10_000);
    subscriber.begin(Buffer.alloc(500), 0, 0);
    subscriber.message(12, 2, 102);
    subscriber.message(13, 104, 204);
    subscriber.message(14, 204, 304);
    subscriber.message(15, 308, 408);
    subscriber.end();
    expect([recorder.delivered, recorder.deliveredBytes]).toEqual([4, 400]);
  });

  it('a notice that comes twice, or names what is here, skips nothing more', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 12));
    for (let time = 0; time < 2; time++)
      subscriber.control({ control: 'lagged', missed: 4, next: 15 });
    receive(15, 17, 18, 19, 20);
    expect([subscriber.delivered, subscriber.droppedByPolicy(11, 20)]).toEqual([7, 2]);
    // Late, of a hole that is there already.
    subscriber.control({ control: 'lagged', missed: 3, next: 18 });
    expect(subscriber.droppedByPolicy(11, 20)).toBe(3);
  });

  it('cut off for lagging, what it lost before is not the policy’s', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 12), 14);
    subscriber.cut = new LabError('LAB_ERR_LAGGED', 'too slow');
    expect(subscriber.droppedByPolicy(11, 20)).toBe(6);
  });

  it('cut off for lagging, everything it still misses was dropped by policy', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 14));
    subscriber.cut = new LabError('LAB_ERR_LAGGED', 'too slow');
    expect(subscriber.droppedByPolicy(11, 20)).toBe(6);
  });
});

describe('reconcile', () => {
  it('what a whole reliable connection has not brought yet is in flight, and nothing else is charged', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 17));
    const reconciled = reconcile([join(subscriber)], [RANGE], new Map(), 10, true);
    expect(reconciled).toMatchObject({
      joined: [1],
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
    expect(reconcile([join(subscriber)], [RANGE], new Map(), 10, true)).toMatchObject({
      delivered: 6,
      inFlight: 2,
    });
  });

  it('nor is what the server, in the same stream, says it has sent', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 17));
    subscriber.control({ control: 'heartbeat', next: 21 });
    expect(reconcile([join(subscriber)], [RANGE], new Map(), 10, true)).toMatchObject({
      delivered: 7,
      inFlight: 0,
      unexplained: 3,
      unbalanced: 1,
    });
  });

  it('a broken connection has nothing in flight, and its end is told by reason', () => {
    const cut = (code: ErrorCode): BenchSubscriber => {
      const { subscriber, receive } = rig();
      receive(...from(1, 12));
      subscriber.cut = new LabError(code, 'gone');
      return join(subscriber);
    };
    const reconciled = reconcile(
      [cut('LAB_ERR_CLOSED'), cut('LAB_ERR_CLOSED')],
      [RANGE],
      new Map(),
      10,
      true,
    );
    expect(reconciled).toMatchObject({ delivered: 4, inFlight: 0, droppedByPolicy: 0 });
    expect(reconciled.cut).toEqual([{ code: 'LAB_ERR_CLOSED', message: 'gone', count: 2 }]);
  });

  it('late messages are neither missing nor delivered', () => {
    const { clock, subscriber, receive } = rig();
    receive(...from(1, 15));
    clock.spend(30_001);
    receive(16, 17);
    expect(reconcile([join(subscriber)], [RANGE], new Map(), 10, true)).toMatchObject({
      delivered: 5,
      late: 2,
      inFlight: 3,
    });
  });

  it('on a lossy transport the kernel is charged at the port of each subscriber; nothing is in flight', () => {
    const [a, b] = [rig(), rig()];
    const subscribers = [join(a.subscriber, {}, 5_001), join(b.subscriber, {}, 5_002)];
    a.receive(...from(1, 10));
    lose(a.subscriber, 2);
    a.receive(...from(13, 20));
    b.receive(...from(1, 16));
    lose(b.subscriber, 4);
    const drops = new Map([
      [5_001, 2],
      [5_002, 1],
    ]);
    expect(reconcile(subscribers, [RANGE], drops, 10, false)).toMatchObject({
      delivered: 8 + 6,
      kernelDrops: 2 + 1,
      inFlight: 0,
    });
    expect(reconcile(subscribers, [RANGE], null, 10, false).kernelDrops).toBeNull();
  });

  it('members of a group share a port, and each is charged with the drops of its own socket', async () => {
    const [a, b] = [rig(), rig()];
    const subscribers = [join(a.subscriber), join(b.subscriber)];
    a.receive(...from(1, 10));
    lose(a.subscriber, 2);
    a.receive(...from(13, 20));
    b.receive(...from(1, 20));
    for (const [i, subscriber] of subscribers.entries())
      subscriber.subscription = { ...subscriber.subscription!, socketInode: 900 + i };
    const drops = new Map([
      [900, 2],
      [901, 0],
      // What others of that port dropped is theirs.
      [5_000, 70],
    ]);
    expect(reconcile(subscribers, [RANGE], drops, 10, false)).toMatchObject({
      kernelDrops: 2,
      unbalanced: 0,
    });
    subscribers[1]!.subscription = { ...subscribers[1]!.subscription!, socketInode: undefined };
    expect(await receiveDrops(subscribers, true)).toBeNull();
  });

  it('a subscriber whose socket the kernel does not list has not dropped nothing: nobody knows', async () => {
    const [a, b] = [rig(), rig()];
    const subscribers = [join(a.subscriber), join(b.subscriber)];
    for (const [i, subscriber] of subscribers.entries())
      subscriber.subscription = { ...subscriber.subscription!, localPort: 0x1000 + i };
    const row = (port: number, inode: number): string =>
      `1: 0100007F:${port.toString(16)} 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0000000000000000 3`;
    const tables = [row(0x1000, 7), row(0x1000, 7), [row(0x1000, 7), row(0x1001, 8)].join('\n')];
    let reads = 0;
    const read = (most: number) => async (path: string) =>
      path.endsWith('6') ? null : (tables[Math.min(reads++, most)] ?? null);
    // A table that was printed while sockets came and went is read again.
    expect(await receiveDrops(subscribers, false, read(2))).toEqual(
      new Map([
        [0x1000, 3],
        [0x1001, 3],
      ]),
    );
    expect(await receiveDrops(subscribers, false, read(1))).toBeNull();
    subscribers[1]!.cut = new LabError('LAB_ERR_CLOSED', 'gone');
    expect(await receiveDrops(subscribers, false, read(1))).toEqual(new Map([[0x1000, 3]]));
    expect(await receiveDrops(subscribers, false, async () => null)).toBeNull();
  });

  it('corrupt messages are lost, and neither the kernel nor the path nor the policy is charged for them', () => {
    const { subscriber, receive, receiveSpoilt } = rig();
    receive(...from(1, 10));
    receiveSpoilt(11);
    receive(...from(12, 20));
    subscriber.control({ control: 'lagged', missed: 1, next: 22 });
    join(subscriber);
    lose(subscriber, 3);
    expect(reconcile([subscriber], [RANGE], new Map([[5_000, 3]]), 10, false)).toMatchObject({
      delivered: 9,
      corrupt: 1,
      verified: 1,
      droppedByPolicy: 0,
      kernelDrops: 0,
      unbalanced: 1,
    });
    expect(reconcile([subscriber], [RANGE], new Map(), 10, true)).toMatchObject({
      inFlight: 0,
      unbalanced: 1,
    });
  });

  it('a subscriber is unbalanced when more than 0.01 % of its messages are unexplained, whatever others have', () => {
    const one = (missing: number, datagrams = 0, port = 0): BenchSubscriber => {
      const due = Array.from({ length: 20_000 }, (_, i) => i * 10);
      const window = { start: T0, end: T0 + 200_000, deadline: T0 + 300_000 };
      const process = new SubscriberProcess({ first: 1, due, sent: due }, 1, window);
      const subscriber = join(process.subscribers[0]!, {}, port);
      process.read(0, T0 + 250_000, from(1, 10));
      lose(subscriber, datagrams);
      process.read(0, T0 + 250_000, from(11 + missing, 20_000));
      return subscriber;
    };
    const subscribers = [one(0), one(2), one(3, 1, 1), one(500, 1, 2)];
    const reconciled = reconcile(subscribers, [{ first: 1, last: 20_000 }], new Map(), 10, false);
    expect(reconciled).toMatchObject({ delivered: 80_000 - 505, unbalanced: 2 });
    // In full receive buffers the kernel dropped what the first of them misses, but not what the
    // second does.
    const explained = reconcile(
      subscribers,
      [{ first: 1, last: 20_000 }],
      new Map([[1, 1]]),
      10,
      false,
    );
    expect(explained).toMatchObject({ kernelDrops: 3, unbalanced: 1 });
  });

  it('hands on what is told subscriber by subscriber: mean latency in the order of joining, jitter, reordering', () => {
    const [a, silent, b] = [rig(), rig(), rig()];
    a.clock.spend(30_000);
    a.receive(...from(1, 20));
    b.clock.spend(25_000);
    b.receive(...from(1, 12), 14, 13);
    b.clock.spend(1_000);
    b.receive(15);
    const reconciled = reconcile(
      [a, silent, b].map(({ subscriber }) => join(subscriber)),
      [RANGE],
      null,
      10,
      false,
    );
    // Due at 10 … 19 ms and received at 30 ms; at 10 … 13 ms and received at 25 ms, and at 14 ms,
    // received at 26 ms.
    expect(reconciled.means).toEqual(
      Float64Array.of(15_500, Number.NaN, (15_000 + 14_000 + 13_000 + 12_000 + 12_000) / 5),
    );
    // All differences of a are 1 ms. Those of b: 1 ms, 2 ms, 1 ms back, and 2 ms of sending against
    // 1 ms of receiving.
    const jitter = (...differences: number[]): number => {
      const each = differences.map((_, i) =>
        differences.slice(0, i + 1).reduce((j, d) => j + (d - j) / 16, 0),
      );
      const taken = each.reduce((sum, _, i) => sum + 1 - (15 / 16) ** (i + 1), 0);
      return each.reduce((sum, j) => sum + j, 0) / taken;
    };
    expect([...reconciled.jitters]).toEqual([
      expect.closeTo(jitter(...Array.from({ length: 9 }, () => 1_000)), 9),
      expect.closeTo(jitter(1_000, 2_000, 1_000, 1_000), 9),
    ]);
    expect(reconciled.reordering).toEqual({
      unique: 20 + 15,
      reordered: 1,
      extentSum: 1,
      extentMax: 1,
      n: [1, 0, 0],
    });
    expect(reconciled).toMatchObject({ verified: 2, corrupt: 0, kernelDrops: null });
  });

  it('an empty range has nothing to miss', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 5));
    expect(
      reconcile([join(subscriber)], [{ first: 1, last: 0 }], new Map(), 10, true),
    ).toMatchObject({
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
    expect(reconcile([one, other], [RANGE], new Map(), 10, false)).toMatchObject({
      corrupt: 2,
      datagrams: { received: 12, lost: 3, duplicated: 1, reordered: 4 },
      receiveBufferBytes: 8_000,
    });
    expect(reconcile([], [RANGE], new Map(), 10, false).receiveBufferBytes).toBeNull();
  });
});

describe('explainedByKernel', () => {
  it('explains everything when the kernel dropped all that is lost, else its share, rounded down', () => {
    expect(explainedByKernel(40, 5, 5, 8)).toBe(40);
    expect(explainedByKernel(40, 9, 5, 8)).toBe(40);
    expect(explainedByKernel(10, 1, 3, 4)).toBe(3);
    expect(explainedByKernel(10, 2, 3, 4)).toBe(6);
  });

  it('never explains more than so many datagrams can hold', () => {
    expect(explainedByKernel(40, 2, 5, 10)).toBe(16);
    expect(explainedByKernel(40, 2, 5, 6)).toBe(12);
  });

  it('explains nothing where nothing is missing or the kernel dropped nothing', () => {
    expect(explainedByKernel(0, 5, 5, 8)).toBe(0);
    expect(explainedByKernel(-1, 5, 5, 8)).toBe(0);
    expect(explainedByKernel(10, 0, 5, 8)).toBe(0);
  });
});
