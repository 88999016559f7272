/**
 * How `lab run` measures when nobody says for how long and how often: one run ranks nothing, so
 * several short ones in place of a long one, where that keeps the whole under a minute. Pure.
 */

import { ALPHA } from '../../../bench/compare/decide.js';
import { fewestRuns } from '../../../bench/compare/power.js';
import { DEFAULT_CONFIG, type RunConfig } from '../../../bench/config.js';
import { combinationsOf } from '../../../bench/run/combinations.js';
import { estimateSeconds } from '../../../bench/run/estimate.js';
import { planCells, planRound } from '../../../bench/run/matrix.js';
import { RANKED } from '../../../reports/model/ranking.js';
import { withLongWarmup } from './long-warmup.js';

const MOST_SECONDS = 60;
/** Fewer have no interval to speak of. */
const FEWEST_RUNS = 5;
/** The longest that fits is taken. */
const LENGTHS = [
  { durationMs: 1_000, warmupMs: 500 },
  { durationMs: 700, warmupMs: 300 },
] as const;
/** Deliveries and messages of a window: a p99 needs 1,000 deliveries, and they come in bursts. */
const FEWEST_DELIVERIES = 2_000;
const FEWEST_MESSAGES = 50;

/** What decides about the length of a run: whoever says any of it is obeyed. */
const SAID = ['durationsMs', 'warmupMs', 'repeat'] as const;

/** @param given what was said of the configuration */
export function withShortRuns(config: RunConfig, given: Partial<RunConfig>): RunConfig {
  if (SAID.some((name) => given[name] !== undefined)) return config;
  const repeat = Math.max(FEWEST_RUNS, runsToRank(config));
  const candidates = LENGTHS.map(({ durationMs, warmupMs }): RunConfig => {
    return withLongWarmup({ ...config, repeat, durationsMs: [durationMs], warmupMs });
  });
  return candidates.find((one) => hasSamples(one) && isQuick(one)) ?? config;
}

/** Would a command that says nothing of its length stand for several short runs in its place? */
export function wouldBeShort(config: RunConfig): boolean {
  const isStock = SAID.every((name) => String(config[name]) === String(DEFAULT_CONFIG[name]));
  return isStock && withShortRuns(config, {}) !== config;
}

/** Runs of each cell with which the summary can tell a clear difference. */
function runsToRank(config: RunConfig): number {
  const pairs = combinationsOf(config).length;
  const workloads = planRound(config, 1).length / pairs;
  return fewestRuns((RANKED.length * workloads * pairs * (pairs - 1)) / 2, ALPHA);
}

function isQuick(config: RunConfig): boolean {
  return estimateSeconds(config, planCells(config)) <= MOST_SECONDS;
}

function hasSamples({ server, ratesPerSecond, clients, durationsMs }: RunConfig): boolean {
  if (server.kind === 'target' || ratesPerSecond === null) return false;
  const messages = (Math.min(...ratesPerSecond) * Math.min(...durationsMs)) / 1_000;
  return messages >= FEWEST_MESSAGES && messages * Math.min(...clients) >= FEWEST_DELIVERIES;
}
