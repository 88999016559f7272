/** How many clients one machine carries: all messages reach all of them. */
import type { RunConfig } from '../../bench/config.js';
import { cellsOf, deliveryChecks } from './cells.js';
import type { Check } from './check.js';

const SCALES: readonly (readonly [name: string, load: Partial<RunConfig>])[] = [
  [
    'udp, 100,000 virtual clients × 1 msg/s',
    { transports: ['udp'], clients: [100_000], ratesPerSecond: [1], receiver: 'virtual' },
  ],
  [
    'tcp, 15,000 clients of one process × 0.2 msg/s',
    { transports: ['tcp'], clients: [15_000], ratesPerSecond: [0.2], subscriberProcesses: 1 },
  ],
  [
    'tcp, 50,000 clients of 4 servers × 0.2 msg/s',
    {
      transports: ['tcp'],
      clients: [50_000],
      ratesPerSecond: [0.2],
      shards: 4,
      subscriberProcesses: 4,
    },
  ],
];

export async function scaleChecks(): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, load] of SCALES) {
    const groups = await cellsOf({ sizesBytes: [64], durationsMs: [15_000], ...load });
    for (const runs of groups.values()) checks.push(...deliveryChecks(name, runs));
  }
  return checks;
}
