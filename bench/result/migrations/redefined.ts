/** Figures of form 2 that mean something else since form 3. Pure. */
import { isMembers, type Members } from './members.js';

/** What was measured by another definition is null: a figure under a false name misleads. */
export function withoutRedefined(cell: Members): Members {
  const { jitter_us: jitter, stages_us: stages, kernel, server } = cell;
  const isElsewhere = isMembers(server) && server.kind === 'target' && server.same_machine !== true;
  return {
    staleness_excess_us: null,
    ...cell,
    ...(isMembers(server) && server.kind === 'target' ? { server: withClock(server) } : {}),
    // It was the last value of J.
    ...(isMembers(jitter) ? { jitter_us: { ...jitter, p50: null, p99: null, max: null } } : {}),
    // It was the time of the whole call of `publish`.
    ...(isMembers(stages) ? { stages_us: { ...stages, encode: null } } : {}),
    // It was counted on the host of the receivers.
    ...(isElsewhere && isMembers(kernel) ? { kernel: { ...kernel, ...NOT_HERE } } : {}),
  };
}

/** Latencies were there where the clock was common, and nowhere corrected. */
function withClock(server: Members): Members {
  const { common_clock: common, clock_offset_us: offset } = server;
  const { min, max } = isMembers(offset) ? offset : {};
  const known = common === true && typeof min === 'number' && typeof max === 'number';
  return {
    clock_correction_us: common === true ? 0 : null,
    latency_error_us: known ? Math.max(max, -min, 0) : null,
    ...server,
  };
}

const NOT_HERE = { udp_sndbuf_errors: null, tcp_retransmitted_segments: null };
