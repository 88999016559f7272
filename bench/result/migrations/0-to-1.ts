/**
 * Form 0 is what lab 0.1.0 wrote. Form 1 has what the labs after it measure: null, and 0 where
 * there was no null, in the place of what is missing.
 */
import { isMembers, type Members, mapMembers } from './members.js';

/** What a histogram is that nobody kept: no values, so nothing to say about any. */
const NOT_MEASURED = {
  count: 0,
  negative: 0,
  overflow: 0,
  min: null,
  mean: null,
  p50: null,
  p90: null,
  p99: null,
  p999: null,
  max: null,
  hdr: null,
};

// What lab 0.1.0 did not measure.
const RESULT = { noise_floor_us: null, thresholds: [] };
const CONFIG = {
  target: null,
  ci_target: null,
  ci_metric: null,
  max_repeat: null,
  inject: null,
  udp_sender: 'dgram',
  group: null,
  multicast_ttl: null,
  multicast_interface: null,
  shards: 1,
};
const ENVIRONMENT = { doctor: [] };
const LEDGER = { subscribers_unbalanced: 0, network: null };
const RSS = {
  server_per_client: null,
  server_per_client_reason: 'measured by an earlier lab',
};
const CELL = {
  target: null,
  service_us: NOT_MEASURED,
  completion_us: null,
  skew_us: null,
  complete: null,
  staleness_us: null,
  jitter_us: null,
  ipdv_us: null,
  pdv_us: { p50: null, p99: null, p999: null },
  reordering: {
    ratio: null,
    extent_max: null,
    extent_mean: null,
    n_reordered: { n1: null, n2: null, n3: null },
  },
  position_us: null,
  stages_us: { schedule: null, encode: null, queue: null, transit: null, decode: null },
  verified: null,
  kernel: {
    udp_rcvbuf_errors: null,
    udp_sndbuf_errors: null,
    udp_in_errors: null,
    tcp_retransmitted_segments: null,
    cpu_steal_ratio: null,
  },
  ceiling: {
    available: false,
    reason: 'measured by an earlier lab',
    messages_per_s: null,
    ratio: null,
  },
};

/** What is there stays as it is, for the schema to judge. */
export function from0To1(document: Members): Members {
  const { cells, config, environment } = document;
  return {
    ...RESULT,
    repeat: fixedRuns(isMembers(config) ? config.effective : undefined, cells),
    ...document,
    config: isMembers(config) ? { ...config, effective: filled(CONFIG, config.effective) } : config,
    environment: filled(ENVIRONMENT, environment),
    cells: mapMembers(cells, withFigures),
  };
}

function withFigures(cell: Members): Members {
  return {
    ...CELL,
    ...cell,
    ledger: filled(LEDGER, cell.ledger),
    rss_bytes: filled(RSS, cell.rss_bytes),
  };
}

/**
 * There was no `--repeat auto`: every cell ran as often as it was asked to, unless the run was
 * interrupted.
 */
function fixedRuns(effective: unknown, cells: unknown): Members {
  const asked = isMembers(effective) ? effective : {};
  const measured = Array.isArray(cells) ? cells : [];
  const lists = [
    asked.transports,
    asked.codecs,
    asked.clients,
    asked.sizes_bytes,
    asked.durations_s,
  ];
  // No rates: the pace of a recording, which is one.
  const matrix = [...lists, asked.rates_per_s ?? [null]].reduce<number>(
    (product, list) => product * (Array.isArray(list) ? list.length : 0),
    1,
  );
  const whole = measured.length - (isInterrupted(measured.at(-1)) ? 1 : 0);
  const runs = matrix === 0 ? 0 : Math.floor(whole / matrix);
  return {
    mode: 'fixed',
    runs,
    metric: null,
    target: null,
    outcome: runs === asked.repeat ? 'fixed' : 'interrupted',
  };
}

/** Cut short in the last cell of a round: that is not a run of every cell. */
function isInterrupted(cell: unknown): boolean {
  const reasons = isMembers(cell) && isMembers(cell.verdict) ? cell.verdict.reasons : undefined;
  return (
    Array.isArray(reasons) &&
    reasons.some((reason) => isMembers(reason) && reason.code === 'INTERRUPTED')
  );
}

function filled(defaults: Members, value: unknown): unknown {
  return isMembers(value) ? { ...defaults, ...value } : value;
}
