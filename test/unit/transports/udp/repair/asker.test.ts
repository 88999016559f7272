import { describe, expect, it } from 'vitest';
import { newRepairCounters } from '../../../../../src/transports/counters.js';
import type { SeqRange } from '../../../../../src/transports/datagram/repair-packets.js';
import { Asker } from '../../../../../src/transports/udp/repair/asker.js';
import { FakeClock } from '../../../../support/core/fake-clock.js';

interface Asked {
  readonly clock: FakeClock;
  readonly asker: Asker;
  readonly counters: ReturnType<typeof newRepairCounters>;
  readonly repairs: [messages: number, micros: number][];
  /** What was asked for since the last call, with the ms since the beginning. */
  take(): string[];
}

function took(asker: Asker, ahead: number, from: number, to: number): void {
  asker.took(ahead, from, to, to - from);
}

function rig(roundTripMs = 20, deadlineMs = 500): Asked {
  const clock = new FakeClock();
  const began = clock.now();
  const counters = newRepairCounters();
  const naks: string[] = [];
  const repairs: [number, number][] = [];
  const asker = new Asker({
    clock,
    counters,
    next: 1,
    deadlineMs,
    roundTrips: [roundTripMs * 1_000],
    sendNak: (ranges: readonly SeqRange[]) => {
      const list = ranges.map(({ from, to }) => `${from}-${to}`).join(' ');
      naks.push(`${(clock.now() - began) / 1_000} ${list}`);
    },
    onRepaired: (messages, micros) => repairs.push([messages, micros]),
  });
  return { clock, asker, counters, repairs, take: () => naks.splice(0) };
}

/** Messages 1 and 2 came, then 5 behind a datagram that did not. */
function withGap(roundTripMs?: number, deadlineMs?: number): Asked {
  const parts = rig(roundTripMs, deadlineMs);
  took(parts.asker, 1, 1, 3);
  took(parts.asker, 2, 5, 6);
  return parts;
}

describe('what a client asks for', () => {
  it('is nothing as long as no number of a datagram is left out', () => {
    const { asker, clock, take } = rig();
    took(asker, 1, 1, 3);
    // A key filter leaves messages out.
    took(asker, 1, 7, 8);
    clock.advance(1_000);
    expect(take()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is what lies between the messages on both sides of a gap, after a millisecond', () => {
    const { clock, take } = withGap();
    clock.advance(0.9);
    expect(take()).toEqual([]);
    clock.advance(1);
    expect(take()).toEqual(['1 3-5']);
  });

  it('is the tail that a heartbeat announces, once', () => {
    const { asker, clock, take } = rig();
    took(asker, 1, 1, 3);
    asker.announced(9);
    took(asker, 2, 9, 10);
    clock.advance(1);
    expect(take()).toEqual(['1 3-9']);
  });

  it('is not what has come late in the meantime, and it waits longer from then on', () => {
    const { asker, clock, counters, take } = withGap();
    clock.advance(0.5);
    clock.spend(2_500);
    took(asker, 0, 3, 5);
    clock.advance(100);
    expect(take()).toEqual([]);
    took(asker, 2, 8, 9);
    clock.advance(2.9);
    expect(take()).toEqual([]);
    clock.advance(0.1);
    expect(take()).toEqual(['106 6-8']);
    expect(counters).toMatchObject({ spurious: 0, futile: 0 });
  });

  it('is asked for again after a round trip and four deviations, four times, then given up', () => {
    const { clock, counters, take } = withGap();
    clock.advance(1_000);
    expect(take()).toEqual(['1 3-5', '61 3-5', '121 3-5', '181 3-5']);
    expect(counters).toEqual({ ...newRepairCounters(), naks: 4, futile: 1 });
    expect(clock.pending).toBe(0);
  });

  it('is never asked for when the answer would come beyond the deadline', () => {
    const { clock, counters, take } = withGap(200);
    clock.advance(2_000);
    expect(take()).toEqual(['1 3-5']);
    expect(counters).toMatchObject({ naks: 1, futile: 1 });
    const far = withGap(600);
    far.clock.advance(2_000);
    expect(far.take()).toEqual([]);
    expect(far.counters).toMatchObject({ naks: 0, futile: 0 });
  });

  it('comes in NAKs of sixteen ranges', () => {
    const { asker, clock, take } = rig();
    for (let i = 0; i < 20; i++) took(asker, 2, 3 * i + 2, 3 * i + 4);
    clock.advance(1);
    expect(take().map((nak) => nak.split(' ').length - 1)).toEqual([16, 4]);
  });

  it('is bounded: of more than 256 ranges the oldest are given up', () => {
    const { asker, clock, take } = rig();
    for (let i = 0; i < 300; i++) took(asker, 2, 3 * i + 2, 3 * i + 4);
    clock.advance(1);
    expect(take()).toHaveLength(16);
  });

  it('is nothing any more after the end', () => {
    const { asker, clock, take } = withGap();
    asker.stop();
    took(asker, 2, 9, 10);
    clock.advance(1_000);
    expect(take()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('an answer', () => {
  it('settles what it carries, and is timed from when the gap was found', () => {
    const { asker, clock, counters, repairs, take } = withGap();
    clock.advance(21);
    expect(asker.wants(3, 4)).toBe(true);
    asker.repaired(3, 4, 1);
    expect(repairs).toEqual([[1, 21_000]]);
    clock.advance(70);
    expect(take()).toEqual(['1 3-5', '61 4-5']);
    expect(counters).toMatchObject({ repaired: 1 });
  });

  it('makes the next question wait for a round trip as it was measured', () => {
    const { asker, clock, take } = withGap();
    clock.advance(21);
    asker.repaired(3, 5, 2);
    take();
    took(asker, 2, 8, 9);
    clock.advance(1_000);
    // A deviation of 10 ms has become one of 7.5.
    expect(take()[1]).toBe('72 6-8');
  });

  it('that says the server has it no longer ends the asking at once', () => {
    const { asker, clock, counters, take } = withGap();
    clock.advance(1);
    expect(asker.gap(3, 5, true)).toBe(2);
    clock.advance(1_000);
    expect(take()).toEqual(['1 3-5']);
    expect(counters).toMatchObject({ refused: 1, futile: 0 });
  });

  it('is spurious when the original comes as well, before it or after', () => {
    const before = withGap();
    before.clock.advance(1);
    took(before.asker, 0, 3, 5);
    expect(before.asker.wants(3, 5)).toBe(false);
    expect(before.counters).toMatchObject({ spurious: 1, repaired: 0 });
    const after = withGap();
    after.clock.advance(1);
    after.asker.repaired(3, 5, 2);
    took(after.asker, 0, 3, 5);
    expect(after.counters).toMatchObject({ spurious: 1, repaired: 2 });
  });
});

describe('a deadline', () => {
  it('ends the asking when no answer can come before it, however often it has been asked', () => {
    const { clock, counters, take } = withGap(20, 130);
    clock.advance(1_000);
    // Asked at 1 and 61 ms; at 121 ms the answer would come at 141.
    expect(take()).toEqual(['1 3-5', '61 3-5']);
    expect(counters).toMatchObject({ naks: 2, futile: 1, late: 0 });
  });

  it('makes of a repair that comes in time one that is repaired, and of a later one a late one', () => {
    const inTime = withGap(20, 130);
    inTime.clock.advance(130);
    expect([inTime.asker.wants(3, 5), inTime.asker.isOverdue(3, 5)]).toEqual([true, false]);
    inTime.asker.repaired(3, 5, 2);
    expect(inTime.counters).toMatchObject({ repaired: 2, late: 0 });
    expect(inTime.repairs).toEqual([[2, 130_000]]);
    const late = withGap(20, 130);
    late.clock.advance(131);
    expect([late.asker.wants(3, 5), late.asker.isOverdue(3, 5)]).toEqual([true, true]);
    late.asker.repaired(3, 5, 2);
    expect(late.counters).toMatchObject({ repaired: 0, late: 2, spurious: 0 });
    expect(late.repairs).toEqual([]);
  });

  it('counts each message once, whether its original or its repair comes late', () => {
    const { asker, clock, counters } = withGap(20, 130);
    clock.advance(400);
    expect(asker.isOverdue(4, 5)).toBe(true);
    took(asker, 0, 4, 5);
    expect(asker.isOverdue(4, 5)).toBe(false);
    expect(asker.wants(4, 5)).toBe(false);
    expect(asker.wants(3, 5)).toBe(true);
    asker.repaired(3, 5, 2);
    expect(counters).toMatchObject({ late: 2, repaired: 0, futile: 1 });
  });

  it('holds for what is missing, and for nothing else', () => {
    const { asker, clock } = withGap(20, 130);
    clock.advance(400);
    expect([asker.isOverdue(1, 3), asker.isOverdue(5, 9)]).toEqual([false, false]);
  });
});
