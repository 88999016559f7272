/**
 * Whether a cell tells of the server at all. What the lab's own clients, its generator, its link or
 * other programs did is no limit of the server: such a trial is void. Pure.
 */
import type { MetricName } from '../metric-catalogue.js';
import type { CellResult, VerdictReason } from '../result/result.js';
import { localServer } from '../result/server.js';
import { isSharedWithOthers } from '../verdict/cpu.js';

/** INVALID for what the server, its policy or its sockets did. All others are the instrument's. */
const OF_THE_SERVER: ReadonlySet<string> = new Set([
  'SERVER_SATURATED',
  'RATE_MISSED',
  'FEED_BLOCKED',
  'SUBSCRIBERS_CUT',
  'NOTHING_DELIVERED',
]);

/** Beside one of these a server that is slow may be kept waiting, or its clients may be. */
const SPOILS_A_FAILURE: ReadonlySet<string> = new Set([
  'SERVER_STARVED',
  'SUBSCRIBER_STARVED',
  'SUBSCRIBER_BUSY',
  'PROCESS_STALLED',
  'CPU_THROTTLED',
  'CPU_STOLEN',
  'SOURCE_STARVED',
  'STRANGERS',
]);

/** Of a server whose loop is less busy, the generator was what came late. */
const BUSY = 0.9;

export type Doubt = Pick<VerdictReason, 'code' | 'message' | 'hint'>;

/** Why the cell says nothing about the server, whatever its figures are; undefined = it does. */
export function instrumentFault(cell: CellResult): Doubt | undefined {
  const invalid = cell.verdict.reasons.filter(({ severity }) => severity === 'INVALID');
  const ofLab = invalid.find(({ code }) => !OF_THE_SERVER.has(code));
  if (ofLab !== undefined) return told(ofLab);
  const missed = invalid.find(({ code }) => code === 'RATE_MISSED');
  const isBusy = (localServer(cell)?.use?.loop_utilization ?? 0) >= BUSY;
  // Who had the CPU in its place is the better reason.
  if (missed !== undefined && !isBusy) return failureDoubt(cell, [null]) ?? told(missed);
  const clocks = cell.verdict.reasons.find(({ code }) => code === 'NEGATIVE_LATENCY');
  return clocks === undefined ? undefined : told(clocks);
}

/** That the server was found INVALID for a reason of its own. */
export function serverFault(cell: CellResult): Doubt | undefined {
  const reason = cell.verdict.reasons.find(
    ({ severity, code }) => severity === 'INVALID' && OF_THE_SERVER.has(code),
  );
  return reason === undefined ? undefined : told(reason);
}

/**
 * Why something that failed may not be the server's doing.
 * @param metrics what did not hold
 */
export function failureDoubt(
  cell: CellResult,
  metrics: readonly (MetricName | null)[],
): Doubt | undefined {
  const reason = cell.verdict.reasons.find(({ code }) => {
    if (SPOILS_A_FAILURE.has(code)) return true;
    if (code === 'CPU_CONTENDED') return isSharedWithOthers(cell);
    if (code === 'INSTRUMENT_DOMINATES')
      return metrics.every((metric) => metric !== null && endsAtReceipt(metric, cell));
    return (
      code === 'ARRIVAL_UNDATED' && metrics.every((metric) => metric !== null && isTime(metric))
    );
  });
  return reason === undefined ? undefined : told(reason);
}

/** Why figures that hold may be better than the truth. */
export function passDoubt(cell: CellResult, metrics: readonly MetricName[]): Doubt | undefined {
  const reason = cell.verdict.reasons.find(({ code }) => code === 'ARRIVAL_UNDATED');
  return reason !== undefined && metrics.some(isTime) ? told(reason) : undefined;
}

const RECEIPT = /^(receipt|instrument|staleness)_/;
const TIME = /(^|_)(p50|p90|p99|p999|max|mean)$/;

function isTime(metric: MetricName): boolean {
  return TIME.test(metric) && !metric.startsWith('schedule_lag');
}

function endsAtReceipt(metric: MetricName, { latency_at }: CellResult): boolean {
  return isTime(metric) && (latency_at === 'receipt' || RECEIPT.test(metric));
}

function told({ code, message, hint }: VerdictReason): Doubt {
  return { code, message, hint };
}
