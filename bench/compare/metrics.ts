/** What is compared: one figure per run of a cell, and which way is better. */
import type { MetricName, MetricUnit } from '../compare-result.js';
import { UNATTRIBUTED_LIMIT } from '../ledger.js';
import type { CellResult } from '../result.js';

export interface ComparedMetric {
  readonly name: MetricName;
  readonly unit: MetricUnit;
  readonly better: 'lower' | 'higher';
  /** Differences up to this are below what the figure resolves, in its unit. */
  readonly grain: number;
  /** Not every run tracks it: without a figure on either side it is not mentioned. */
  readonly optional?: true;
  /** Null when the run has no such figure. */
  readonly value: (cell: CellResult) => number | null;
}

/** Latencies are whole microseconds. */
const TIME_GRAIN = 1;

export const COMPARED_METRICS: readonly ComparedMetric[] = [
  timeMetric('p50', latency('p50', 0.5)),
  timeMetric('p99', latency('p99', 0.99)),
  {
    name: 'goodput',
    unit: 'per_s',
    better: 'higher',
    grain: 0,
    value: ({ goodput }) => goodput.messages_per_s,
  },
  {
    name: 'loss',
    unit: 'share',
    better: 'lower',
    // What the ledger may leave unexplained is no finding either.
    grain: UNATTRIBUTED_LIMIT,
    value: ({ loss_ratio }) => loss_ratio,
  },
  {
    name: 'cpu',
    unit: 'cpu_us',
    better: 'lower',
    grain: 0,
    value: ({ cpu_us_per_delivery }) => cpu_us_per_delivery.server,
  },
  { ...timeMetric('completion', completion), optional: true },
  { ...timeMetric('staleness', ({ staleness_us }) => staleness_us?.p99 ?? null), optional: true },
];

function timeMetric(name: MetricName, value: ComparedMetric['value']): ComparedMetric {
  return { name, unit: 'us', better: 'lower', grain: TIME_GRAIN, value };
}

/**
 * A message that never came has no latency. When more of them are missing than the percentile leaves out, the percentile of
 * all messages does not exist, and that of the survivors would reward losing the slow ones.
 */
function latency(key: 'p50' | 'p99', quantile: number): ComparedMetric['value'] {
  return ({ latency_us, expected, delivered }) =>
    isSurvivors(expected - delivered, expected, quantile) ? null : latency_us[key];
}

/** The same of messages that did not reach every subscriber. */
function completion({ completion_us, complete, published }: CellResult): number | null {
  if (completion_us === null || complete === null) return null;
  return isSurvivors(published - complete, published, 0.5) ? null : completion_us.p50;
}

function isSurvivors(missing: number, all: number, quantile: number): boolean {
  return all === 0 || missing / all > 1 - quantile;
}
