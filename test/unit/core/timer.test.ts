import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { LONGEST_TIMER_MS, sleep, startTimer } from '../../../src/core/timer.js';

const HOUR_MS = 3_600_000;

describe('a timer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires when its delay is over and not before, however long it is', () => {
    const delays = fc.oneof(
      fc.integer({ min: 2 }),
      fc.integer({ min: 2, max: 400 * 24 * HOUR_MS }),
    );
    fc.assert(
      fc.property(delays, (delayMs) => {
        let fired = 0;
        startTimer(() => {
          fired += 1;
        }, delayMs);
        vi.advanceTimersByTime(delayMs - 1);
        expect(fired).toBe(0);
        vi.advanceTimersByTime(1);
        expect(fired).toBe(1);
        vi.advanceTimersByTime(2 * LONGEST_TIMER_MS);
        expect(fired).toBe(1);
      }),
      { numRuns: 50 },
    );
  });

  it('of 597 hours is longer than Node’s own can be, and can be cancelled at any time', () => {
    expect(597 * HOUR_MS).toBeGreaterThan(LONGEST_TIMER_MS);
    for (const after of [0, LONGEST_TIMER_MS - 1, LONGEST_TIMER_MS + 1]) {
      const fired = vi.fn();
      const timer = startTimer(fired, 597 * HOUR_MS);
      vi.advanceTimersByTime(after);
      timer.cancel();
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(600 * HOUR_MS);
      expect(fired).not.toHaveBeenCalled();
    }
  });

  it('without an end never fires, and the clock of the lab keeps the same ones', () => {
    const fired = vi.fn();
    const clock = systemClock(0);
    clock.setTimeout(fired, Number.POSITIVE_INFINITY);
    clock.setTimeout(fired, 2 ** 53);
    vi.advanceTimersByTime(5 * LONGEST_TIMER_MS);
    expect(fired).not.toHaveBeenCalled();
  });

  it('to sleep by ends at its time, or with the reason why it was woken', async () => {
    const asleep = sleep(597 * HOUR_MS);
    vi.advanceTimersByTime(597 * HOUR_MS);
    await asleep;
    const alarm = new AbortController();
    const woken = sleep(597 * HOUR_MS, alarm.signal);
    alarm.abort(new Error('fire'));
    await expect(woken).rejects.toThrow('fire');
    await expect(sleep(1, alarm.signal)).rejects.toThrow('fire');
    expect(vi.getTimerCount()).toBe(0);
  });
});

/**
 * Calls in `text` of Node's timers, and of a socket's own, whose delay is not a constant: those
 * fire at once above 24.8 days.
 */
function variableDelays(text: string): string[] {
  const call = /([\w#.]*)\b(setTimeout|setInterval|AbortSignal\.timeout)\s*\(/g;
  return [...text.matchAll(call)].flatMap((match) => {
    const [all, object = '', name = ''] = match;
    if (/clock\.$/i.test(object)) return [];
    const args = argumentsAt(text, match.index + all.length);
    // A socket's takes the delay first; an interface only names its parameters.
    const delay = object.endsWith('.') || name.startsWith('A') ? args[0] : args[1];
    if (delay === undefined || /^\w+: /.test(delay)) return [];
    return /^([\d_]+|[A-Z][A-Z0-9_]*)$/.test(delay) ? [] : [`${object}${name}(… ${delay} …)`];
  });
}

/** The arguments of a call from behind its bracket, split at its own commas. */
function argumentsAt(text: string, from: number): string[] {
  const args: string[] = [];
  let depth = 0;
  let one = '';
  for (const char of text.slice(from)) {
    if (depth === 0 && (char === ',' || char === ')')) {
      if (one.trim() !== '') args.push(one.trim());
      one = '';
      if (char === ')') break;
      continue;
    }
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth -= 1;
    one += char;
  }
  return args;
}

describe('Node’s own timers', () => {
  it('are found where their delay is not a constant', () => {
    expect(variableDelays('setTimeout(() => done(1, [2]), ms)')).toHaveLength(1);
    expect(variableDelays('socket.setTimeout(options.timeoutMs)')).toHaveLength(1);
    expect(variableDelays('AbortSignal.timeout(ms)')).toHaveLength(1);
    expect(variableDelays('setInterval(look, 2 * PERIOD_MS)')).toHaveLength(1);
    expect(
      variableDelays('setTimeout(done, PERIOD_MS); setInterval(() => look(a, b), 50)'),
    ).toEqual([]);
    expect(variableDelays('clock.setTimeout(done, ms); this.#clock.setTimeout(done, ms)')).toEqual(
      [],
    );
  });

  it('are given constants everywhere but in src/core/timer.ts: what a user or a peer says goes through there', () => {
    const found = ['src', 'bench', 'reports']
      .flatMap((root) =>
        readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)),
      )
      // What is made of `reports/html/page` is minified: it is read there.
      .filter((file) => file.endsWith('.ts') && !file.endsWith('page-assets.ts'))
      .filter((file) => file !== join('src', 'core', 'timer.ts'))
      .flatMap((file) => {
        const text = readFileSync(file, 'utf8');
        const imported = /\bset(Timeout|Interval)\b[^;]* from '(node:)?timers(\/promises)?'/.test(
          text,
        )
          ? ['imports Node’s timers']
          : [];
        return [...imported, ...variableDelays(text)].map((what) => `${file}: ${what}`);
      });
    expect(found).toEqual([]);
  });
});
