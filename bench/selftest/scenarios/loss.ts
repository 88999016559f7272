import { BATCHED } from '../batches.js';
import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import { chance, type Faults } from '../faults.js';
import { messagesIn } from '../truth.js';
import { runVirtualCell } from '../virtual-cell.js';

const RATE = 1_000;
const WARMUP_MS = 500;
const DURATION_MS = 3_500;
const CLIENTS = 5;
/** Sequence numbers of the window, both inclusive. */
const FIRST = (RATE * WARMUP_MS) / 1_000 + 1;
const LAST = (RATE * (WARMUP_MS + DURATION_MS)) / 1_000;
const TAIL = 20;

const LOST = { arrivals: [] };
const ARRIVES = { arrivals: [0] };

/**
 * 3 % at random, warm-up included, and for one subscriber the very end: no later message tells that
 * it is missing.
 */
const scattered: Faults = ({ client, seq }, random) =>
  chance(random, 0.03) || (client === 0 && seq > LAST - TAIL) ? LOST : ARRIVES;

/** As many messages must be missing as were lost in the window, and nothing may explain them. */
export async function lossScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('loss');
  const load = {
    seed,
    ratePerSecond: RATE,
    warmupMs: WARMUP_MS,
    durationMs: DURATION_MS,
    clients: CLIENTS,
  };
  const { cell, injected } = await runVirtualCell({ ...load, faults: scattered }, injection);
  const gone = injected.filter(({ copies }) => copies === 0);
  const lost = messagesIn(gone, FIRST, LAST);
  const published = LAST - FIRST + 1;
  const incomplete = new Set(
    gone.map(({ seq }) => seq).filter((seq) => seq >= FIRST && seq <= LAST),
  );
  checks.exact('lost messages', 'messages', lost, cell.lost);
  checks.exact('loss ratio', 'ratio', lost / (published * CLIENTS), cell.loss_ratio);
  checks.exact('unattributed in the ledger', 'messages', lost, cell.ledger.unattributed);
  checks.exact(
    'subscribers unbalanced',
    'subscribers',
    CLIENTS,
    cell.ledger.subscribers_unbalanced,
  );
  checks.exact(
    'messages that reached every client',
    'messages',
    published - incomplete.size,
    cell.complete,
  );
  checks.exact('reordered', 'messages', 0, cell.reordered);

  const batched = await runVirtualCell(
    { ...BATCHED, seed, faults: (_packet, random) => (chance(random, 0.1) ? LOST : ARRIVES) },
    injection,
  );
  const packets = batched.injected.filter(({ copies }) => copies === 0);
  checks.exact('lost messages in batches', 'messages', messagesIn(packets), batched.cell.lost);
  return checks.all;
}
