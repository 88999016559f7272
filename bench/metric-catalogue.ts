/** The figures of a cell that runs are compared by. */
export type MetricName = 'p50' | 'p99' | 'goodput' | 'loss' | 'cpu' | 'completion' | 'staleness';

/**
 * `us`: µs. `per_s`: messages per second. `share`: 0 to 1. `cpu_us`: CPU-µs per delivered message.
 */
export type MetricUnit = 'us' | 'per_s' | 'share' | 'cpu_us';

/** A share of the median is no measure for loss: its median is 0, or ought to be. */
export type CiMetric = Exclude<MetricName, 'loss'>;
