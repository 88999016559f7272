import { describe, expect, it } from 'vitest';
import { DueWait } from '../../../src/pacer/due-wait.js';
import { Pacer } from '../../../src/pacer/pacer.js';
import { fixedRate, NO_ITEM } from '../../../src/pacer/schedule.js';
import type { StartTicker } from '../../../src/pacer/ticker.js';
import { Timeline } from '../../../src/pacer/timeline.js';
import { timerTicker } from '../../../src/pacer/timer-ticker.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { settled } from '../../support/source/list-source.js';

const T0 = 1_700_000_000_000_000;

/** Items of a fixed rate that are due by now, taken. */
function takeDue(timeline: Timeline, now: number): number {
  let taken = 0;
  for (; timeline.dueAt(NO_ITEM, now) <= now; taken++) timeline.advance();
  return taken;
}

describe('what becomes of a feed that is late', () => {
  it('kept: every item keeps its time, however late, from an origin that is given', () => {
    const timeline = new Timeline(fixedRate(10), 'kept', T0);
    expect(takeDue(timeline, T0 - 1)).toBe(0);
    expect(takeDue(timeline, T0 + 60e6)).toBe(601);
    expect(timeline.dueAt(NO_ITEM, T0 + 60e6)).toBe(T0 + 60.1e6);
  });

  it('forgiven: later than a second, it goes on from there; up to a second it is made up for', () => {
    const timeline = new Timeline(fixedRate(10), 'forgiven');
    expect(takeDue(timeline, T0)).toBe(1);
    expect(takeDue(timeline, T0 + 1.1e6)).toBe(11);
    // Due at 1.2 s, and asked about 58.8 s later.
    expect(takeDue(timeline, T0 + 60e6)).toBe(1);
    expect(timeline.dueAt(NO_ITEM, T0 + 60e6)).toBe(T0 + 60.1e6);
  });
});

describe('ticks of a timer', () => {
  it('come at their times, never before, and once for those that fall together', () => {
    const clock = new FakeClock(T0);
    const ticks: number[] = [];
    const times = { first: T0 + 1_000, tickMicros: 500 };
    const ticker = timerTicker(clock)(times, () => ticks.push(clock.now() - T0));
    clock.advance(2.2);
    expect(ticks).toEqual([1_000, 1_500, 2_000]);
    clock.spend(1_600);
    clock.advance(0.3);
    expect(ticks).toEqual([1_000, 1_500, 2_000, 3_800, 4_000]);
    ticker.stop();
    clock.advance(5);
    expect([ticks.length, clock.pending]).toEqual([5, 0]);
  });

  it('wait on when a timer comes early', () => {
    const clock = new FakeClock(T0);
    const early = Object.create(clock) as FakeClock;
    early.now = () => clock.now();
    early.setTimeout = (callback, ms) => clock.setTimeout(callback, Math.max(0.001, ms - 0.3));
    const ticks: number[] = [];
    const ticker = timerTicker(early)({ first: T0 + 1_000, tickMicros: 1_000 }, () =>
      ticks.push(clock.now() - T0),
    );
    clock.advance(3.5);
    ticker.stop();
    expect(ticks).toHaveLength(3);
    expect(ticks.every((at, i) => at >= 1_000 * (i + 1) && at < 1_000 * (i + 1) + 10)).toBe(true);
  });
});

describe('a pacer', () => {
  it('goes on after a turn of the event loop while there is more, and ticks begin no second one', () => {
    const clock = new FakeClock(T0);
    let tick = (): void => {};
    const startTicker: StartTicker = (_times, onTick) => {
      tick = onTick;
      return { stop: () => {} };
    };
    let left = 3;
    let looks = 0;
    const times = { first: T0, tickMicros: 500 };
    const pacer = new Pacer(clock, startTicker, times, () => {
      looks += 1;
      return --left > 0;
    });
    tick();
    tick();
    pacer.tick();
    expect(looks, 'only the first tick looked').toBe(1);
    clock.advance(0);
    expect(looks).toBe(3);
    tick();
    expect(looks).toBe(4);
    pacer.stop();
    tick();
    pacer.tick();
    clock.advance(1);
    expect(looks).toBe(4);
  });
});

describe('a wait for what is due', () => {
  it('ends with the tick where there is one, else with a timer of whole milliseconds', async () => {
    for (const [startTicker, end] of [
      [timerTicker, 1_250],
      [undefined, 2_000],
    ] as const) {
      const clock = new FakeClock(T0);
      const wait = new DueWait(clock, startTicker?.(clock));
      let ended = 0;
      void wait.until(T0 + 1_250, 500).then(() => {
        ended = clock.now() - T0;
      });
      for (let i = 0; i < 20; i++) {
        clock.advance(0.25);
        await settled();
      }
      expect(ended).toBe(end);
      wait.stop();
      expect(clock.pending).toBe(0);
    }
  });

  it('starts a ticker only for a feed that is worth it, and does without one that fails', async () => {
    const clock = new FakeClock(T0);
    let started = 0;
    const wait = new DueWait(clock, () => {
      started += 1;
      throw new Error('no threads here');
    });
    const due = (ms: number): number => T0 + ms * 1_000;
    const waits = [wait.until(due(1)), wait.until(due(1), 500), wait.until(due(1), 500)];
    expect(started).toBe(1);
    clock.advance(1);
    await Promise.all(waits);
  });

  it('is over at once when it is stopped, as is every later one', async () => {
    const clock = new FakeClock(T0);
    const wait = new DueWait(clock);
    const long = wait.until(T0 + 1e12);
    wait.stop();
    await long;
    await wait.until(T0 + 1e12);
    expect(clock.pending).toBe(0);
  });
});
