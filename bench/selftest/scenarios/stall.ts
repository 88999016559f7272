import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import { jitterOf } from '../truth.js';
import { runVirtualCell, T0 } from '../virtual-cell.js';

const CLIENTS = 3;
const STALLED = 1;
/** Between two messages, which are 1 ms apart. */
const FROM_MS = 1_000.5;
const TO_MS = 3_000.5;
/** The window ends soon after, before the jitter of the stalled one has died away. */
const DURATION_MS = 3_020;
const RETAINED = 500;
const INTERVAL_MICROS = 1_000;

/**
 * Messages published while it took nothing, and how many of them the log no longer had when it took
 * again.
 */
const MISSED = TO_MS - FROM_MS;
const DROPPED = MISSED - RETAINED;
/** The oldest one that was left was published this long before. */
const OLDEST_MICROS = (RETAINED - 1 + 0.5) * INTERVAL_MICROS;

/**
 * One subscriber of three takes nothing for 2 s: what it misses is known to the message, how stale
 * it was to the microsecond.
 */
export async function stallScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('stall');
  const { cell, arrived } = await runVirtualCell(
    {
      seed,
      clients: CLIENTS,
      durationMs: DURATION_MS,
      // One key: every message makes it fresh.
      symbols: 1,
      retained: RETAINED,
      reliable: true,
      stall: { client: STALLED, fromMs: FROM_MS, toMs: TO_MS },
    },
    injection,
  );
  const published = (DURATION_MS * 1_000) / INTERVAL_MICROS;
  checks.exact('dropped by policy', 'messages', DROPPED, cell.ledger.dropped_by_policy);
  checks.exact('unattributed in the ledger', 'messages', 0, cell.ledger.unattributed);
  checks.exact('delivered', 'messages', published * CLIENTS - DROPPED, cell.delivered);
  checks.exact(
    'messages that reached every client',
    'messages',
    published - DROPPED,
    cell.complete,
  );
  checks.exact('latency max', 'us', OLDEST_MICROS, cell.latency_us.max);
  checks.exact('completion max', 'us', OLDEST_MICROS, cell.completion_us?.max ?? null);
  checks.exact('skew max', 'us', OLDEST_MICROS, cell.skew_us?.max ?? null);
  // The newest value that the stalled one holds is of the 1st second; one without latency has one
  // of the last millisecond.
  const looks = Array.from({ length: TO_MS / 50 }, (_, k) =>
    Math.floor((k + (((k * (Math.sqrt(5) - 1)) / 2) % 1)) * 50_000),
  );
  const last = Math.max(...looks.filter((micros) => micros < TO_MS * 1_000));
  checks.exact('staleness max', 'us', last - 1_000_000, cell.staleness_us?.max ?? null);
  const ideal = Math.max(...looks.slice(1).map((micros) => micros % INTERVAL_MICROS));
  const excess = last - 1_000_000 - ideal;
  checks.exact('staleness excess max', 'us', excess, cell.staleness_excess_us?.max ?? null);
  checks.exact('IPDV max', 'us', OLDEST_MICROS, cell.ipdv_us?.max ?? null);
  const sentAt = (seq: number): number => T0 + (seq - 1) * INTERVAL_MICROS;
  const jitter = Math.max(...jitterOf(arrived, CLIENTS, sentAt));
  checks.computed('jitter max', 'us', jitter, cell.jitter_us?.max ?? null);
  return checks.all;
}
