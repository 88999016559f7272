/** What is compared: one figure per run of a cell, and which way is better. */

import type { MetricName, MetricUnit } from '../metric-catalogue.js';
import { UNATTRIBUTED_LIMIT } from '../result/ledger.js';
import type { CellResult } from '../result/result.js';
import { percentileOf } from '../result/survivors.js';

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
  timeMetric('p50', (cell) => percentileOf('latency', 'p50', cell)),
  timeMetric('p99', (cell) => percentileOf('latency', 'p99', cell)),
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
  {
    ...timeMetric('completion', (cell) => percentileOf('completion', 'p50', cell)),
    optional: true,
  },
  { ...timeMetric('staleness', (cell) => percentileOf('staleness', 'p99', cell)), optional: true },
];

function timeMetric(name: MetricName, value: ComparedMetric['value']): ComparedMetric {
  return { name, unit: 'us', better: 'lower', grain: TIME_GRAIN, value };
}
