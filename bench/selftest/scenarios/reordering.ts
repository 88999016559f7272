import { type Reordering, reordering } from '../../../src/metrics/index.js';
import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import { chance, type Faults } from '../faults.js';
import { DEFAULT_LOAD } from '../null-load.js';
import { messagesIn, receiptsOf } from '../truth.js';
import { runVirtualCell } from '../virtual-cell.js';

/**
 * 5 % are held back until 1 to 9 later messages, 1 ms apart, have gone by; 1 % come twice, which is
 * no reordering.
 */
const heldBack: Faults = (_packet, random) => {
  const delay = chance(random, 0.05) ? 1_500 + 1_000 * random.nextInt(9) : 0;
  return { arrivals: chance(random, 0.01) ? [delay, 12_000] : [delay] };
};

/** The figures of RFC 4737 must be those that its definitions give for the order of arrival. */
export async function reorderingScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('reordering');
  const { cell, injected, arrived } = await runVirtualCell({ seed, faults: heldBack }, injection);
  const each = receiptsOf(arrived, DEFAULT_LOAD.clients).map((receipts) =>
    reordering(receipts.map(({ seq }) => seq)),
  );
  const sum = (pick: (one: Reordering) => number): number =>
    each.reduce((all, one) => all + pick(one), 0);
  const extents = each.flatMap((one) => [...one.extents]);
  const mean = extents.reduce((all, extent) => all + extent, 0) / extents.length;
  const found = cell.reordering;
  const reordered = sum((one) => one.reordered);
  checks.exact('reordered', 'messages', reordered, cell.reordered);
  checks.computed('ratio', 'ratio', reordered / sum((one) => one.receivedUnique), found.ratio);
  checks.exact('largest extent', 'messages', Math.max(...extents), found.extent_max);
  checks.computed('mean extent', 'messages', mean, found.extent_mean);
  for (const n of [1, 2, 3] as const) {
    checks.exact(
      `${n}-reordered`,
      'messages',
      sum((one) => one.nReordered[n]),
      found.n_reordered[`n${n}`],
    );
  }
  checks.exact(
    'duplicates',
    'messages',
    sum((one) => one.duplicates),
    cell.duplicates,
  );
  checks.exact('delivered', 'messages', messagesIn(injected), cell.delivered);
  return checks.all;
}
