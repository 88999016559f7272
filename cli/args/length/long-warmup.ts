/**
 * How long `lab run` warms up when nobody says it. Pure.
 *
 * Code that V8 has not optimised yet takes up to twice the CPU. At a high rate the servers and
 * subscribers of a cell fall behind meanwhile, and what they are behind is to be caught up with
 * before the window begins.
 */
import type { RunConfig } from '../../../bench/config.js';

/** Deliveries a second of the busiest cell from which on the default is too short. */
const MANY = 1_000_000;
const LONG_MS = 3_000;

/** The default of the warm-up is too short for the busiest cell. */
export function needsLongWarmup({ server, ratesPerSecond, clients }: RunConfig): boolean {
  if (server.kind === 'target' || ratesPerSecond === null) return false;
  return Math.max(...ratesPerSecond) * Math.max(...clients) >= MANY;
}

/** For a configuration whose warm-up nobody said. */
export function withLongWarmup(config: RunConfig): RunConfig {
  if (!needsLongWarmup(config)) return config;
  return { ...config, warmupMs: Math.max(config.warmupMs, LONG_MS) };
}
