import { describe, expect, it } from 'vitest';
import {
  type FlushMode,
  FlushScheduler,
  flushText,
  parseFlushMode,
} from '../../../src/core/flush.js';
import { codeOf } from '../../support/core/code-of.js';
import { FakeClock } from '../../support/core/fake-clock.js';

/**
 * A scheduler whose flushes take `costMicros`, and the times (µs since the start) at which they
 * began.
 */
function scheduler(
  mode: FlushMode,
  costMicros = 0,
  during: (scheduler: FlushScheduler) => void = () => {},
) {
  const clock = new FakeClock(0);
  const begins: number[] = [];
  const scheduler: FlushScheduler = new FlushScheduler(clock, mode, () => {
    begins.push(clock.now());
    during(scheduler);
    clock.spend(costMicros);
    return true;
  });
  return { clock, begins, scheduler };
}

/** Requests every 100 µs for `ms`, as a busy publisher would. */
function publishFor(
  ms: number,
  { clock, scheduler }: { clock: FakeClock; scheduler: FlushScheduler },
): void {
  const end = clock.now() + ms * 1_000;
  while (clock.now() < end) {
    scheduler.request();
    clock.advance(0.1);
  }
}

describe('flush scheduler', () => {
  it.each<FlushMode>([0, 'auto', 5])(
    'flushes at the end of the turn when idle (mode %s)',
    (mode) => {
      const { clock, begins, scheduler: flush } = scheduler(mode);
      flush.request();
      expect(begins).toEqual([]);
      clock.advance(0);
      expect(begins).toEqual([0]);
    },
  );

  it.each<FlushMode>([0, 'auto', 5])('never has two flushes pending (mode %s)', (mode) => {
    const { clock, begins, scheduler: flush } = scheduler(mode);
    for (let i = 0; i < 10; i++) flush.request();
    expect(clock.pending).toBe(1);
    clock.advance(100);
    expect([begins.length, clock.pending]).toEqual([1, 0]);
  });

  it('mode 0 flushes once per turn that asks for it', () => {
    const bench = scheduler(0, 5_000);
    for (let turn = 0; turn < 4; turn++) {
      bench.scheduler.request();
      bench.clock.advance(0);
    }
    expect(bench.begins).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it.each([1, 2, 7])(
    'mode %d ms flushes at most once in that time, however much is published',
    (ms) => {
      const bench = scheduler(ms, 300);
      publishFor(100, bench);
      const gaps = bench.begins.slice(1).map((begin, i) => begin - (bench.begins[i] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(ms * 1_000);
      expect(bench.begins.length).toBeGreaterThan(100 / (ms + 2));
    },
  );

  it('mode auto rests an eighth of what the flush took, in whole milliseconds as timers do', () => {
    const { clock, begins, scheduler: flush } = scheduler('auto', 16_000);
    flush.request();
    clock.advance(0);
    flush.request();
    clock.advance(1.9);
    expect(begins).toEqual([0]);
    clock.advance(0.1);
    expect(begins).toEqual([0, 18_000]);
  });

  it('mode auto rests as long as the flush took when two messages came during it, and for one it does not', () => {
    for (const [requests, begin] of [
      [1, 3_000],
      [2, 6_000],
    ] as const) {
      let asked = 0;
      const {
        clock,
        begins,
        scheduler: flush,
      } = scheduler('auto', 3_000, (self) => {
        for (let i = 0; asked === 0 && i < requests; i++) self.request();
        asked += 1;
      });
      flush.request();
      clock.advance(0);
      clock.advance(10);
      expect(begins).toEqual([0, begin]);
    }
  });

  it('mode auto lets idle time pay for the rest', () => {
    const { clock, begins, scheduler: flush } = scheduler('auto', 16_000);
    flush.request();
    clock.advance(0);
    clock.advance(5);
    flush.request();
    clock.advance(0);
    expect(begins).toEqual([0, 21_000]);
  });

  it('mode auto adds up rests too short for a timer until they are worth one', () => {
    const bench = scheduler('auto', 700);
    for (let i = 0; i < 40; i++) {
      bench.scheduler.request();
      bench.clock.advance(0);
    }
    const gaps = bench.begins.slice(1).map((begin, i) => begin - (bench.begins[i] as number) - 700);
    // 88 µs a flush: the twelfth owes a millisecond.
    expect(gaps.slice(0, 11)).toEqual(Array.from({ length: 11 }, () => 0));
    expect(bench.clock.pending).toBe(1);
  });

  it('mode auto never rests longer than 10 ms, so that a server at its limit spends its time on sending', () => {
    const { clock, begins, scheduler: flush } = scheduler('auto', 90_000);
    flush.request();
    clock.advance(0);
    flush.request();
    clock.advance(10);
    expect(begins).toEqual([0, 100_000]);
  });

  it('goes on with an unfinished flush at the next turn of the loop, and counts it as one', () => {
    const clock = new FakeClock(0);
    const asked: number[] = [];
    const flush = new FlushScheduler(clock, 0, (until) => {
      asked.push(until - clock.now());
      clock.spend(2_000);
      return asked.length % 3 === 0;
    });
    flush.request();
    clock.advance(0);
    expect(asked).toEqual([2_000]);
    clock.advance(10);
    expect([asked.length, flush.flushes, flush.busyMicros, clock.pending]).toEqual([
      3, 1, 6_000, 0,
    ]);
  });

  it('begins another flush for what was requested between the turns of one', () => {
    const clock = new FakeClock(0);
    let turns = 0;
    const flush = new FlushScheduler(clock, 0, () => {
      turns += 1;
      clock.spend(2_000);
      if (turns === 1) flush.request();
      return turns % 2 === 0;
    });
    flush.request();
    clock.advance(20);
    expect([turns, flush.flushes, clock.pending]).toEqual([4, 2, 0]);
  });

  it('mode auto does not rest after a flush so short that the rest is below a millisecond', () => {
    const { clock, begins, scheduler: flush } = scheduler('auto', 2_900);
    flush.request();
    clock.advance(0);
    flush.request();
    clock.advance(0);
    expect(begins).toEqual([0, 2_900]);
  });

  it.each([
    ['a ninth', 20_000, 1, 0.9],
    ['half', 3_000, 0.1, 0.51],
  ])('mode auto leaves %s of the loop to others under constant load', (_, cost, everyMs, most) => {
    let next = 0;
    const bench = scheduler('auto', cost, (self) => {
      // What came while the flush went on.
      for (let at = 0; at < cost; at += everyMs * 20_000) self.request();
    });
    while (next < 2_000_000) {
      bench.scheduler.request();
      bench.clock.advance(0.1);
      next = bench.clock.now();
    }
    expect(bench.scheduler.busyMicros / bench.clock.now()).toBeLessThanOrEqual(most);
  });

  it('gives a request made during a flush the same rest as one made after it', () => {
    const { clock, begins } = ((): ReturnType<typeof scheduler> => {
      let asked = 0;
      const made = scheduler('auto', 16_000, (self) => {
        if (asked++ === 0) self.request();
      });
      made.scheduler.request();
      return made;
    })();
    clock.advance(0);
    expect(clock.pending).toBe(1);
    clock.advance(100);
    expect(begins).toEqual([0, 18_000]);
  });

  it('counts flushes and the time they took, and forgets a cancelled request', () => {
    const { clock, begins, scheduler: flush } = scheduler(0, 250);
    flush.request();
    clock.advance(0);
    flush.request();
    flush.cancel();
    clock.advance(10);
    expect(begins.length).toBe(1);
    expect([flush.flushes, flush.busyMicros, clock.pending]).toEqual([1, 250, 0]);
  });
});

describe('parseFlushMode', () => {
  it('reads auto, 0 and milliseconds, and flushText writes what it reads', () => {
    const modes: readonly (readonly [string, FlushMode, string])[] = [
      ['auto', 'auto', 'auto'],
      ['0', 0, '0'],
      ['0ms', 0, '0'],
      ['2ms', 2, '2ms'],
      ['2.50ms', 2.5, '2.5ms'],
      ['0.001ms', 0.001, '0.001ms'],
      ['1000ms', 1_000, '1000ms'],
    ];
    for (const [text, mode, canonical] of modes) {
      expect(parseFlushMode(text)).toBe(mode);
      expect(flushText(mode)).toBe(canonical);
      expect(parseFlushMode(canonical)).toBe(mode);
    }
  });

  it.each([
    '',
    'fast',
    '-1',
    '1s',
    '1001ms',
    'NaN',
    '2 ms',
    '1e3',
    '0.0001ms',
    '5',
    '0.5',
    '00',
    '0.0',
    'ms',
  ])('refuses %j', (text) => {
    expect(codeOf(() => parseFlushMode(text))).toBe('LAB_ERR_BAD_VALUE');
  });

  it('says of a number without a unit how to write it', () => {
    expect(() => parseFlushMode('5')).toThrow(
      expect.objectContaining({
        hint: 'use auto, 0 (at once) or a period up to 1000ms with its unit: 5ms',
      }),
    );
  });
});
