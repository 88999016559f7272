import { describe, expect, it } from 'vitest';
import { ObservedMembership } from '../../../../bench/workload/observed-membership.js';
import { codeOf } from '../../../support/core/code-of.js';

const WINDOW = { from: 1_000, until: 2_000, clockShift: 0, mostAhead: Number.POSITIVE_INFINITY };

const TIMES = { t0: 0, start: 0, end: 0, deadline: 0 };
/** The stamp of a message is all there is of it. */
const CODEC = { timeAt: (bytes: Buffer, start: number) => bytes.readUInt16LE(start) };

/** Messages 1, 2, 3, … stamped like this have come, each 50 µs later. */
function seen(...stamps: readonly number[]): ObservedMembership {
  const feed = new ObservedMembership(CODEC, 100);
  stamps.forEach((stamp, i) => void feed.owns(i + 1, stamp, stamp + 50));
  return feed;
}

describe('a feed that nobody planned', () => {
  it('owns what was stamped in the window, its end excluded, whenever it comes', () => {
    const feed = seen(800, 900);
    feed.open({ ...TIMES, stamps: WINDOW });
    expect([999, 1_000, 1_999, 2_000].map((stamp, i) => feed.owns(i + 3, stamp, 9_000))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(feed.first).toBe(4);
    expect(feed.span).toEqual({ before: 3, last: 5, isOver: true });
  });

  it('begins behind the newest message seen before it, so that what nobody received there counts', () => {
    const feed = seen(800, 900);
    feed.open({ ...TIMES, stamps: WINDOW });
    expect(feed.owns(6, 1_500, 1_600)).toBe(true);
    expect(feed.first).toBe(3);
    // Late, and stamped before it after all.
    expect(feed.owns(4, 950, 1_700)).toBe(false);
    expect(feed.span).toMatchObject({ before: 4, last: 6 });
  });

  it('fails when the clock of its stamps is set forward, which else would end the window early', () => {
    const hour = 3_600e6;
    const feed = seen(800, 900);
    feed.open({ ...TIMES, stamps: { ...WINDOW, mostAhead: 20 } });
    expect(feed.owns(3, 1_500 + 1e6, 1_550)).toBe(false);
    expect(feed.failure).toBeUndefined();
    feed.owns(4, 1_600 + hour, 1_650);
    expect(feed.failure).toMatchObject({
      code: 'LAB_ERR_PROTOCOL',
      message: 'the clock of the server was set forward during the measurement: see message 4',
    });
  });

  it('takes any step for a slow beginning where nothing is known of the clock', () => {
    const feed = seen(800, 900);
    feed.open({ ...TIMES, stamps: WINDOW });
    feed.owns(3, 3_600e6, 1_650);
    expect(feed.failure).toBeUndefined();
  });

  it('leaves room for late ones where nothing was seen before', () => {
    const feed = new ObservedMembership(CODEC, 5_000);
    feed.open({ ...TIMES, stamps: WINDOW });
    expect(feed.owns(3_000, 1_500, 1_600)).toBe(true);
    expect(feed.first).toBe(3_000 - 1_024);
    expect(feed.owns(2_999, 1_400, 1_600)).toBe(true);
    expect(feed.owns(1_000, 1_100, 1_600)).toBe(false);
  });

  it('asks for the stamp only of what it tells something', () => {
    const feed = seen(800, 900);
    feed.open({ ...TIMES, stamps: WINDOW });
    feed.owns(5, 1_500, 1_600);
    feed.owns(8, 2_100, 2_200);
    expect([1, 2, 3, 4, 6, 7, 8, 9].map((seq) => feed.asks(seq))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it('knows the quickest receipt, by the first that comes of each message', () => {
    const feed = new ObservedMembership(CODEC, 10);
    feed.owns(1, 100, 190);
    feed.owns(2, 200, 270);
    feed.owns(3, 300, 420);
    // Of another subscriber.
    feed.owns(2, 200, 275);
    expect(feed.progress).toEqual({ newest: 3, fastest: 70 });
  });

  it('cannot be told of a window that has begun, nor of an end that has passed', () => {
    const feed = seen(1_000);
    expect(codeOf(() => feed.open({ ...TIMES, stamps: WINDOW }))).toBe('LAB_ERR_WORKER_TIMEOUT');
    const other = seen(900);
    other.open({ ...TIMES, stamps: WINDOW });
    other.owns(2, 1_500, 1_550);
    expect(codeOf(() => other.cut(1_500))).toBe('LAB_ERR_WORKER_TIMEOUT');
    other.cut(1_501);
    expect(other.owns(3, 1_501, 1_550)).toBe(false);
    // Never later than it was to be.
    other.cut(5_000);
    expect(other.owns(4, 1_600, 1_650)).toBe(false);
  });

  it('once closed takes nothing that nobody had by then', () => {
    const feed = seen(900);
    feed.open({ ...TIMES, stamps: WINDOW });
    feed.owns(4, 1_500, 1_600);
    feed.close();
    expect(feed.owns(5, 1_600, 9_000)).toBe(false);
    expect(feed.owns(3, 1_400, 9_000)).toBe(true);
    expect(feed.span.last).toBe(4);
  });

  it('cannot be trusted when stamps go back, or when it holds more than there is room for', () => {
    const back = seen(900, 899);
    expect(back.failure?.code).toBe('LAB_ERR_PROTOCOL');
    const late = seen(900);
    late.owns(3, 1_000, 1_050);
    late.owns(2, 1_001, 1_060);
    expect(late.failure?.message).toContain('message 2');
    const full = seen(900);
    full.open({ ...TIMES, stamps: WINDOW });
    for (let seq = 2; seq <= 102; seq++) full.owns(seq, 1_000, 1_100);
    expect(full.failure?.message).toContain('more than 100 messages');
    expect(seen(900, 900, 901).failure).toBeUndefined();
  });
});

describe('the window of a feed that nobody planned', () => {
  it('reads the stamp of each of its messages once, and that of others only where it tells something', () => {
    let reads = 0;
    const codec = {
      timeAt: (bytes: Buffer, start: number): number => {
        reads += 1;
        return CODEC.timeAt(bytes, start);
      },
    };
    const feed = new ObservedMembership(codec, 100);
    const bytes = Buffer.alloc(2);
    const comes = (seq: number, stamp: number): [boolean, number] => {
      bytes.writeUInt16LE(stamp);
      return [feed.includes(seq, bytes, 0, 2, 9_000), reads];
    };
    expect(comes(1, 900)).toEqual([false, 1]);
    feed.open({ ...TIMES, stamps: WINDOW });
    expect(comes(2, 1_500)).toEqual([true, 2]);
    expect(comes(3, 2_500)).toEqual([false, 3]);
    expect([comes(1, 900), comes(2, 1_500), comes(3, 2_500)]).toEqual([
      [false, 3],
      [true, 3],
      [false, 3],
    ]);
    feed.assertSound();
  });

  it('has a place for what this process has not seen of it', () => {
    const feed = seen(800, 900);
    feed.open({ ...TIMES, stamps: WINDOW });
    feed.owns(5, 1_500, 1_550);
    expect(feed.positionsOf({ first: 2, last: 6 })).toEqual({ from: -1, count: 5 });
    expect(feed.positionsOf({ first: 1, last: 0 })).toMatchObject({ count: 0 });
  });
});
