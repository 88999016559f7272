/** A trial at a load that was refused before anything was started. Pure. */
import type { LabError } from '../../src/errors.js';
import type { Judgement, SearchTrial } from './document.js';
import type { Phase } from './mlr/goal.js';
import type { Goal } from './objective.js';
import { type Measured, metricsOf } from './trial.js';

/**
 * A message that no datagram carries is a limit of the transport; that there are no more sockets or
 * ports is one of the machine that measures.
 */
export function refusedTrial(
  { code, message, hint = 'stay below that load' }: LabError,
  phase: Phase,
  { load, atS, durationS }: Measured,
  goals: readonly Goal[],
): SearchTrial {
  const short = code.replace('LAB_ERR_', '');
  const isOfTransport = code === 'LAB_ERR_MESSAGE_TOO_LARGE';
  const judgement: Judgement = isOfTransport
    ? {
        outcome: 'fail',
        untold: false,
        broken: [{ what: short, metric: null, value: null, limit: null, message }],
        reason: null,
      }
    : { outcome: 'void', untold: false, broken: [], reason: { code: short, message, hint } };
  return {
    ...{ load, duration_s: durationS, at_s: atS, phase },
    ...{ verdict: 'INVALID', codes: [short] },
    ...{ p50_us: null, p99_us: null, loss_ratio: null, forwarding_ratio: null },
    figures: metricsOf(goals).map((metric) => ({ metric, value: null })),
    ...{ deliveries_per_s: null, growth_us_per_s: null },
    state: NOTHING,
    judgements: goals.map(() => judgement),
  };
}

const NOTHING: SearchTrial['state'] = {
  ...{ server: null, clients: null, host_busy_cores: null, cpu_pressure_ratio: null },
  ...{ schedule_lag_p99_us: null, send_errors: null, dropped_by_policy: null, conflated: null },
  ...{ kernel_receive_drops: null, network_lost: null, tcp_retransmitted_segments: null },
  ...{ receive_buffer_bytes: null, send_buffer_bytes: null },
};
