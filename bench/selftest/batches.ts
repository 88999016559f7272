import { T0, type VirtualCell } from './virtual-cell.js';

const TICK_MICROS = 500;
export const BATCHED_INTERVAL_MICROS = 100;

export const BATCHED_CLIENTS = 4;

/**
 * A load at which five messages are published together every 0.5 ms, and fifty sent together every
 * 5 ms.
 */
export const BATCHED: VirtualCell = {
  clients: BATCHED_CLIENTS,
  ratePerSecond: 1e6 / BATCHED_INTERVAL_MICROS,
  durationMs: 800,
  flush: '5ms',
  codec: 'msgpack',
};

/**
 * When a message of that load was published, µs since the epoch: at the first look at the schedule
 * after it was due.
 */
export function batchedSentAt(seq: number): number {
  return T0 + Math.ceil(((seq - 1) * BATCHED_INTERVAL_MICROS) / TICK_MICROS) * TICK_MICROS;
}
