import { describe, expect, it } from 'vitest';
import { LabError } from '../../../../src/errors.js';
import { countsOf } from '../../../support/result/latencies.js';
import { T0, WELCOME } from '../../../support/run/subscriber-process.js';
import { from, rig } from '../../../support/run/subscriber-rig.js';

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

  it('holds what it got of the warm-up when the window begins: the staleness of a key begins with that', () => {
    const { clock, receive, recorder } = rig();
    clock.spend(9_000);
    // Of 10 messages due at 0 to 9 ms the last is lost, and one comes twice.
    receive(...from(1, 9), 3);
    clock.spend(1_001);
    receive(11);
    expect(recorder.staleness.take()).toEqual(countsOf([10_000 - 8_000]));
    expect(recorder.staleness.takeIdeal()).toEqual(countsOf([0]));
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
