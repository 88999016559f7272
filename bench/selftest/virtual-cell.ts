import { timerTicker } from '../../src/pacer/timer-ticker.js';
import type { CellResult } from '../result/result.js';
import type { FaultInjection } from './fault-injection.js';
import { type Arrived, FaultStage, type Faults, type Injected, noFaults } from './faults.js';
import { NullCell } from './null-cell.js';
import { DEFAULT_LOAD, type NullLoad } from './null-load.js';
import { VirtualClock } from './virtual-clock.js';

/** A null cell in virtual time, and what is done to it. */
export interface VirtualCell extends Partial<NullLoad> {
  readonly faults?: Faults;
  /** The subscriber takes nothing between these times, ms after the window's start. */
  readonly stall?: { readonly client: number; readonly fromMs: number; readonly toMs: number };
}

/** What the instrument says, and what really happened. */
export interface VirtualOutcome {
  readonly cell: CellResult;
  readonly injected: readonly Injected[];
  readonly arrived: readonly Arrived[];
  /**
   * Whether the instrument looked into this message of the window when it came to this subscriber.
   */
  readonly verified: (client: number, seq: number) => boolean;
}

/** When virtual time begins, and with it every feed: µs since the Unix epoch. */
export const T0 = 1_700_000_000_000_000;
/**
 * Virtual time that passes before the event loop gets a turn, in which the source is read ahead.
 */
const TURN_MICROS = 100_000;

/** Runs a cell to its deadline. The same cell gives the same outcome, to the last digit. */
export async function runVirtualCell(
  { faults = noFaults, stall, ...load }: VirtualCell,
  injection: FaultInjection,
): Promise<VirtualOutcome> {
  const full = { ...DEFAULT_LOAD, ...load };
  const clock = new VirtualClock(T0);
  const stage = new FaultStage(clock, faults, full.seed);
  const cell = await NullCell.open(full, clock, stage, injection);
  const window = cell.begin(T0);
  if (stall !== undefined) {
    const { client, fromMs, toMs } = stall;
    clock.setTimeout(() => cell.transport.stall(client), full.warmupMs + fromMs);
    clock.setTimeout(() => cell.transport.resume(client), full.warmupMs + toMs);
  }
  const { tickMicros } = cell.schedule;
  const ticker = timerTicker(clock)({ first: T0, tickMicros }, () => {
    if (!cell.tick()) ticker.stop();
  });
  for (let until = T0; until < window.deadline; ) {
    until = Math.min(until + TURN_MICROS, window.deadline);
    clock.advanceTo(until);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const result = await cell.collect();
  await cell.close();
  const verified = (client: number, seq: number): boolean => cell.verifies(client, seq);
  return { cell: result, injected: stage.injected, arrived: stage.arrived, verified };
}
