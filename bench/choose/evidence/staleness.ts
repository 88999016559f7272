/** How old values are before any transport: they are published no more often. Pure. */
import type { MetricName } from '../../metric-catalogue.js';
import type { CellResult } from '../../result/result.js';
import { QUANTILES, type Quantile } from '../../result/survivors.js';

const PREFIX = 'staleness_';

/**
 * The part of a staleness percentile that a receiver without any latency would have, µs; null of
 * another metric, and where it was not measured.
 */
export function stalenessOfFeed(metric: MetricName, cell: CellResult): number | null {
  const quantile = metric.startsWith(PREFIX) ? metric.slice(PREFIX.length) : '';
  if (!(quantile in QUANTILES)) return null;
  const [age, excess] = [
    cell.staleness_us?.[quantile as Quantile] ?? null,
    cell.staleness_excess_us?.[quantile as Quantile] ?? null,
  ];
  return age === null || excess === null ? null : age - excess;
}
