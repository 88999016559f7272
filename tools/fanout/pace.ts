import { startMetronome } from '../../bench/workload/metronome.js';
import { fixedRate } from '../../bench/workload/schedule.js';
import type { Clock, ClockAnchor } from '../../src/core/clock.js';

const NO_ITEM = { key: '', value: null };
/** Between now and the first message. */
const LEAD_MICROS = 10_000;
const IN_A_TURN = 4;

/**
 * Calls `publish` at a fixed rate, on an absolute schedule: what is late is made up for at once, as
 * in a run.
 */
export function startPace(
  anchor: ClockAnchor,
  clock: Clock,
  ratePerSecond: number,
  publish: () => void,
): { stop(): void } {
  const schedule = fixedRate(ratePerSecond);
  const first = Math.floor(clock.now()) + LEAD_MICROS;
  let published = 0;
  let continuing = false;
  let stopped = false;
  // Whoever is behind must still hear what it is told: the rest goes on after the event loop had
  // its turn.
  const go = (): void => {
    continuing = false;
    if (stopped) return;
    const due = (): boolean => first + schedule.dueMicros(published, NO_ITEM) <= clock.now();
    for (let i = 0; i < IN_A_TURN && due(); i++) {
      published += 1;
      publish();
    }
    continuing = due();
    if (continuing) setImmediate(go);
  };
  const metronome = startMetronome({ anchor, first, tickMicros: schedule.tickMicros }, () => {
    if (!continuing) go();
  });
  return {
    stop: () => {
      stopped = true;
      metronome.stop();
    },
  };
}
