import { BATCHED, BATCHED_CLIENTS, batchedSentAt } from '../batches.js';
import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import type { Faults } from '../faults.js';
import { jitterOf } from '../truth.js';
import { runVirtualCell } from '../virtual-cell.js';

const SHORT_MICROS = 1_000;
const LONG_MICROS = 3_500;
const DIFFERENCE = LONG_MICROS - SHORT_MICROS;
const MESSAGES = 60;

const alternating: Faults = ({ seq }) => ({
  arrivals: [seq % 2 === 0 ? LONG_MICROS : SHORT_MICROS],
});

const erratic: Faults = (_packet, random) => ({ arrivals: [random.nextInt(20_000)] });

/**
 * Delays that alternate by d make every |D| of RFC 3550 d, and so the jitter of the window, however
 * long the filter takes to get there. Batches with erratic delays, overtaking each other, must give
 * what the RFC's definition gives message by message.
 */
export async function jitterScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('jitter');
  const { cell } = await runVirtualCell(
    { seed, clients: 20, ratePerSecond: 100, durationMs: MESSAGES * 10, faults: alternating },
    injection,
  );
  checks.computed('jitter p50', 'us', DIFFERENCE, cell.jitter_us?.p50 ?? null);
  checks.computed('jitter max', 'us', DIFFERENCE, cell.jitter_us?.max ?? null);
  checks.percentile('IPDV p50', DIFFERENCE, cell.ipdv_us?.p50 ?? null);
  checks.percentile('PDV p99', DIFFERENCE, cell.pdv_us.p99);

  const batched = await runVirtualCell({ ...BATCHED, seed, faults: erratic }, injection);
  const each = jitterOf(batched.arrived, BATCHED_CLIENTS, batchedSentAt);
  checks.computed(
    'jitter max in batches',
    'us',
    Math.max(...each),
    batched.cell.jitter_us?.max ?? null,
  );
  return checks.all;
}
