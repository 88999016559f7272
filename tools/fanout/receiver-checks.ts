/** What a delivery costs the subscribers: over system calls, beside over Node's sockets. */

import { cellsOf, medianOf } from './cells.js';
import { atMost, type Check } from './check.js';

const LIMIT = 0.6;

export async function receiverChecks(rounds: number): Promise<Check[]> {
  const costs = { native: new Map<string, number[]>(), node: new Map<string, number[]>() };
  // In turns: what the machine does meanwhile is the same for both.
  for (let i = 0; i < rounds; i++) {
    for (const receiver of ['native', 'node'] as const) {
      const groups = await cellsOf({
        receiver,
        transports: ['tcp', 'udp'],
        sizesBytes: [64],
        ratesPerSecond: [100],
      });
      for (const [name, runs] of groups) {
        const cost = medianOf(runs, (cell) => cell.cpu_us_per_delivery.clients);
        costs[receiver].set(name, [...(costs[receiver].get(name) ?? []), cost]);
      }
    }
  }
  return [...costs.native].map(([name, native]) => {
    const node = costs.node.get(name) ?? [];
    const ratios = native.map((cost, i) => cost / (node[i] ?? Number.NaN)).sort((a, b) => a - b);
    const mid = (values: readonly number[]): string =>
      [...values].sort((a, b) => a - b)[values.length >> 1]?.toFixed(2) ?? '?';
    return atMost(
      `${name}: receive cost, native ÷ node`,
      ratios[ratios.length >> 1] ?? Number.NaN,
      LIMIT,
      `${mid(native)} and ${mid(node)} µs a delivery`,
    );
  });
}
