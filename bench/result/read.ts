/** Results of earlier labs, brought to the form of this one. Pure. */
import type {
  CellResult,
  Distribution,
  EffectiveConfig,
  Environment,
  LabResult,
  Ledger,
  RepeatResult,
} from './result.js';

/** What a histogram is that nobody kept: no values, so nothing to say about any. */
const NOT_MEASURED: Distribution = {
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

// Members that `lab-result/v1` did not have at first, because lab 0.1.0 measured none of them.
const RESULT = { noise_floor_us: null, thresholds: [] } as const satisfies Partial<LabResult>;
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
} as const satisfies Partial<EffectiveConfig>;
const ENVIRONMENT = { doctor: [] } as const satisfies Partial<Environment>;
const LEDGER = { subscribers_unbalanced: 0, network: null } as const satisfies Partial<Ledger>;
const RSS = {
  server_per_client: null,
  server_per_client_reason: 'measured by an earlier lab',
} as const satisfies Partial<CellResult['rss_bytes']>;
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
} as const satisfies Partial<CellResult>;

/** What stands in a cell for what nobody knew: earlier labs wrote 0. */
function zerosOfUnknown(cell: unknown): Members {
  if (!isObject(cell)) return {};
  const { server, clients_use: clients, target, rss_bytes: rss, goodput } = cell;
  const lost = server === null && target === null;
  const noServer = lost && isObject(rss) && rss.server === 0;
  const noClients = clients === null && isObject(rss) && rss.clients === 0;
  const nothing = lost && isObject(goodput) && goodput.messages_per_s === 0;
  return {
    ...(noServer || noClients
      ? {
          rss_bytes: {
            ...rss,
            ...(noServer ? { server: null } : {}),
            ...(noClients ? { clients: null } : {}),
          },
        }
      : {}),
    ...(nothing ? { goodput: { messages_per_s: null, bytes_per_s: null } } : {}),
  };
}

function withoutZeros(document: Members): unknown {
  const { cells } = document;
  if (!Array.isArray(cells)) return document;
  const mended = cells.map(zerosOfUnknown);
  if (mended.every((one) => Object.keys(one).length === 0)) return document;
  return {
    ...document,
    cells: cells.map((cell, i) => (isObject(cell) ? { ...cell, ...mended[i] } : cell)),
  };
}

/**
 * Fills in what lab 0.1.0 did not write: null, and 0 where there is no null. What is there stays as
 * it is, for the schema to judge. Only a document without `thresholds`, which every later lab
 * writes, is that old: in a later one a member that is missing is damage, and must not be made up.
 */
export function upgradeResult(document: unknown): unknown {
  if (!isObject(document)) return document;
  if ('thresholds' in document) return withoutZeros(document);
  const { cells, config, environment } = document;
  return withoutZeros({
    ...RESULT,
    repeat: fixedRuns(isObject(config) ? config.effective : undefined, cells),
    ...document,
    config: isObject(config) ? { ...config, effective: filled(CONFIG, config.effective) } : config,
    environment: filled(ENVIRONMENT, environment),
    cells: Array.isArray(cells) ? cells.map(upgradeCell) : cells,
  });
}

function upgradeCell(cell: unknown): unknown {
  if (!isObject(cell)) return cell;
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
function fixedRuns(effective: unknown, cells: unknown): RepeatResult {
  const asked = isObject(effective) ? effective : {};
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

/** Cut short in the last cell of a round: that is no run of every cell. */
function isInterrupted(cell: unknown): boolean {
  const reasons = isObject(cell) && isObject(cell.verdict) ? cell.verdict.reasons : undefined;
  return (
    Array.isArray(reasons) &&
    reasons.some((reason) => isObject(reason) && reason.code === 'INTERRUPTED')
  );
}

function filled(defaults: Members, value: unknown): unknown {
  return isObject(value) ? { ...defaults, ...value } : value;
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
