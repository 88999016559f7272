import { describe, expect, it } from 'vitest';
import { LatencyTotal } from '../../../../bench/record/distribution.js';
import { type Gate, Publisher } from '../../../../bench/worker-server/publisher.js';
import { ReadAhead } from '../../../../bench/workload/read-ahead.js';
import type { Window } from '../../../../bench/workload/window.js';
import { loadCodec } from '../../../../src/codecs/registry.js';
import { Broadcast } from '../../../../src/core/broadcast.js';
import type { Sink } from '../../../../src/core/sink.js';
import { fixedRate, recordedPace } from '../../../../src/pacer/schedule.js';
import type { Source } from '../../../../src/sources/source.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { ListSource, numbered, settled } from '../../../support/source/list-source.js';

const codec = await loadCodec('line-json');
const T0 = 1_700_000_000_000_000;

interface Plan {
  readonly rate?: number;
  readonly warmupMs?: number;
  readonly durationMs?: number;
  readonly tmaxMs?: number;
  readonly source?: Source;
  readonly gate?: Gate;
  readonly onOpen?: () => void;
}

/**
 * A publisher whose clock stands 1 ms before t0, and what a subscriber got of it: `seq@stamp − t0`.
 */
async function rig(plan: Plan = {}) {
  const { rate = 1_000, warmupMs = 0, durationMs = 10, tmaxMs = 5 } = plan;
  const clock = new FakeClock(T0 - 1_000);
  const broadcast = new Broadcast({ clock, encoder: codec });
  const got: string[] = [];
  const sink: Sink = {
    flush: (subscriber) => {
      for (;;) {
        const slice = subscriber.read(1_000_000);
        if (slice === undefined) return;
        subscriber.advance(slice);
        codec.scan(slice.bytes, 0, slice.bytes.length, {
          message: (seq, from, to) =>
            got.push(`${seq}@${codec.timeAt(slice.bytes, from, to) - T0}`),
          control: () => {},
        });
      }
    },
    lagged: () => {},
    end: () => {},
  };
  broadcast.subscribe({ encoder: codec }, sink);
  const start = T0 + warmupMs * 1_000;
  const end = start + durationMs * 1_000;
  const window: Window = { t0: T0, start, end, deadline: end + tmaxMs * 1_000 };
  const feed = new ReadAhead(plan.source ?? new ListSource(numbered(100_000)));
  await settled();
  const opened: number[] = [];
  const publisher = new Publisher(
    broadcast,
    clock,
    fixedRate(rate),
    feed,
    window,
    () => opened.push(broadcast.next),
    plan.gate,
    plan.onOpen,
  );
  const publish = (): boolean => {
    const more = publisher.publishDue();
    broadcast.flush();
    return more;
  };
  return { clock, publisher, publish, got, opened, broadcast };
}

function lagOf(publisher: Publisher) {
  const total = new LatencyTotal();
  total.add(publisher.report().lag);
  return total.toDistribution();
}

describe('Publisher', () => {
  it('publishes nothing before t0, then each message when it is due, stamped with the time of publishing', async () => {
    const { clock, publish, got, publisher } = await rig({ durationMs: 4 });
    expect(publish()).toBe(false);
    expect(got).toEqual([]);
    // Ticks that never fall on the schedule.
    for (let i = 0; i < 20; i++) {
      clock.advance(0.3);
      publish();
    }
    // Looked at every 300 µs from 1 ms before t0 on: each goes out at the first look at or after
    // its time.
    expect(got).toEqual(['1@200', '2@1100', '3@2000', '4@3200']);
    expect(publisher.finished).toBe(true);
    expect(publisher.range).toEqual({ first: 1, last: 4 });
  });

  it('the window is what is intended in [start, end): the warm-up before it is published but not counted', async () => {
    const { clock, publish, publisher, got, opened } = await rig({ warmupMs: 3, durationMs: 2 });
    clock.advance(1 + 9);
    publish();
    expect(got).toHaveLength(5);
    expect(publisher.published).toBe(5);
    expect(publisher.range).toEqual({ first: 4, last: 5 });
    // Told once, when the next message is the first of the window.
    expect(opened).toEqual([4]);
    expect(publisher.report()).toMatchObject({ behind: false, publishedPerSecond: [2] });
  });

  it('waits at a gate, and what it then publishes late keeps its time: the wait is in the lag', async () => {
    let isClosed = false;
    const waiting: (() => void)[] = [];
    let opened = 0;
    const gate: Gate = {
      get isClosed() {
        return isClosed;
      },
      whenOpen: (onOpen) => void waiting.push(onOpen),
    };
    const onOpen = (): void => {
      opened += 1;
    };
    const { clock, publish, got, publisher } = await rig({ durationMs: 8, gate, onOpen });
    clock.advance(1);
    publish();
    isClosed = true;
    clock.spend(6_500);
    expect(publish()).toBe(false);
    expect([got, waiting.length]).toEqual([['1@0'], 1]);
    isClosed = false;
    waiting[0]?.();
    publish();
    expect(opened).toBe(1);
    expect(got).toEqual(['1@0', ...[2, 3, 4, 5, 6, 7].map((seq) => `${seq}@6500`)]);
    clock.spend(1_000);
    publish();
    expect(lagOf(publisher)).toMatchObject({ count: 8, min: 0, max: 5_500 });
  });

  it('a gate that never opens holds it up until the deadline and no longer', async () => {
    const gate: Gate = { isClosed: true, whenOpen: () => {} };
    const { clock, publish, publisher } = await rig({ durationMs: 8, tmaxMs: 5, gate });
    clock.advance(1 + 13);
    expect([publish(), publisher.finished]).toEqual([false, false]);
    clock.spend(1);
    expect([publish(), publisher.finished]).toEqual([false, true]);
    expect(publisher.report()).toMatchObject({ behind: true, range: { first: 1, last: 0 } });
  });

  it('after a stall it sends everything due at once, loses nothing and keeps to the schedule: the delay is in the lag', async () => {
    const { clock, publish, got, publisher } = await rig({ durationMs: 8 });
    clock.advance(1);
    publish();
    expect(got).toEqual(['1@0']);
    clock.spend(6_500);
    publish();
    expect(got).toEqual(['1@0', ...[2, 3, 4, 5, 6, 7].map((seq) => `${seq}@6500`)]);
    clock.spend(1_000);
    publish();
    expect(got.at(-1)).toBe('8@7500');
    // 0 for the first; 5,500 … 500 for those of the stall; 500 for the last.
    expect(lagOf(publisher)).toMatchObject({
      count: 8,
      min: 0,
      max: 5_500,
      mean: (5_500 + 4_500 + 3_500 + 2_500 + 1_500 + 500 + 500) / 8,
    });
  });

  it('is finished when its window is over, and not with the last message: what is used is a share of the whole window', async () => {
    const { clock, publish, publisher, got } = await rig({ rate: 1, durationMs: 500 });
    clock.advance(1);
    for (const ms of [0, 100, 399.999]) {
      clock.advance(ms);
      expect(publish()).toBe(false);
      expect(publisher.finished).toBe(false);
    }
    clock.advance(0.001);
    publish();
    expect(publisher.finished).toBe(true);
    expect(got).toEqual(['1@0']);
  });

  it('late, it is finished with the last message of its window', async () => {
    const { clock, publish, publisher } = await rig({ rate: 1_000_000, durationMs: 3 });
    clock.spend(1_000 + 7_000);
    expect(publish()).toBe(true);
    expect(publisher.finished).toBe(false);
    expect(publish()).toBe(false);
    expect(publisher.finished).toBe(true);
    expect(publisher.range).toEqual({ first: 1, last: 3_000 });
  });

  it('lets others have a turn after 2,000 messages, and says that there is more', async () => {
    const { clock, publish, got } = await rig({ rate: 1_000_000, durationMs: 5 });
    clock.advance(1 + 3);
    expect(publish()).toBe(true);
    expect(got).toHaveLength(2_000);
    expect(publish()).toBe(false);
    expect(got).toHaveLength(3_001);
  });

  it('gives up at the deadline and says that it was behind, with what was published counted', async () => {
    const { clock, publish, publisher } = await rig({ durationMs: 10, tmaxMs: 5 });
    clock.advance(1 + 4);
    publish();
    clock.spend(11_001);
    expect(publish()).toBe(false);
    expect(publisher.finished).toBe(true);
    expect(publisher.range).toEqual({ first: 1, last: 5 });
    expect(publisher.report()).toMatchObject({ behind: true, lastPublishedAt: T0 + 4_000 });
  });

  it('may publish late until right at the deadline, and is then not behind', async () => {
    const { clock, publish, publisher } = await rig({ durationMs: 10, tmaxMs: 5 });
    clock.spend(1_000 + 15_000);
    publish();
    expect(publisher.range).toEqual({ first: 1, last: 10 });
    expect(publisher.report()).toMatchObject({ behind: false, lastPublishedAt: T0 + 15_000 });
  });

  it('stopped, it publishes nothing more and reports what there was', async () => {
    const { clock, publish, publisher, got } = await rig();
    clock.advance(1 + 2);
    publish();
    publisher.stop();
    clock.advance(5);
    expect(publish()).toBe(false);
    expect(got).toHaveLength(3);
    expect(publisher.range).toEqual({ first: 1, last: 3 });
    expect(publisher.report().behind).toBe(false);
  });

  it.each([
    ['between two messages it ends when the next was due', 2_600, 3, 3_000],
    ['behind its schedule it ends with the stop', 2_600, 1, 2_600],
    ['before its last interval is over it ends as planned', 9_500, 10, 10_000],
  ])('a window stopped %s', async (_what, stopAt, messages, end) => {
    const { clock, publish, publisher } = await rig({ durationMs: 10 });
    clock.spend(1_000);
    if (messages > 1) clock.spend(stopAt);
    publish();
    if (messages === 1) clock.spend(stopAt);
    publisher.stop();
    clock.spend(50_000);
    publisher.stop();
    expect(publisher.range).toEqual({ first: 1, last: messages });
    expect(publisher.report().endedAt).toBe(T0 + end);
  });

  it('a window that is not stopped ends as planned, however late its last message', async () => {
    const { clock, publish, publisher } = await rig({ durationMs: 10, tmaxMs: 5 });
    clock.spend(1_000 + 14_000);
    publish();
    publisher.stop();
    expect(publisher.report().endedAt).toBe(T0 + 10_000);
  });

  it('stopped before the window it reports an empty range', async () => {
    const { clock, publish, publisher } = await rig({ rate: 10, warmupMs: 50 });
    clock.advance(1 + 5);
    publish();
    publisher.stop();
    expect(publisher.range).toEqual({ first: 1, last: 0 });
    expect(publisher.report()).toMatchObject({
      lastPublishedAt: 0,
      endedAt: T0 + 5_000,
      publishedPerSecond: [],
    });
  });

  it('counts by the second in which it really published', async () => {
    const { clock, publish, publisher } = await rig({ rate: 2, durationMs: 3_000, tmaxMs: 5_000 });
    clock.advance(1);
    publish();
    clock.spend(2_100_000);
    publish();
    clock.advance(500);
    publish();
    // Due at 0, ½, 1, 1½, 2, 2½ s: one at once, four at 2.1 s, the last at 2.6 s.
    expect(publisher.report().publishedPerSecond).toEqual([1, 0, 5]);
  });

  it('publishes nothing after the end of its source, and is not behind then', async () => {
    const { clock, publish, publisher } = await rig({ source: new ListSource(numbered(3)) });
    clock.advance(1 + 9);
    expect(publish()).toBe(false);
    expect(publisher.finished).toBe(false);
    clock.advance(1);
    expect(publish()).toBe(false);
    expect(publisher.finished).toBe(true);
    expect(publisher.range).toEqual({ first: 1, last: 3 });
    expect(publisher.report().behind).toBe(false);
  });

  it('a source that has nothing ready is asked again and counted, until the deadline ends even that', async () => {
    const silent: Source = {
      name: 'silent',
      deterministic: true,
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
      close: async () => {},
    };
    const { clock, publish, publisher } = await rig({ source: silent, durationMs: 10, tmaxMs: 5 });
    clock.advance(1);
    expect([publish(), publish()]).toEqual([true, true]);
    expect(publisher.finished).toBe(false);
    clock.advance(15.001);
    expect(publish()).toBe(false);
    expect(publisher.finished).toBe(true);
    expect(publisher.report()).toMatchObject({
      sourceUnderruns: 2,
      behind: true,
      range: { first: 1, last: 0 },
    });
  });

  it('a recorded pace is kept: items are due at their distance from the first, over the speed', async () => {
    const clock = new FakeClock(T0);
    const broadcast = new Broadcast({ clock, encoder: codec });
    const times = [5_000_000, 5_004_000, 5_004_000, 5_030_000];
    const feed = new ReadAhead(
      new ListSource(times.map((time, value) => ({ key: 'k', value, time }))),
    );
    await settled();
    const window: Window = { t0: T0, start: T0, end: T0 + 10_000, deadline: T0 + 20_000 };
    const publisher = new Publisher(broadcast, clock, recordedPace(2), feed, window, () => {});
    const published: number[] = [];
    for (let i = 0; i < 12; i++) {
      publisher.publishDue();
      published.push(broadcast.next - 1);
      clock.advance(1);
    }
    expect(published).toEqual([1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
    // The last one is due 15 ms after the first: outside the window.
    expect(publisher.finished).toBe(true);
  });
});

describe('the timing of publishing', () => {
  it('each message is stamped by a look at the clock of its own, and its lag is that stamp − intended', async () => {
    const { clock, publish, got, publisher } = await rig({ rate: 1_000, durationMs: 5 });
    const now = clock.now.bind(clock);
    clock.advance(1 + 3);
    let looks = 0;
    clock.now = () => now() + 100 * looks++;
    publish();
    clock.now = now;
    const stamps = got.map((one) => Number(one.split('@')[1]));
    // Due at 0, 1, 2 and 3 ms; the clock stood at 3 ms and went on with every look.
    expect(stamps).toHaveLength(4);
    expect(stamps.every((stamp, i) => stamp >= 3_000 && stamp > (stamps[i - 1] ?? 0))).toBe(true);
    const lags = stamps.map((stamp, i) => stamp - i * 1_000);
    expect(lagOf(publisher)).toMatchObject({
      count: 4,
      mean: lags.reduce((sum, lag) => sum + lag) / 4,
    });
  });
});
