/** Metrics of the source. Pure. */
import type { Metric } from './metric.js';

function asNumber(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** Where it comes from. */
export const SOURCE_METRICS: readonly Metric[] = [
  {
    name: 'lab_source_items_total',
    help: 'Items taken from the source',
    samples: ({ source }) => [[source?.items]],
  },
  {
    name: 'lab_source_rejected_total',
    help: 'Items that could not be published: too large, or no valid value',
    samples: ({ source }) => [[source?.rejected]],
  },
  {
    name: 'lab_source_failures_total',
    help: 'Times the source itself failed while it was read',
    samples: ({ source }) => [[source?.errors]],
  },
  {
    name: 'lab_source_age_seconds',
    help: 'Time since the newest item of the source; absent before the first',
    samples: ({ source }) => [[source?.ageSeconds]],
  },
  {
    name: 'lab_source_calls_total',
    help: 'Requests the source made of its service',
    samples: ({ source }) => [[source?.upstream?.upstreamCalls]],
  },
  {
    name: 'lab_source_errors_total',
    help: 'Those that failed, and connections that did, by kind',
    labels: ['kind'],
    samples: ({ source }) =>
      Object.entries(source?.upstream?.upstreamErrors ?? {}).map(([kind, times]) => [
        times,
        { kind },
      ]),
  },
  {
    name: 'lab_source_streaming',
    help: '1 while upstream pushes, 0 while it is polled or not reached',
    samples: ({ source }) => [[asNumber(source?.upstream?.streaming)]],
  },
  {
    name: 'lab_source_reconnects_total',
    help: 'Times a lost stream from upstream was opened again',
    samples: ({ source }) => [[source?.upstream?.reconnects]],
  },
  {
    name: 'lab_source_rate_limit_waits_total',
    help: 'Times requests were held back because upstream asked for it',
    samples: ({ source }) => [[source?.upstream?.rateLimitWaits]],
  },
  {
    name: 'lab_source_stale_keys',
    help: 'Keys whose value is marked as stale now',
    samples: ({ source }) => [[source?.upstream?.stale]],
  },
  {
    name: 'lab_source_missing_keys',
    help: 'Keys asked for that upstream does not give',
    samples: ({ source }) => [[source?.upstream?.missing?.length]],
  },
  {
    name: 'lab_source_dropped_total',
    help: 'Items the source gave up because they were not taken in time',
    samples: ({ source }) => [[source?.upstream?.dropped]],
  },
  {
    name: 'lab_source_skipped_total',
    help: 'Pieces of input that became no item',
    samples: ({ source }) => [[source?.upstream?.skipped]],
  },
];
