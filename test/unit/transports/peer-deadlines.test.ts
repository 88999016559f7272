import { describe, expect, it } from 'vitest';
import { PeerDeadlines } from '../../../src/transports/server/peer-deadlines.js';
import { FakeClock } from '../../support/core/fake-clock.js';

function rig(): {
  readonly clock: FakeClock;
  readonly deadlines: PeerDeadlines;
  readonly passed: number[];
} {
  const clock = new FakeClock();
  return { clock, deadlines: new PeerDeadlines(clock), passed: [] };
}

/** Lets time pass in which the event loop stands still, and then the turn that follows. */
function stall(clock: FakeClock, ms: number): void {
  clock.spend(ms * 1_000);
  clock.advance(0);
}

describe('a deadline', () => {
  it('passes to the microsecond while the event loop turns', () => {
    const { clock, deadlines, passed } = rig();
    deadlines.set(5_000, () => passed.push(clock.now()));
    clock.advance(4_999.999);
    expect(passed).toEqual([]);
    clock.advance(0.001);
    expect(passed).toHaveLength(1);
  });

  it('is put off by as long as the loop stood still, but for a fifth of a second of each standstill', () => {
    const { clock, deadlines, passed } = rig();
    deadlines.set(5_000, () => passed.push(1));
    clock.advance(1_000);
    stall(clock, 60_000);
    // 1,000 ms and 200 ms of the standstill count.
    clock.advance(3_799);
    expect(passed).toEqual([]);
    clock.advance(1);
    expect(passed).toEqual([1]);
  });

  it('that falls due during a standstill is not judged by the timer that finds it so', () => {
    const { clock, deadlines, passed } = rig();
    deadlines.set(300, () => passed.push(1));
    clock.advance(50);
    stall(clock, 4_600);
    expect(passed).toEqual([]);
    clock.advance(300);
    expect(passed).toEqual([1]);
  });

  it('is judged after what has arrived is read: one turn of the loop after its time', () => {
    const { clock, deadlines, passed } = rig();
    const order: string[] = [];
    deadlines.set(100, () => order.push('judged'));
    clock.setTimeout(() => clock.setImmediate(() => order.push('read')), 99.9);
    clock.advance(100);
    expect([order, passed]).toEqual([['read', 'judged'], []]);
  });

  it('called off never passes, and leaves no timer behind', () => {
    const { clock, deadlines, passed } = rig();
    const timers = [100, 200, 300].map((ms) => deadlines.set(ms, () => passed.push(ms)));
    clock.advance(100);
    for (const timer of [...timers, ...timers]) timer.cancel();
    clock.advance(10_000);
    expect([passed, clock.pending]).toEqual([[100], 0]);
  });

  it.each([3_600_000, -3_600_000])('takes no harm from a clock that is set by %i ms', (jump) => {
    const { clock, deadlines } = rig();
    deadlines.hold();
    clock.advance(1_000);
    const before = deadlines.now();
    clock.spend(jump * 1_000);
    expect(deadlines.now() - before).toBeGreaterThanOrEqual(0);
    expect(deadlines.now() - before).toBeLessThanOrEqual(200_000);
    deadlines.release();
  });
});

describe('time that counts', () => {
  it('passes only while somebody waits', () => {
    const { clock, deadlines } = rig();
    clock.advance(1_000);
    expect(deadlines.now()).toBe(0);
    deadlines.hold();
    deadlines.hold();
    clock.advance(1_050);
    deadlines.release();
    clock.advance(1_000);
    deadlines.release();
    expect([deadlines.now(), clock.pending]).toEqual([2_050_000, 0]);
    clock.advance(5_000);
    expect(deadlines.now()).toBe(2_050_000);
  });
});
