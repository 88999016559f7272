import { describe, expect, it } from 'vitest';
import { receiveDrops } from '../../../../bench/worker-subscriber/receive-drops.js';
import { explainedByKernel, reconcile } from '../../../../bench/worker-subscriber/reconcile.js';
import type { BenchSubscriber } from '../../../../bench/worker-subscriber/subscriber.js';
import { type ErrorCode, LabError } from '../../../../src/errors.js';
import { SubscriberProcess, T0 } from '../../../support/run/subscriber-process.js';
import { from, join, lose, RANGE, rig } from '../../../support/run/subscriber-rig.js';

describe('reconcile', () => {
  it('what the server replaced is conflated, and what it kept and has not come yet is in flight', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 12));
    // Of 13 … 20 it keeps three.
    subscriber.control({ control: 'lagged', missed: 5, next: 21, from: 13, age_us: 900 });
    receive(15, 18);
    const settle = () => reconcile([join(subscriber)], [RANGE], new Map(), 10, true);
    expect(settle()).toMatchObject({
      ...{ delivered: 4, conflated: 5, inFlight: 1, droppedByPolicy: 0, unexplained: 0 },
    });
    receive(20);
    expect(settle()).toMatchObject({ delivered: 5, conflated: 5, inFlight: 0, unexplained: 0 });
  });

  it('of a range that begins before the window it counts those of the window', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 4));
    // 5, 7 and 8 were of the warm-up.
    subscriber.control({ control: 'lagged', missed: 8, next: 16, from: 5, age_us: 900 });
    receive(6, 9, 15, ...from(16, 20));
    expect(reconcile([join(subscriber)], [RANGE], new Map(), 10, true)).toMatchObject({
      ...{ delivered: 6, conflated: 4, inFlight: 0, unexplained: 0, unbalanced: 0 },
    });
  });

  it('over UDP, what was kept and lost is not conflated', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 10));
    join(subscriber);
    subscriber.control({ control: 'lagged', missed: 6, next: 19, from: 11, age_us: 900 });
    // One datagram with 13, which was kept.
    lose(subscriber, 1);
    receive(18, 19, 20);
    expect(reconcile([subscriber], [RANGE], new Map([[5_000, 1]]), 10, false)).toMatchObject({
      delivered: 3,
      conflated: 6,
      kernelDrops: 1,
      unexplained: 0,
    });
  });

  it('what is lost, superseded and not sent again is conflated, and no loss of the network', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 12));
    join(subscriber);
    lose(subscriber, 2);
    receive(16, 19, 20);
    // Of 13 to 15, which had been sent, later ones have been published; 17 and 18 are just lost.
    subscriber.control({ control: 'lagged', missed: 3, next: 16, from: 13 });
    expect(reconcile([subscriber], [RANGE], new Map([[5_000, 1]]), 10, false)).toMatchObject({
      ...{ delivered: 5, conflated: 3, droppedByPolicy: 0, late: 0 },
    });
    const dropped = { dseq: [2, 3], seq: [13, 17], count: [3, 2], unlisted: 0 };
    const behindLink = reconcile([subscriber], [RANGE], null, 10, false, false, [dropped]);
    expect(behindLink).toMatchObject({ conflated: 3, network: 2, unexplained: 0 });
  });

  it('what is superseded within a range that was conflated counts beside what that left out', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 10));
    join(subscriber);
    subscriber.control({ control: 'lagged', missed: 5, next: 20, from: 11, age_us: 900 });
    // Kept were 11, 13, 17 and 19; 13 and 17 are lost, and 13 is superseded.
    lose(subscriber, 2);
    receive(11, 19, 20);
    subscriber.control({ control: 'lagged', missed: 1, next: 15, from: 12 });
    const dropped = { dseq: [2, 3], seq: [13, 17], count: [1, 1], unlisted: 0 };
    expect(reconcile([subscriber], [RANGE], null, 10, false, false, [dropped])).toMatchObject({
      ...{ delivered: 3, conflated: 6, network: 1, unexplained: 0 },
    });
  });

  it('what comes after the deadline of repair is late: neither delivered nor lost', () => {
    const { clock, subscriber, receive, receiveLate } = rig();
    receive(...from(1, 12));
    join(subscriber);
    lose(subscriber, 1);
    receive(...from(15, 20));
    clock.spend(1_000);
    receiveLate(13, 14);
    // Some of it comes twice.
    receiveLate(14);
    expect(reconcile([subscriber], [RANGE], new Map(), 10, false)).toMatchObject({
      ...{ delivered: 8, late: 2, conflated: 0, network: 0, unexplained: 0, duplicates: 1 },
    });
  });

  it('what comes late, or spoilt, of a range is not conflated', () => {
    const { clock, subscriber, receive, receiveSpoilt } = rig();
    receive(...from(1, 10));
    subscriber.control({ control: 'lagged', missed: 7, next: 21, from: 11, age_us: 900 });
    receiveSpoilt(11);
    clock.spend(30_001);
    receive(17, 20);
    expect(reconcile([join(subscriber)], [RANGE], new Map(), 10, true)).toMatchObject({
      ...{ delivered: 0, late: 2, corrupt: 1, conflated: 7 },
    });
  });

  it('ranges beyond number add up all the same', () => {
    const { subscriber, receive } = rig();
    receive(11);
    subscriber.control({ control: 'lagged', missed: 3, next: 16, from: 12, age_us: 900 });
    receive(15, 16);
    for (let at = 0; at < 1_100; at++)
      subscriber.control({ control: 'lagged', missed: 1, next: 23 + at, from: 21 + at, age_us: 0 });
    expect(subscriber.conflated(11, 20)).toBe(3);
  });

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

  it('what the kernel drops is reads: with UDP_GRO each explains as many datagrams as came in one', () => {
    const missing = (datagrams: number): BenchSubscriber => {
      const { subscriber, receive } = rig();
      receive(...from(1, 10));
      join(subscriber, { mostInRead: 4 });
      lose(subscriber, datagrams);
      receive(20);
      return subscriber;
    };
    const charged = (datagrams: number, drops: number) =>
      reconcile([missing(datagrams)], [RANGE], new Map([[5_000, drops]]), 1, false);
    // Nine messages, one to a datagram: three drops are enough, two explain eight at most.
    expect(charged(9, 3)).toMatchObject({ kernelDrops: 9, unexplained: 0 });
    expect(charged(9, 2)).toMatchObject({ kernelDrops: 8, unexplained: 1 });
    // Never more than is missing.
    expect(charged(3, 5)).toMatchObject({ kernelDrops: 3, unexplained: 6 });
  });

  it('what a link dropped is lost in the network, message by message, and drops of the kernel explain the rest', () => {
    const { subscriber, receive } = rig();
    receive(...from(1, 11));
    join(subscriber);
    lose(subscriber, 3);
    // 12 to 16 are missing; the datagram of 15 and 16 is not one that the link dropped.
    receive(...from(17, 20));
    const dropped = { dseq: [7, 8], seq: [12, 14], count: [2, 1], unlisted: 0 };
    const settle = (list: typeof dropped, drops: number) =>
      reconcile([subscriber], [RANGE], new Map([[5_000, drops]]), 2, false, false, [list]);
    expect(settle(dropped, 1)).toMatchObject({ network: 3, kernelDrops: 2, unexplained: 0 });
    expect(settle(dropped, 0)).toMatchObject({ network: 3, kernelDrops: 0, unexplained: 2 });
    // What came all the same was sent again: it is in no loss.
    const again = { dseq: [7, 8, 9], seq: [12, 14, 17], count: [2, 1, 4], unlisted: 0 };
    expect(settle(again, 0)).toMatchObject({ network: 3 });
    // The window is 11 to 20.
    const before = { dseq: [1, 7], seq: [5, 12], count: [3, 2], unlisted: 0 };
    expect(settle(before, 0)).toMatchObject({ network: 2 });
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
