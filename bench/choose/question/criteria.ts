/**
 * What stacks are compared by. All are better the lower they are, and none is a mixture of others.
 * Pure; docs/design/methodology.md, "Choosing".
 */
import { type Metric, metricOf } from '../../metric-catalogue.js';
import type { CellResult } from '../../result/result.js';

/** In the order in which they decide between stacks that cost the same. */
export const CRITERION_NAMES = [
  'p99',
  'staleness_p99',
  'loss',
  'cpu',
  'ip_bytes',
  'memory',
] as const;
export type CriterionName = (typeof CRITERION_NAMES)[number];

export type Criterion = Pick<Metric, 'unit' | 'better' | 'grain' | 'value' | 'endsAt'> & {
  readonly name: CriterionName;
};

function ofCatalogue(name: Exclude<CriterionName, 'memory'>): Criterion {
  return { ...metricOf(name), name };
}

export const CRITERIA: readonly Criterion[] = [
  ofCatalogue('p99'),
  ofCatalogue('staleness_p99'),
  ofCatalogue('loss'),
  ofCatalogue('cpu'),
  ofCatalogue('ip_bytes'),
  { name: 'memory', unit: 'bytes', better: 'lower', grain: 0, value: memoryPerClient },
];

/**
 * Resident memory of the server ÷ its clients, bytes: what is paid for at this load. With few
 * clients it is mostly the process itself.
 */
export function memoryPerClient({ rss_bytes: { server }, joined }: CellResult): number | null {
  return server === null || joined === 0 ? null : server / joined;
}
