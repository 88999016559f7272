/** Whether a cell measured its own subscribers rather than server and network. Pure. */
import type { CellResult, VerdictReason } from '../result/result.js';
import { duration, percent, suspect } from './reason.js';

/** What the instrument is judged by. Times in µs; null where nobody knows. */
export interface InstrumentEvidence {
  /** 99th percentile of receipt − arrival; null where nothing tells the arrival. */
  readonly instrumentP99: number | null;
  /** 99th percentile of the receipt of what was due. */
  readonly receiptP99: number | null;
  /** Of the subscriber processes: 99th percentile and maximum of the event-loop delay. */
  readonly loopDelayP99: number | null;
  readonly loopDelayMax: number | null;
  /** Of the deliveries, those of which nobody knows when they arrived; null = no arrival at all. */
  readonly undatedShare: number | null;
}

/** Of the latency: less is not what the latency is about. */
const DOMINANT = 0.5;
/** An instrument below this is none that matters. */
const INSTRUMENT_FLOOR_MICROS = 1_000;
/**
 * The delay is that of a timer, which Node rounds up to whole milliseconds: up to two of them are
 * its own.
 */
const TIMER_MICROS = 2_000;
/** Pauses of the subscribers pick them, not the server, so the others stand for a few of them. */
const UNDATED_LIMIT = 0.1;
/** Pauses of a sound process: garbage collection, the fold of a second. */
const STALL_FLOOR_MICROS = 100_000;

const HINT =
  'the subscribers, not the transport, are most of it: lower --clients or --rate, or use more cores';

export function instrumentEvidence({
  receipt_us: receipt,
  instrument_us: instrument,
  clients_use: use,
  delivered,
  undated,
}: Omit<CellResult, 'verdict'>): InstrumentEvidence {
  return {
    instrumentP99: instrument?.p99 ?? null,
    receiptP99: receipt.p99,
    loopDelayP99: use?.loop_delay_us.p99 ?? null,
    loopDelayMax: use?.loop_delay_us.max ?? null,
    undatedShare: undated === null || !delivered ? null : undated / delivered,
  };
}

export function instrumentReasons(evidence: InstrumentEvidence): VerdictReason[] {
  return [dominates(evidence), stalled(evidence), arrivalsUnknown(evidence)].filter(
    (reason) => reason !== undefined,
  );
}

/** Most of the time between due and receipt was spent in the subscriber process. */
function dominates({
  instrumentP99: measured,
  receiptP99: receipt,
  loopDelayP99: delay,
}: InstrumentEvidence): VerdictReason | undefined {
  if (receipt === null) return undefined;
  if (measured !== null) {
    if (measured <= INSTRUMENT_FLOOR_MICROS || measured <= receipt * DOMINANT) return undefined;
    return suspect(
      'INSTRUMENT_DOMINATES',
      `the subscribers themselves are most of the receipt: ${duration(measured)} of a p99 of ${duration(receipt)} passed between the arrival at their kernel and their code`,
      HINT,
    );
  }
  const late = (delay ?? 0) - TIMER_MICROS;
  if (late <= INSTRUMENT_FLOOR_MICROS || late <= receipt * DOMINANT) return undefined;
  return suspect(
    'INSTRUMENT_DOMINATES',
    `the subscriber processes were late themselves: their event-loop delay p99 (${duration(delay ?? 0)}) is more than half of the latency p99 (${duration(receipt)})`,
    HINT,
  );
}

/**
 * A subscriber process that stood still: whatever came meanwhile was received late. The same of a
 * server is its own figure: every message that was due meanwhile shows it.
 */
function stalled({
  receiptP99: receipt,
  loopDelayMax: longest,
}: InstrumentEvidence): VerdictReason | undefined {
  if (longest === null || longest < STALL_FLOOR_MICROS) return undefined;
  if (receipt !== null && longest <= receipt * DOMINANT) return undefined;
  const beside = receipt === null ? '' : `, beside a latency p99 of ${duration(receipt)}`;
  return suspect(
    'PROCESS_STALLED',
    `a subscriber process stood still for ${duration(longest)}${beside}: what came meanwhile was received late, and the tail shows it`,
    'something stopped it or used the CPU: run again on a quiet machine',
  );
}

/** What arrived over a stream while the process was away is in no percentile of the arrival. */
function arrivalsUnknown({ undatedShare: share }: InstrumentEvidence): VerdictReason | undefined {
  if (share === null || share <= UNDATED_LIMIT) return undefined;
  return suspect(
    'ARRIVAL_UNDATED',
    `the subscriber processes were away too much to see when ${percent(share)} of the deliveries arrived: no percentile of the arrival has them`,
    'lower --clients or --rate, use more cores, or run again on a quiet machine',
  );
}
