/** What `/metrics` tells: each metric with its help, its labels and its samples. Pure. */
import { CLIENT_METRICS } from './client-metrics.js';
import { FEED_METRICS } from './feed-metrics.js';
import type { Metric } from './metric.js';
import { REPAIR_METRICS } from './repair-metrics.js';
import { SOURCE_METRICS } from './source-metrics.js';

/**
 * What the server counted. A name in `_total` is a counter, any other a gauge;
 * docs/design/server.md has the same list.
 */
export const COUNTED: readonly Metric[] = [
  ...CLIENT_METRICS,
  ...FEED_METRICS,
  ...REPAIR_METRICS,
  ...SOURCE_METRICS,
];
