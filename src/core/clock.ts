import { startTimer, type Timer } from './timer.js';

export type { Timer };

/**
 * One clock for every process of a host: CLOCK_MONOTONIC plus one epoch anchor, in microseconds
 * since the Unix epoch. The wall clock is read once, by whoever makes the anchor, so a step of NTP
 * can never bend a latency. What stays up for longer than a measurement has a `followingClock`:
 * what it waits for and how long things take goes by `now`, what it tells others by `timeOfDay`.
 */
export interface Clock {
  /**
   * Microseconds since the Unix epoch as the anchor has it, with a fraction; never runs backwards.
   * Allocates nothing.
   */
  now(): number;
  /**
   * By how much the wall clock has been set since the anchor was made, µs, as far as is known;
   * absent = the anchor holds.
   */
  readonly step?: number;
  /**
   * Compares with the wall clock, changes `step` when that has been set by more than a second, and
   * returns the change, µs.
   */
  follow?(): number;
  /** However long `delayMs` is. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  setImmediate(callback: () => void): Timer;
}

/**
 * Microseconds since the Unix epoch by the wall clock that `clock` follows: later ones may be
 * smaller, after it was set back.
 */
export function timeOfDay(clock: Clock): number {
  return clock.now() + (clock.step ?? 0);
}

/**
 * Unix time in µs at which CLOCK_MONOTONIC was zero. Hand it to other processes of the same host
 * (and boot) so that their clocks agree to within the microsecond it takes to read the clock.
 */
export type ClockAnchor = number;

/** Monotonic microseconds of this host, by `process.hrtime` (CLOCK_MONOTONIC on Linux). */
function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1e3;
}

/**
 * A reading of the wall clock between two of the monotonic one this close together is as good as
 * any.
 */
const NARROW_MICROS = 5;
/** A wall clock that does not tick within this long is not a clock (a test's, say). */
const LONGEST_WATCH_MICROS = 20_000;
/** Where every tick came while this process had no CPU, it is watched on for a better one. */
const POOR_MICROS = 50;
const LONGEST_BUSY_WATCH_MICROS = 250_000;
/** Nor does it when nothing moves at all. */
const MOST_LOOKS = 500_000;
/** Less is what NTP slews, or the time between two readings on a busy machine. */
const STEP_MICROS = 1_000_000;
/**
 * Two readings further apart (the process was stopped in between) tell nothing of the wall clock
 * between them.
 */
const WIDEST_READING_MICROS = 100_000;

/**
 * Reads the wall clock and makes an anchor. Do it once per run, in the coordinator. It watches the
 * wall clock tick, for a millisecond or, on a busy machine, some: anchors that processes of one
 * host make for themselves agree to some 50 µs then, as long as nobody sets the clock.
 * `performance.timeOrigin`, the only finer wall clock of Node, is off by whatever interrupted the
 * start of the process: by 20 ms on a busy machine.
 */
export function createAnchor(): ClockAnchor {
  return wallAhead(monotonicMicros, Date.now);
}

/** How far the wall clock (ms) is ahead of `clock` (µs), µs: read where the wall clock ticks. */
function wallAhead(clock: () => number, wallMs: () => number): number {
  const began = clock();
  let before = began;
  let wall = wallMs();
  let ahead = wall * 1e3 - began;
  let width = Number.POSITIVE_INFINITY;
  let looks = 0;
  let longest = LONGEST_WATCH_MICROS;
  for (let now = before; width > NARROW_MICROS && now - began < longest; ) {
    if (++looks > MOST_LOOKS) break;
    const between = clock();
    const next = wallMs();
    now = clock();
    // The millisecond began between the reading before and this one.
    if (next !== wall && now - before < width) {
      width = now - before;
      ahead = next * 1e3 - (before + now) / 2;
      longest = width > POOR_MICROS ? LONGEST_BUSY_WATCH_MICROS : LONGEST_WATCH_MICROS;
    }
    wall = next;
    before = between;
  }
  return ahead;
}

/**
 * The real clock. `performance.now()` is the same CLOCK_MONOTONIC from another zero, and reading it
 * allocates nothing.
 */
export function systemClock(anchor: ClockAnchor = createAnchor()): Clock {
  const origin = anchor + monotonicOfPerformanceZero();
  return {
    now: () => origin + performance.now() * 1e3,
    setTimeout: startTimer,
    setImmediate: (callback) => {
      const handle = setImmediate(callback);
      return { cancel: () => clearImmediate(handle) };
    },
  };
}

/**
 * A clock for what stays up: whoever owns it calls `follow` now and then, on a timer, and the hot
 * path never reads the wall clock. Of a suspended machine CLOCK_MONOTONIC stands still, which looks
 * the same as a wall clock that was set. `baseClock`, `wallMs`: for tests.
 */
export function followingClock(
  baseClock: Clock = systemClock(),
  wallMs: () => number = () => Date.now(),
): Clock & { readonly step: number; follow(): number } {
  const clock = {
    now: () => baseClock.now(),
    setTimeout: (callback: () => void, delayMs: number) => baseClock.setTimeout(callback, delayMs),
    setImmediate: (callback: () => void) => baseClock.setImmediate(callback),
    step: 0,
    follow: () => {
      const before = baseClock.now();
      const ahead = wallMs() * 1e3 - before;
      const moved = Math.abs(ahead - clock.step) > STEP_MICROS;
      if (!moved || baseClock.now() - before > WIDEST_READING_MICROS) return 0;
      const step = Math.round(wallAhead(() => baseClock.now(), wallMs));
      const change = step - clock.step;
      // The narrower reading may show that the wider one was wrong.
      if (Math.abs(change) <= STEP_MICROS) return 0;
      clock.step = step;
      return change;
    },
  };
  return clock;
}

/**
 * The monotonic time at which performance.now() was 0: the tightest of several bracketed readings.
 */
function monotonicOfPerformanceZero(): number {
  let best = 0;
  let bestWidth = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 64; i++) {
    const before = performance.now() * 1e3;
    const monotonic = monotonicMicros();
    const after = performance.now() * 1e3;
    if (after - before < bestWidth) {
      bestWidth = after - before;
      best = monotonic - (before + after) / 2;
    }
  }
  return best;
}
