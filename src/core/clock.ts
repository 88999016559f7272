import { startTimer, type Timer } from './timer.js';

export type { Timer };

/**
 * One clock for every process of a host: CLOCK_MONOTONIC plus one epoch anchor, in microseconds since the Unix
 * epoch. The wall clock is read once, by whoever makes the anchor, so a step of NTP can never bend a latency.
 */
export interface Clock {
  /** Microseconds since the Unix epoch, with a fraction; never runs backwards. Allocates nothing. */
  now(): number;
  /** However long `delayMs` is. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  setImmediate(callback: () => void): Timer;
}

/**
 * Unix time in µs at which CLOCK_MONOTONIC was zero. Hand it to other processes of the same host (and boot) so that their
 * clocks agree to within the microsecond it takes to read the clock.
 */
export type ClockAnchor = number;

/** Monotonic microseconds of this host, by `process.hrtime` (CLOCK_MONOTONIC on Linux). */
function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1e3;
}

/** A reading of the wall clock between two of the monotonic one this close together is as good as any. */
const NARROW_MICROS = 5;
/** A wall clock that does not tick within this long is no clock (a test's, say). */
const LONGEST_WATCH_MICROS = 20_000;

/**
 * Reads the wall clock and makes an anchor. Do it once per run, in the coordinator. It watches the wall clock tick, for a millisecond or, on a
 * busy machine, some: anchors that processes of one host make for themselves agree to some 50 µs then, as long as nobody sets the clock.
 * `performance.timeOrigin`, the only finer wall clock of Node, is off by whatever interrupted the start of the process: by 20 ms on a
 * busy machine.
 */
export function createAnchor(): ClockAnchor {
  let anchor = (performance.timeOrigin + performance.now()) * 1e3 - monotonicMicros();
  let width = Number.POSITIVE_INFINITY;
  const began = monotonicMicros();
  let before = began;
  let wall = Date.now();
  for (let now = before; width > NARROW_MICROS && now - began < LONGEST_WATCH_MICROS; ) {
    const between = monotonicMicros();
    const next = Date.now();
    now = monotonicMicros();
    // The millisecond began between the reading before and this one.
    if (next !== wall && now - before < width) {
      width = now - before;
      anchor = next * 1e3 - (before + now) / 2;
    }
    wall = next;
    before = between;
  }
  return anchor;
}

/** The real clock. `performance.now()` is the same CLOCK_MONOTONIC from another zero, and reading it allocates nothing. */
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

/** The monotonic time at which performance.now() was 0: the tightest of several bracketed readings. */
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
