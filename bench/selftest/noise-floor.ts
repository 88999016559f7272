import { createAnchor, systemClock } from '../../src/core/clock.js';
import { threadTicker } from '../../src/pacer/thread-ticker.js';
import { leaveDeletedFolder } from '../../src/process/fork-folder.js';
import type { LabResult } from '../result/result.js';
import { FaultStage, noFaults } from './faults.js';
import { NullCell } from './null-cell.js';
import { DEFAULT_LOAD, type NullLoad } from './null-load.js';

export type NoiseFloor = LabResult['noise_floor_us'];

/** Enough samples for a p99 in a quarter of a second, at the finest tick of the schedule. */
const LOAD: NullLoad = {
  ...DEFAULT_LOAD,
  clients: 4,
  ratePerSecond: 2_000,
  warmupMs: 50,
  durationMs: 200,
};
/** Between now and the first message. */
const LEAD_MICROS = 5_000;
/** On top of what the schedule says, before it is given up. */
const PATIENCE_MICROS = 1_000_000;

/**
 * Latency of a path without delay, on the real clock: from the intended time by way of the ticking
 * thread, publisher, core and codec to the subscriber's account, but through no socket and to no
 * other process. What a transport is measured to take contains this much of the instrument. Takes
 * about 300 ms; null when the machine did not let it come to an end, or the `signal` stopped it.
 */
export async function measureNoiseFloor(signal?: AbortSignal): Promise<NoiseFloor> {
  const anchor = createAnchor();
  const clock = systemClock(anchor);
  const cell = await NullCell.open(LOAD, clock, new FaultStage(clock, noFaults, LOAD.seed), {});
  try {
    const t0 = Math.floor(clock.now()) + LEAD_MICROS;
    const { end } = cell.begin(t0);
    leaveDeletedFolder();
    await new Promise<void>((resolve) => {
      const stop = (): void => {
        ticker.stop();
        resolve();
      };
      let ending = false;
      const tick = (): void => {
        if (ending) return;
        const over =
          !cell.tick() || clock.now() > end + PATIENCE_MICROS || signal?.aborted === true;
        // What was published in this turn is delivered in the next one.
        ending = over;
        if (over) clock.setTimeout(stop, 1);
      };
      const { tickMicros } = cell.schedule;
      const ticker = threadTicker(anchor, stop)({ first: t0, tickMicros }, tick);
    });
    const { p50, p99, max } = (await cell.collect()).latency_us;
    return p50 === null || p99 === null || max === null ? null : { p50, p99, max };
  } finally {
    await cell.close();
  }
}
