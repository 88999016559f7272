import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import { runVirtualCell } from '../virtual-cell.js';

const CLIENTS = 20;
const STEP_MICROS = 1_000;
const LAST_MICROS = (CLIENTS - 1) * STEP_MICROS;
const MESSAGES = 2_000;

/**
 * Each subscriber gets everything 1 ms after the one before it: so late are the last one, and all
 * of them together.
 */
export async function fanOutScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('fan-out');
  const { cell } = await runVirtualCell(
    {
      seed,
      clients: CLIENTS,
      durationMs: MESSAGES,
      faults: ({ client }) => ({ arrivals: [client * STEP_MICROS] }),
    },
    injection,
  );
  checks.exact('messages that reached every client', 'messages', MESSAGES, cell.complete);
  checks.percentile('completion p50', LAST_MICROS, cell.completion_us?.p50 ?? null);
  checks.exact('skew min', 'us', LAST_MICROS, cell.skew_us?.min ?? null);
  checks.exact('skew max', 'us', LAST_MICROS, cell.skew_us?.max ?? null);
  // Two subscribers are a tenth of twenty.
  checks.exact('mean latency, first tenth', 'us', STEP_MICROS / 2, cell.position_us?.at(0) ?? null);
  checks.exact(
    'mean latency, last tenth',
    'us',
    LAST_MICROS - STEP_MICROS / 2,
    cell.position_us?.at(-1) ?? null,
  );
  return checks.all;
}
