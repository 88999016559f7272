/** What a search keeps of the cell that was a trial. Pure. */

import { type MetricName, metricOf } from '../metric-catalogue.js';
import type { CellResult, ProcessUse } from '../result/result.js';
import { localServer } from '../result/server.js';
import { missingShare } from '../result/survivors.js';
import type { SearchMeasured, SearchState, SearchTrial } from './document.js';
import { growthMicros, judgeTrial } from './judge.js';
import type { Phase } from './mlr/goal.js';
import type { Goal } from './objective.js';

export interface Measured {
  readonly load: number;
  /** Seconds since the search began. */
  readonly atS: number;
  /** As planned. */
  readonly durationS: number;
}

export function trialOf(
  cell: CellResult,
  phase: Phase,
  at: Measured,
  goals: readonly Goal[],
): SearchTrial {
  return {
    ...measuredOf(cell, at, goals),
    phase,
    judgements: goals.map((goal) => judgeTrial(cell, goal)),
  };
}

export function measuredOf(
  cell: CellResult,
  { load, atS, durationS }: Measured,
  goals: readonly Goal[],
): SearchMeasured {
  const missing = missingShare(cell);
  const { status, reasons } = cell.verdict;
  return {
    load,
    duration_s: durationS,
    at_s: atS,
    verdict: status,
    codes: [...new Set(reasons.map(({ code }) => code))],
    p50_us: cell.latency_us.p50,
    p99_us: cell.latency_us.p99,
    loss_ratio: cell.loss_ratio,
    figures: metricsOf(goals).map((metric) => ({ metric, value: metricOf(metric).value(cell) })),
    // Of the load that was asked for: what was not published was not forwarded either.
    forwarding_ratio: missing === null ? null : (1 - missing) * Math.min(1, cell.rate_ratio ?? 1),
    deliveries_per_s: cell.goodput.messages_per_s,
    growth_us_per_s: growthMicros(cell),
    state: stateOf(cell),
  };
}

/** What the goals name, each once. */
export function metricsOf(goals: readonly Goal[]): MetricName[] {
  return [...new Set(goals.flatMap(({ objectives }) => objectives.map(({ metric }) => metric)))];
}

function stateOf(cell: CellResult): SearchState {
  const { ledger, kernel, sockets } = cell;
  const server = localServer(cell);
  return {
    server: useOf(server?.use ?? null),
    clients: useOf(cell.clients_use),
    host_busy_cores: kernel.cpu_busy_cores,
    cpu_pressure_ratio: kernel.cpu_pressure_ratio,
    schedule_lag_p99_us: server?.schedule_lag_us.p99 ?? null,
    send_errors: ledger.send_errors,
    dropped_by_policy: ledger.dropped_by_policy,
    conflated: ledger.conflated,
    kernel_receive_drops: ledger.kernel_receive_drops,
    network_lost: ledger.network_lost,
    tcp_retransmitted_segments: kernel.tcp_retransmitted_segments,
    receive_buffer_bytes: sockets.receive_buffer_bytes,
    send_buffer_bytes: sockets.send_buffer_bytes,
  };
}

function useOf(use: ProcessUse | null): SearchState['server'] {
  if (use === null) return null;
  const { cpu_cores, busiest_cores, loop_utilization, loop_delay_us, run_queue_ratio } = use;
  return { cpu_cores, busiest_cores, loop_utilization, loop_delay_us, run_queue_ratio };
}
