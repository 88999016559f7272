/** Whether the load asked for was offered, and on time. */
import { BLOCK } from '../../src/core/overload/policy.js';
import type { CellResult, VerdictReason } from '../result/result.js';
import { localServer } from '../result/server.js';
import { coresText, hadItsCpu } from './cpu.js';
import { duration, invalid, percent, suspect } from './reason.js';

export const RATE_TOLERANCE = 0.01;
/** A generator lateness below this is the resolution of its clock work, not a fault. */
const LAG_FLOOR_MICROS = 1_000;

type Cell = Omit<CellResult, 'verdict'>;

interface RateEvidence {
  readonly cell: Cell;
  /** The server was still publishing when the deadline passed. */
  readonly behind: boolean;
}

export function rateReason({ cell, behind }: RateEvidence): VerdictReason | undefined {
  const missed = cell.rate_ratio !== null && cell.rate_ratio < 1 - RATE_TOLERANCE;
  if (!missed && !behind) return undefined;
  const what = missed
    ? `the server published at ${percent(cell.rate_ratio as number)} of the target rate`
    : 'the server had not published everything when the deadline passed';
  if (!isBlocking(cell)) return invalid('RATE_MISSED', what, rateHint(cell));
  const why = `${what}: with policy block it waited for its slowest subscriber`;
  // What was never published has no latency, and nobody knows how long it would have waited.
  return behind
    ? invalid('FEED_BLOCKED', `${why}, until Tmax had passed`, BLOCKED_HINT)
    : suspect('FEED_BLOCKED', why, BLOCKED_HINT);
}

const BLOCKED_HINT =
  'this is what the policy costs at this load: lower --rate for what it costs below it, or compare --policy conflate,drop-oldest';

/** With policy `block` the feed is held up, whoever makes it: its lag tells nothing of that. */
export function lagReason({ cell }: Pick<RateEvidence, 'cell'>): VerdictReason | undefined {
  const { server, latency_us: latency } = cell;
  if (server.kind !== 'local' || isBlocking(cell)) return undefined;
  const { p90, p99 } = server.schedule_lag_us;
  const late = p99 ?? p90;
  if (late === null || latency.p50 === null || late <= latency.p50 || late < LAG_FLOOR_MICROS)
    return undefined;
  return suspect(
    'SEND_LAG_HIGH',
    `the generator was late: its lag p99 (${duration(late)}) is above the latency p50 (${duration(latency.p50)})`,
    'the latencies show the generator more than the transport: lower --rate or free some CPU',
  );
}

function isBlocking(cell: Cell): boolean {
  return localServer(cell)?.policy.split('/')[0] === BLOCK;
}

/** What this machine can generate is told only by a server that had its CPU. */
function rateHint(cell: Cell): string {
  const use = localServer(cell)?.use ?? null;
  if (use === null || use.busiest_cores === null || hadItsCpu(use, cell.kernel))
    return 'lower --rate or --clients: this machine cannot generate the load asked for';
  return `lower --rate or --clients, or give the server more: it used ${coresText(use.busiest_cores)}, so what it can carry is not known`;
}
