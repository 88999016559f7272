import { BATCHED, BATCHED_CLIENTS, batchedSentAt } from '../batches.js';
import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import type { Faults } from '../faults.js';
import { receiptsOf } from '../truth.js';
import { runVirtualCell } from '../virtual-cell.js';

const DELAY_MICROS = 30_000;
/** Delays of 0.1, 0.2, … 100 ms, each as often as any other. */
const STEPS = 1_000;
const STEP_MICROS = 100;
/** Coprime to the number of steps: neighbours get delays far apart. */
const STRIDE = 7_919;

const constant: Faults = () => ({ arrivals: [DELAY_MICROS] });
const spread: Faults = ({ seq }) => ({ arrivals: [(((seq * STRIDE) % STEPS) + 1) * STEP_MICROS] });

/**
 * A constant delay must shift every figure of latency by exactly itself, and known delays must give
 * their own percentiles.
 */
export async function delayScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('delay');
  const { cell: plain } = await runVirtualCell({ seed }, injection);
  checks.exact('max latency without delay', 'us', 0, plain.latency_us.max);
  const { cell: late } = await runVirtualCell(
    { seed, codec: 'msgpack', faults: constant },
    injection,
  );
  checks.percentile('latency p50', DELAY_MICROS, late.latency_us.p50);
  checks.percentile('latency p99', DELAY_MICROS, late.latency_us.p99);
  checks.exact('latency min', 'us', DELAY_MICROS, late.latency_us.min);
  checks.percentile('service p50', DELAY_MICROS, late.service_us.p50);
  const { cell: spreadOut } = await runVirtualCell({ seed, faults: spread }, injection);
  for (const [name, share] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
    ['p999', 0.999],
  ] as const) {
    checks.percentile(
      `latency ${name === 'p999' ? 'p99.9' : name}, delays uniform`,
      share * STEPS * STEP_MICROS,
      spreadOut.latency_us[name],
    );
  }
  checks.computed(
    'mean latency, delays uniform',
    'us',
    ((STEPS + 1) / 2) * STEP_MICROS,
    spreadOut.latency_us.mean,
  );
  await stages(checks, seed, injection);
  return checks.all;
}

/**
 * In batches the way of a message has three parts: the generator's lateness, the wait for the
 * batch, and the injected delay.
 */
async function stages(checks: Checks, seed: number, injection: FaultInjection): Promise<void> {
  const { cell, arrived } = await runVirtualCell({ ...BATCHED, seed, faults: constant }, injection);
  const receipts = receiptsOf(arrived, BATCHED_CLIENTS).flat();
  const service =
    receipts.reduce((sum, { seq, at }) => sum + at - batchedSentAt(seq), 0) / receipts.length;
  // Five messages are due 0, 0.1, … 0.4 ms before the tick that publishes them.
  checks.exact('schedule stage of batches', 'us', 200, cell.stages_us.schedule);
  checks.computed('queue stage of batches', 'us', service - DELAY_MICROS, cell.stages_us.queue);
  checks.exact('network stage of batches', 'us', DELAY_MICROS, cell.stages_us.network);
}
