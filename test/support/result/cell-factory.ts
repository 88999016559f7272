/** Hand-made valid cells: realistic figures, and an override for whatever a test is about. */
import type {
  CellResult,
  Distribution,
  ProcessUse,
  RoundTrip,
  SeriesSecond,
  VerdictReason,
} from '../../../bench/result/result.js';
import { type LocalServer, localServer } from '../../../bench/result/server.js';
import { generator, makeLatency } from './latency-factory.js';

export function makeRoundTrip(overrides: Partial<RoundTrip> = {}): RoundTrip {
  return {
    available: true,
    reason: null,
    hint: null,
    host: '127.0.0.1',
    size_bytes: 128,
    sent: 10,
    received: 10,
    rtt_us: { min: 38, avg: 61, p50: 58, max: 104, mdev: 17 },
    ...overrides,
  };
}

export const NO_PING: RoundTrip = {
  available: false,
  reason: 'no ping command on this machine',
  hint: 'apt-get install iputils-ping',
  host: '127.0.0.1',
  size_bytes: 128,
  sent: 0,
  received: 0,
  rtt_us: null,
};

export interface CellPlan {
  readonly transport?: string;
  readonly codec?: string;
  readonly clients?: number;
  readonly rate?: number;
  readonly run?: number;
  readonly flush?: string;
  readonly seconds?: number;
  /** Messages lost to full kernel buffers, in (message, client) pairs. */
  readonly dropped?: number;
  readonly medianUs?: number;
  readonly tail?: number;
  readonly reasons?: readonly VerdictReason[];
  readonly cpuUs?: number;
  readonly bytes?: number;
}

/** A balanced cell of the given plan; `overrides` replace whole fields of the result. */
export function makeCell(plan: CellPlan = {}, overrides: Partial<CellResult> = {}): CellResult {
  const {
    transport = 'tcp',
    codec = 'line-json',
    clients = 100,
    rate = 1000,
    run = 1,
    flush = 'auto',
    seconds = 10,
  } = plan;
  const { dropped = 0, medianUs = 900, tail = 0.5, reasons = [], cpuUs = 1.2, bytes = 131 } = plan;
  const published = rate * seconds;
  const expected = published * clients;
  const delivered = expected - dropped;
  // Losses of a full buffer come in bursts that hit few messages for many clients: half of them, at
  // the worst.
  const complete = clients === 0 ? 0 : published - Math.min(dropped, Math.floor(published / 2));
  const seed =
    1 +
    [...`${transport}${codec}${clients}${run}`].reduce((sum, char) => sum + char.charCodeAt(0), 0);
  const latency = makeLatency(delivered, medianUs, tail, seed);
  const invalid = reasons.some(({ severity }) => severity === 'INVALID');
  return {
    link: null,
    link_traces: null,
    link_counts: null,
    repairs: null,
    id: `${transport}-${codec}-c${clients}-r${rate}-s128-run${run}`,
    transport,
    codec,
    clients,
    rate_per_s: rate,
    size_bytes: 128,
    run,
    duration_s: seconds,
    warmup_s: 1,
    server: {
      kind: 'local',
      flush,
      repair: 'none',
      congestion: 'default',
      policy: 'drop-oldest',
      sender: transport === 'udp' ? 'dgram' : 'socket.write',
      segmentation_refused: null,
      source_cpu_us: null,
      feed_sha256: 'a3f1c09d5b7e2468ace013579bdf2468a3f1c09d5b7e2468ace013579bdf2468',
      schedule_lag_us: makeLatency(published, 45, 0.3, seed),
      use: makeUse(1, 0.62),
    },
    decode: 'scan',
    receiver: 'node',
    verdict: {
      status: invalid ? 'INVALID' : reasons.length > 0 ? 'SUSPECT' : 'VALID',
      reasons: [...reasons],
    },
    incomplete: false,
    joined: clients,
    published,
    expected,
    delivered,
    reach: expected === 0 ? null : delivered / expected,
    loss_ratio: expected === 0 ? null : dropped / expected,
    lost: dropped,
    duplicates: 0,
    reordered: 0,
    late: 0,
    corrupt: 0,
    datagrams:
      transport === 'udp'
        ? { sent: published * 90, received: published * 90, lost: 0, duplicated: 0, reordered: 0 }
        : null,
    goodput: { messages_per_s: delivered / seconds, bytes_per_s: (delivered * bytes) / seconds },
    drain_s: 0.004,
    wire: {
      message_bytes: bytes - 1,
      bytes_per_delivery: bytes,
      ip_bytes_per_delivery: bytes,
      ip_bytes_source: 'measured',
      messages_per_send: 1.1,
      segments_per_send: null,
      padding_ratio: null,
    },
    rate_ratio: 1,
    latency_at: 'receipt',
    unstamped: null,
    undated: null,
    latency_us: latency,
    arrival_us: null,
    receipt_us: latency,
    instrument_us: null,
    service_us: makeLatency(delivered, medianUs * 0.95, tail, seed + 1),
    completion_us: makeLatency(complete, medianUs * 1.6, tail * 0.8, seed + 2),
    skew_us: makeLatency(complete, medianUs * 0.7, tail * 0.8, seed + 3),
    complete,
    staleness_us: makeLatency(seconds * 10 * Math.min(clients, 100), medianUs * 4, tail, seed + 4),
    staleness_excess_us: {
      mean: medianUs * 1.25,
      p50: medianUs,
      p90: medianUs * 1.5,
      p99: medianUs * 2,
      p999: medianUs * 3,
      max: medianUs * 4,
    },
    jitter_us:
      clients === 0
        ? null
        : { subscribers: clients, p50: medianUs / 9, p99: medianUs / 5, max: medianUs / 4 },
    ipdv_us: makeLatency(delivered, medianUs / 6, tail, seed + 5),
    pdv_us: { p50: medianUs * 0.8, p99: medianUs * 3, p999: medianUs * 4.5 },
    reordering: {
      ratio: expected === 0 ? null : 0,
      extent_max: 0,
      extent_mean: null,
      n_reordered: { n1: 0, n2: 0, n3: 0 },
    },
    position_us:
      clients < 10
        ? null
        : Array.from({ length: 10 }, (_, tenth) => medianUs * (0.82 + 0.04 * tenth)),
    stages_us: {
      schedule: 48,
      encode: 6,
      queue: medianUs * 0.4,
      network: medianUs * 0.55,
      instrument: null,
      decode: 2,
    },
    verified: Math.floor(delivered / 64),
    kernel: {
      cpu_steal_ratio: 0,
      cpu_busy_cores: 1.2,
      cpu_link_cores: null,
      cpu_pressure_ratio: 0.08,
      cpu_quota_cores: null,
      cpu_throttled: null,
      udp_rcvbuf_errors: transport === 'udp' ? dropped : 0,
      udp_sndbuf_errors: 0,
      udp_in_errors: transport === 'udp' ? dropped : 0,
      tcp_retransmitted_segments: 0,
    },
    ceiling: {
      available: true,
      reason: null,
      messages_per_s: (expected / seconds) * 4,
      ratio: expected === 0 ? null : delivered / expected / 4,
    },
    ping: {
      under_load: makeRoundTrip({ rtt_us: { min: 44, avg: 120, p50: 96, max: 900, mdev: 80 } }),
      reference: 'ping',
      reference_rtt_us: { min: 38, avg: 61, p50: 58, max: 104, mdev: 17 },
    },
    ping_ratio: pingRatio(latency),
    ledger: {
      published,
      joined: clients,
      expected,
      delivered,
      send_errors: 0,
      dropped_by_policy: 0,
      conflated: 0,
      kernel_receive_drops: dropped,
      network_lost: null,
      late: 0,
      unattributed: 0,
      subscribers_unbalanced: 0,
      balanced: true,
    },
    cpu_us_per_delivery: { server: cpuUs, clients: 2.4 },
    rss_bytes: {
      server: 92_274_688,
      clients: 140_509_184,
      ...(clients < 1_000
        ? {
            server_per_client: null,
            server_per_client_error: null,
            server_per_client_reason: 'fewer than 1000 clients weigh little more than the noise',
          }
        : {
            server_per_client: 9_216,
            server_per_client_error: 640,
            server_per_client_reason: null,
          }),
    },
    clients_use: makeUse(1, 0.81),
    sockets: {
      receive_buffer_requested_bytes: transport === 'udp' ? 4_194_304 : null,
      receive_buffer_bytes: transport === 'udp' ? 425_984 : null,
      send_buffer_requested_bytes: null,
      send_buffer_bytes: null,
      congestion_control: transport === 'udp' ? null : 'cubic',
      note: transport === 'udp' ? 'net.core.rmem_max caps the buffer' : null,
    },
    series: makeSeries(seconds, rate, clients, dropped, medianUs, seed),
    ...overrides,
  };
}

/**
 * The same cell with stamps of the kernel on all reads but those of `unstamped` deliveries: what
 * its latency was is its arrival, and its client read it `waitUs` later, more or less.
 */
export function withStamps(cell: CellResult, waitUs = 300, unstamped = 0): CellResult {
  const { latency_us: latency, delivered } = cell;
  const stamped = Math.max(0, (delivered ?? 0) - unstamped);
  const median = (latency.p50 ?? 0) + waitUs;
  return {
    ...cell,
    latency_at: 'arrival',
    unstamped,
    undated: 0,
    arrival_us: latency,
    receipt_us: makeLatency(latency.count, median, 0.6, 7),
    instrument_us: makeLatency(stamped, waitUs, 0.8, 8),
    stages_us: { ...cell.stages_us, instrument: waitUs },
  };
}

/** Against the reference round trip of every cell here: median 58 µs, maximum 104 µs. */
function pingRatio({ p50, p99 }: Distribution): CellResult['ping_ratio'] {
  const reason = p50 === null ? 'too few samples for a median' : null;
  return { p50: p50 === null ? null : p50 / 29, p99: p99 === null ? null : p99 / 52, reason };
}

function makeUse(processes: number, cores: number): ProcessUse {
  return {
    processes,
    cpu_us: cores * 10_000_000,
    cpu_us_per_delivery: 1.2,
    cpu_cores: cores,
    busiest_cores: cores,
    run_queue_ratio: 0.04,
    loop_utilization: cores,
    loop_delay_us: { p99: 1180, max: 4210 },
    rss_start_bytes: 90_177_536,
    rss_bytes: 92_274_688,
    rss_peak_bytes: 99_614_720,
  };
}

function makeSeries(
  seconds: number,
  rate: number,
  clients: number,
  dropped: number,
  medianUs: number,
  seed: number,
): SeriesSecond[] {
  const random = generator(seed);
  return Array.from({ length: seconds }, (_, second) => {
    const p99 = Math.round(medianUs * (2 + random()));
    return {
      second,
      published: rate,
      delivered: Math.round(rate * clients - (dropped / seconds) * (0.5 + random())),
      p50_us: Math.round(medianUs * (0.9 + 0.2 * random())),
      p99_us: p99,
      max_us: p99 * 3,
    };
  });
}

/** The same cell, its own server changed. */
export function withLocal(cell: CellResult, change: Partial<LocalServer>): CellResult {
  const local = localServer(cell);
  return local === null ? cell : { ...cell, server: { ...local, ...change } };
}
