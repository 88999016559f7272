import { BATCHED, BATCHED_CLIENTS, BATCHED_INTERVAL_MICROS, batchedSentAt } from '../batches.js';
import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import type { Faults } from '../faults.js';
import { jitterOf, receiptsOf } from '../truth.js';
import { runVirtualCell, T0 } from '../virtual-cell.js';

const CLIENTS = 10;
const MESSAGES = 2_000;
const ARRIVAL_MICROS = 3_000;
/** It lies unread for 0.1, 0.2, … 10 ms, each as often as any other. */
const STEPS = 100;
const STEP_MICROS = 100;
/** Of a hundred reads. */
const UNSTAMPED = 5;

/** All arrive alike; how long they lie unread, and that some have no stamp, is of the receiver. */
const unread: Faults = ({ client, seq }) => {
  const step = (seq + client) % STEPS;
  return step < UNSTAMPED
    ? { arrivals: [ARRIVAL_MICROS] }
    : { arrivals: [ARRIVAL_MICROS], unread: (step + 1) * STEP_MICROS };
};

/** Neither in the order of sending nor in that of reading. */
const erratic: Faults = (_packet, random) => ({
  arrivals: [random.nextInt(20_000)],
  unread: random.nextInt(20_000),
});

/**
 * What waits unread must be in the receipt and in the instrument, and in nothing that counts to the
 * arrival; what has no stamp arrives when it is read.
 */
export async function instrumentScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('instrument');
  const { cell } = await runVirtualCell(
    { seed, clients: CLIENTS, durationMs: MESSAGES, faults: unread },
    injection,
  );
  const { arrival_us: arrival, receipt_us: receipt, instrument_us: instrument } = cell;
  const deliveries = MESSAGES * CLIENTS;
  const unstamped = (deliveries * UNSTAMPED) / STEPS;
  // Of the steps that are stamped, 6 to 100.
  const waits = ((UNSTAMPED + 1 + STEPS) / 2) * STEP_MICROS;
  const meanWait = (waits * (STEPS - UNSTAMPED)) / STEPS;
  checks.exact('deliveries without a stamp', 'messages', unstamped, cell.unstamped);
  checks.exact('arrival min', 'us', ARRIVAL_MICROS, arrival?.min ?? null);
  checks.exact('arrival max', 'us', ARRIVAL_MICROS, arrival?.max ?? null);
  checks.exact('latency max, which is that of arrival', 'us', ARRIVAL_MICROS, cell.latency_us.max);
  checks.exact('receipt max', 'us', ARRIVAL_MICROS + STEPS * STEP_MICROS, receipt.max);
  checks.computed('mean receipt', 'us', ARRIVAL_MICROS + meanWait, receipt.mean);
  checks.percentile('receipt p50', ARRIVAL_MICROS + 0.5 * STEPS * STEP_MICROS, receipt.p50);
  checks.percentile('receipt p99', ARRIVAL_MICROS + 0.99 * STEPS * STEP_MICROS, receipt.p99);
  checks.exact('instrument min', 'us', (UNSTAMPED + 1) * STEP_MICROS, instrument?.min ?? null);
  checks.computed('mean instrument', 'us', waits, instrument?.mean ?? null);
  checks.exact(
    'deliveries with a stamp',
    'messages',
    deliveries - unstamped,
    instrument?.count ?? null,
  );
  checks.exact('completion max', 'us', ARRIVAL_MICROS, cell.completion_us?.max ?? null);
  checks.exact('skew max', 'us', 0, cell.skew_us?.max ?? null);
  checks.exact('jitter max', 'us', 0, cell.jitter_us?.max ?? null);
  checks.exact('network stage', 'us', ARRIVAL_MICROS, cell.stages_us.network);
  checks.computed('instrument stage', 'us', waits, cell.stages_us.instrument);
  await outOfOrder(checks, seed, injection);
  return checks.all;
}

/** Stamps of the subscribers that go back: first and last arrival are the smallest and largest. */
async function outOfOrder(checks: Checks, seed: number, injection: FaultInjection): Promise<void> {
  const { cell, arrived } = await runVirtualCell({ ...BATCHED, seed, faults: erratic }, injection);
  const each = receiptsOf(arrived, BATCHED_CLIENTS);
  const times = new Map<number, number[]>();
  for (const { seq, at } of each.flat()) times.set(seq, [...(times.get(seq) ?? []), at]);
  const all = [...times];
  const completions = all.map(([seq, at]) => Math.max(...at) - dueAt(seq));
  const skews = all.map(([, at]) => Math.max(...at) - Math.min(...at));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  checks.computed(
    'mean completion of batches',
    'us',
    mean(completions),
    cell.completion_us?.mean ?? null,
  );
  checks.computed('mean skew of batches', 'us', mean(skews), cell.skew_us?.mean ?? null);
  const waits = arrived.flatMap(({ messages, at, readAt }) =>
    Array.from({ length: messages }, () => readAt - at),
  );
  checks.computed(
    'mean instrument of batches',
    'us',
    mean(waits),
    cell.instrument_us?.mean ?? null,
  );
  const jitter = Math.max(...jitterOf(arrived, BATCHED_CLIENTS, batchedSentAt));
  checks.computed('jitter max of batches', 'us', jitter, cell.jitter_us?.max ?? null);
}

function dueAt(seq: number): number {
  return T0 + (seq - 1) * BATCHED_INTERVAL_MICROS;
}
