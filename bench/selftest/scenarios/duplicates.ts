import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import { chance, type Faults } from '../faults.js';
import { messagesIn } from '../truth.js';
import { runVirtualCell } from '../virtual-cell.js';

const TWICE_AT_ONCE = { arrivals: [0, 0] };
const AGAIN_LATER = { arrivals: [0, 7_300] };
const ONCE = { arrivals: [0] };

const twoPercent: Faults = (_packet, random) => {
  if (!chance(random, 0.02)) return ONCE;
  return chance(random, 0.5) ? TWICE_AT_ONCE : AGAIN_LATER;
};

/**
 * Every copy must be counted as one, and as nothing else: neither as a delivery nor as reordering.
 */
export async function duplicatesScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('duplicates');
  const { cell, injected } = await runVirtualCell({ seed, faults: twoPercent }, injection);
  const copies = messagesIn(injected.filter(({ copies }) => copies === 2));
  checks.exact('duplicates', 'messages', copies, cell.duplicates);
  checks.exact('delivered', 'messages', messagesIn(injected), cell.delivered);
  checks.exact('latencies recorded', 'messages', messagesIn(injected), cell.latency_us.count);
  checks.exact('reordered', 'messages', 0, cell.reordered);
  return checks.all;
}
