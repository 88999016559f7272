import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FeedBoard } from '../../../cli/ui/feed-board.js';
import { FeedReceiver } from '../../../src/client/feed-receiver.js';
import { loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import { followingClock, timeOfDay } from '../../../src/core/clock.js';
import { SILENT } from '../../../src/serve/log.js';
import { ClockWatch } from '../../../src/serve/watch/clock-watch.js';
import { FakeClock } from '../../support/core/fake-clock.js';

const HOUR = 3_600_000_000;

/** A clock that follows a wall clock which a test sets: `set` by so many µs. */
function rig() {
  const base = new FakeClock();
  let ahead = 0;
  const clock = followingClock(base, () => Math.floor((base.now() + ahead) / 1_000));
  return {
    base,
    clock,
    set: (micros: number): void => {
      ahead += micros;
    },
  };
}

describe('a clock that follows the wall clock', () => {
  it.each([HOUR, -HOUR, 1_100_000, -1_100_000, 365 * 24 * HOUR])(
    'goes by %d µs with it, once, and waits and durations do not notice',
    (step) => {
      const { base, clock, set } = rig();
      expect(clock.follow()).toBe(0);
      let fired = 0;
      clock.setTimeout(() => fired++, 500);
      const before = clock.now();
      set(step);
      expect(clock.follow()).toBe(step);
      expect([clock.follow(), clock.step]).toEqual([0, step]);
      expect([clock.now() - before, timeOfDay(clock) - before]).toEqual([0, step]);
      base.advance(500);
      expect([fired, clock.now() - before]).toEqual([1, 500_000]);
    },
  );

  it('leaves what NTP slews alone, until it has come to more than a second', () => {
    const { clock, set } = rig();
    for (let i = 0; i < 10; i++) {
      set(100_000);
      expect(clock.follow()).toBe(0);
    }
    set(100_000);
    expect(clock.follow()).toBe(1_100_000);
  });

  it('is within a millisecond of the wall clock or a second of drift, whatever is done to that', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5_000_000, max: 5_000_000 }), { maxLength: 20 }),
        (steps) => {
          const { base, clock, set } = rig();
          let wall = 0;
          for (const step of steps) {
            set(step);
            wall += step;
            clock.follow();
            expect(Math.abs(timeOfDay(clock) - (base.now() + wall))).toBeLessThanOrEqual(1_001_000);
            if (clock.follow() !== 0) expect.fail('a second look sees the same');
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('believes no pair of readings that lie far apart: the process was stopped between them', () => {
    const base = new FakeClock();
    const clock = followingClock(base, () => {
      const wall = base.now() / 1_000;
      base.spend(5_000_000);
      return wall;
    });
    expect([clock.follow(), clock.step]).toEqual([0, 0]);
  });
});

describe('what follows it', () => {
  it('the times of messages and of what carries them do, and run backwards when it is set back; their numbers do not', async () => {
    const { base, clock, set } = rig();
    const codec = await loadCodec('line-json');
    const broadcast = new Broadcast({ clock, encoder: codec, flush: 0 });
    const sink = { flush: () => {}, lagged: () => {}, end: () => {} };
    const subscriber = broadcast.subscribe({ encoder: codec }, sink);
    const began = clock.now();
    broadcast.publish('k', 1);
    set(-HOUR);
    clock.follow();
    base.advance(10);
    broadcast.publish('k', 2);
    const text = subscriber.read(10_000)?.bytes.toString() ?? '';
    const [first, second] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; time: number });
    expect([first, second]).toMatchObject([
      { seq: 1, time: began },
      { seq: 2, time: began + 10_000 - HOUR },
    ]);
  });

  it('a server looks once a second, tells the log, and counts', () => {
    const { base, clock, set } = rig();
    const lines: string[] = [];
    const warn = (fields: object, message: string): void => {
      lines.push(`${message} ${JSON.stringify(fields)}`);
    };
    const watch = new ClockWatch(clock, { ...SILENT, warn });
    base.advance(10_000);
    expect([lines, watch.status]).toEqual([[], { steps: 0, stepMicros: 0 }]);
    set(HOUR);
    base.advance(1_000);
    set(-2 * HOUR);
    base.advance(5_000);
    expect(lines).toEqual([
      expect.stringMatching(/set forward.*"step_s":3600}/),
      expect.stringMatching(/set back.*"step_s":-7200}/),
    ]);
    expect(watch.status).toEqual({ steps: 2, stepMicros: -HOUR });
    watch.stop();
    expect(base.pending).toBe(0);
  });

  it.each([HOUR, -HOUR])(
    "a feed's latency does: %d µs are none, whichever end notices first",
    (step) => {
      const { base, clock, set } = rig();
      const intake = new FeedReceiver({
        clock,
        filtered: false,
        repairMs: 0,
        wantsSnapshot: true,
        epoch: undefined,
        lostDatagrams: () => 0,
        reads: () => 0,
        push: () => {},
        event: () => {},
        fail: () => {},
      });
      intake.account.begin(1);
      const arrive = (seq: number, time: number): void =>
        intake.take({ seq, time, key: 'k', value: 0 }, 1, clock.now());
      base.advance(1);
      arrive(1, clock.now() - 500);
      set(step);
      base.advance(1);
      // The server has seen it, and nobody has told this feed.
      arrive(2, clock.now() + step - 500);
      base.advance(1);
      arrive(3, clock.now() + step - 500);
      expect(intake.latency.figures).toMatchObject({
        count: 3,
        p50: 500,
        p99: 500,
        negative: 0,
        overflow: 0,
      });
    },
  );

  it('a message from the future, of a server whose clock is wrong, still counts as negative', () => {
    const { base, clock } = rig();
    const counted: number[] = [];
    const intake = new FeedReceiver({
      clock,
      filtered: false,
      repairMs: 0,
      wantsSnapshot: true,
      epoch: undefined,
      lostDatagrams: () => 0,
      reads: () => 0,
      push: () => counted.push(1),
      event: () => {},
      fail: () => {},
    });
    intake.account.begin(1);
    base.advance(1);
    intake.take({ seq: 1, time: clock.now() + HOUR, key: 'k', value: 0 }, 1, clock.now());
    expect(intake.latency.figures).toMatchObject({ count: 0, negative: 1 });
  });

  it('the table of the newest message of each key goes on when times are set back', () => {
    const board = new FeedBoard();
    const now = 1e15;
    board.apply({ seq: 5, time: now, key: 'k', value: 1 }, now);
    board.apply({ seq: 6, time: now - HOUR, key: 'k', value: 2 }, now + 1_000, -HOUR);
    // Over UDP, an older one that others have overtaken.
    board.apply({ seq: 4, time: now - HOUR - 1, key: 'k', value: 0 }, now + 2_000, -HOUR);
    expect(board.rows(now + 3_000, 'key', 1, -HOUR)).toMatchObject([
      { value: 2, ageMicros: 3_000 },
    ]);
  });
});
