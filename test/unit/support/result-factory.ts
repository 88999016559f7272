/** Hand-made valid results: realistic figures from a seeded generator, and an override for whatever a test is about. */
import { build } from 'hdr-histogram-js';
import { encodeHistogram } from '../../../bench/record/hdr-encoding.js';
import {
  type Baselines,
  type CellResult,
  type Distribution,
  type LabResult,
  RESULT_SCHEMA,
  type RoundTrip,
  resultSchema,
  type SeriesSecond,
  type VerdictReason,
} from '../../../bench/result.js';

/** A latency distribution of `count` samples: log-normal around `median` µs, with a tail `tail` times as wide. */
export function makeLatency(count: number, median: number, tail = 0.5, seed = 1): Distribution {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    bitBucketSize: 64,
  });
  const random = generator(seed);
  const distinct = Math.min(count, 4000);
  for (let i = 0; i < distinct; i++) {
    const normal = random() + random() + random() + random() + random() + random() - 3;
    const stall = random() < 0.004 ? 6 : 1;
    const share = Math.floor((count * (i + 1)) / distinct) - Math.floor((count * i) / distinct);
    histogram.recordValueWithCount(Math.round(median * Math.exp(normal * tail) * stall), share);
  }
  const supported = (quantile: number): number | null =>
    count * (1 - quantile) >= 10 - 1e-9 ? histogram.getValueAtPercentile(quantile * 100) : null;
  return {
    count,
    negative: 0,
    overflow: 0,
    min: count === 0 ? null : histogram.minNonZeroValue,
    mean: count === 0 ? null : Math.round(histogram.mean * 10) / 10,
    p50: supported(0.5),
    p90: supported(0.9),
    p99: supported(0.99),
    p999: supported(0.999),
    max: count === 0 ? null : histogram.maxValue,
    hdr: count === 0 ? null : encodeHistogram(histogram),
  };
}

/** A multiplicative congruential generator (Park & Miller), so that fixtures are the same on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function makeRoundTrip(overrides: Partial<RoundTrip> = {}): RoundTrip {
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

const NO_PING: RoundTrip = {
  available: false,
  reason: 'no ping command on this machine',
  hint: 'apt-get install iputils-ping',
  host: '127.0.0.1',
  size_bytes: 128,
  sent: 0,
  received: 0,
  rtt_us: null,
};

interface CellPlan {
  readonly transport?: string;
  readonly codec?: string;
  readonly clients?: number;
  readonly rate?: number;
  readonly run?: number;
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
  const { transport = 'tcp', codec = 'line-json', clients = 100, rate = 1000, run = 1, seconds = 10 } = plan;
  const { dropped = 0, medianUs = 900, tail = 0.5, reasons = [], cpuUs = 1.2, bytes = 131 } = plan;
  const published = rate * seconds;
  const expected = published * clients;
  const delivered = expected - dropped;
  // Losses of a full buffer come in bursts that hit few messages for many clients: half of them, at the worst.
  const complete = clients === 0 ? 0 : published - Math.min(dropped, Math.floor(published / 2));
  const seed =
    1 + [...`${transport}${codec}${clients}${run}`].reduce((sum, char) => sum + char.charCodeAt(0), 0);
  const latency = makeLatency(delivered, medianUs, tail, seed);
  const invalid = reasons.some(({ severity }) => severity === 'INVALID');
  return {
    target: null,
    id: `${transport}-${codec}-c${clients}-r${rate}-s128-run${run}`,
    transport,
    codec,
    clients,
    rate_per_s: rate,
    size_bytes: 128,
    run,
    duration_s: seconds,
    warmup_s: 1,
    feed_sha256: 'a3f1c09d5b7e2468ace013579bdf2468a3f1c09d5b7e2468ace013579bdf2468',
    flush: 'auto',
    sender: transport === 'udp' ? 'dgram' : 'socket.write',
    decode: 'scan',
    policy: 'disconnect',
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
    wire: { message_bytes: bytes - 1, bytes_per_delivery: bytes, messages_per_send: 1.1 },
    rate_ratio: 1,
    latency_us: latency,
    lag_us: makeLatency(published, 45, 0.3, seed),
    service_us: makeLatency(delivered, medianUs * 0.95, tail, seed + 1),
    completion_us: makeLatency(complete, medianUs * 1.6, tail * 0.8, seed + 2),
    skew_us: makeLatency(complete, medianUs * 0.7, tail * 0.8, seed + 3),
    complete,
    staleness_us: makeLatency(seconds * 10 * Math.min(clients, 100), medianUs * 4, tail, seed + 4),
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
      clients < 10 ? null : Array.from({ length: 10 }, (_, tenth) => medianUs * (0.82 + 0.04 * tenth)),
    stages_us: {
      schedule: 48,
      encode: 6,
      queue: medianUs * 0.4,
      transit: medianUs * 0.55,
      decode: 2,
    },
    verified: Math.floor(delivered / 64),
    kernel: {
      cpu_steal_ratio: 0,
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
      network: null,
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
            server_per_client_reason: 'fewer than 1000 clients weigh little more than the noise',
          }
        : { server_per_client: 9_216, server_per_client_reason: null }),
    },
    server: makeUse(1, 0.62),
    clients_use: makeUse(1, 0.81),
    sockets: {
      receive_buffer_requested_bytes: transport === 'udp' ? 4_194_304 : null,
      receive_buffer_bytes: transport === 'udp' ? 425_984 : null,
      send_buffer_requested_bytes: null,
      send_buffer_bytes: null,
      note: transport === 'udp' ? 'net.core.rmem_max caps the buffer' : null,
    },
    series: makeSeries(seconds, rate, clients, dropped, medianUs, seed),
    ...overrides,
  };
}

/** Against the reference round trip of every cell here: median 58 µs, maximum 104 µs. */
function pingRatio({ p50, p99 }: Distribution): CellResult['ping_ratio'] {
  const reason = p50 === null ? 'too few samples for a median' : null;
  return { p50: p50 === null ? null : p50 / 29, p99: p99 === null ? null : p99 / 52, reason };
}

function makeUse(processes: number, cores: number): NonNullable<CellResult['server']> {
  return {
    processes,
    cpu_us: cores * 10_000_000,
    cpu_us_per_delivery: 1.2,
    cpu_cores: cores,
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

function makeBaselines(overrides: Partial<Baselines> = {}): Baselines {
  return {
    size_bytes: 128,
    ping: makeRoundTrip(),
    echo: {
      tcp: makeRoundTrip({
        rtt_us: { min: 52, avg: 88, p50: 81, max: 310, mdev: 40 },
        sent: 100,
        received: 100,
      }),
      udp: makeRoundTrip({
        rtt_us: { min: 49, avg: 79, p50: 74, max: 290, mdev: 35 },
        sent: 100,
        received: 100,
      }),
    },
    ...overrides,
  };
}

/** A result holding these cells; it is checked against the schema, so no test can rest on an impossible one. */
export function makeResult(cells: readonly CellResult[], overrides: Partial<LabResult> = {}): LabResult {
  const distinct = <T>(of: (cell: CellResult) => T): T[] => [...new Set(cells.map(of))];
  return resultSchema.parse({
    schema: RESULT_SCHEMA,
    tool: { name: 'streampulse-lab', version: '0.1.0' },
    startedAt: '2026-11-21T19:40:00.000Z',
    duration_s: 52.4,
    command: 'lab run --transport tcp,udp --codec line-json,msgpack --clients 100 --rate 1k --seed 7',
    seed: 7,
    incomplete: false,
    config: {
      supplied: ['--clients', '100'],
      effective: {
        target: null,
        transports: distinct((cell) => cell.transport),
        codecs: distinct((cell) => cell.codec),
        clients: distinct((cell) => cell.clients),
        rates_per_s: distinct((cell) => cell.rate_per_s ?? 0),
        sizes_bytes: distinct((cell) => cell.size_bytes ?? 0),
        durations_s: distinct((cell) => cell.duration_s),
        warmup_s: 1,
        repeat: Math.max(1, ...cells.map((cell) => cell.run)),
        ci_target: null,
        ci_metric: null,
        max_repeat: null,
        seed: 7,
        source: 'synthetic',
        speed: null,
        symbols: 50,
        flush: 'auto',
        policy: 'disconnect',
        host: '127.0.0.1',
        port: 0,
        datagram_bytes: 1400,
        receive_buffer_bytes: null,
        send_buffer_bytes: null,
        udp_sender: 'auto',
        group: null,
        multicast_ttl: null,
        multicast_interface: null,
        tmax_s: 3,
        shards: 1,
        subscriber_processes: 1,
        inject: null,
      },
    },
    environment: {
      os: 'Debian GNU/Linux 13',
      kernel: '6.12.0',
      arch: 'x64',
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      memory_bytes: 8_589_934_592,
      governor: null,
      node: 'v20.19.5',
      load_average_1m: 0.42,
      open_files_limit: 65_536,
      sysctls: { 'net.core.rmem_max': '212992', 'net.ipv4.tcp_wmem': null },
      git: null,
      unknown: ['CPU governor: no cpufreq in this virtual machine'],
      doctor: [
        { check: 'governor', status: 'unknown', value: 'no cpufreq here', advice: null },
        { check: 'cores', status: 'warn', value: '2', advice: 'use a machine with 4 cores or more' },
        { check: 'open files', status: 'ok', value: '65536', advice: null },
        { check: 'clock source', status: 'bad', value: 'hpet', advice: 'echo tsc | sudo tee $CLOCK' },
      ],
    },
    noise_floor_us: { p50: 9, p99: 48, max: 310 },
    baselines: makeBaselines(),
    baselines_other_sizes: [],
    thresholds: [],
    repeat: {
      mode: 'fixed',
      runs: Math.max(1, ...cells.map((cell) => cell.run)),
      metric: null,
      target: null,
      outcome: 'fixed',
    },
    cells,
    ...overrides,
  });
}

export const LEDGER_OPEN: VerdictReason = {
  code: 'LEDGER_UNBALANCED',
  severity: 'INVALID',
  message: '0.31 % of the expected messages are in no account of the ledger.',
  hint: 'Raise `net.core.rmem_max` and run the cell again with `--receive-buffer 8M`.',
};

export const SMALL_BUFFER: VerdictReason = {
  code: 'BUFFER_CAPPED',
  severity: 'SUSPECT',
  message: 'The kernel gave a receive buffer of 416 KiB where 4 MiB were requested.',
  hint: 'sysctl -w net.core.rmem_max=8388608',
};

/** The four pairs of a quick run: one workload, nothing wrong but one warning and one INVALID cell. */
export function makeMatrix(): LabResult {
  return makeResult([
    makeCell({ transport: 'tcp', codec: 'line-json', medianUs: 1150, cpuUs: 1.31, bytes: 131 }),
    makeCell({ transport: 'tcp', codec: 'msgpack', medianUs: 980, cpuUs: 1.02, bytes: 96 }),
    makeCell({
      transport: 'udp',
      codec: 'line-json',
      medianUs: 640,
      cpuUs: 6.9,
      bytes: 155,
      dropped: 3100,
      reasons: [SMALL_BUFFER],
    }),
    makeCell({
      transport: 'udp',
      codec: 'msgpack',
      medianUs: 610,
      cpuUs: 6.4,
      bytes: 120,
      dropped: 48_000,
      reasons: [LEDGER_OPEN, SMALL_BUFFER],
    }),
  ]);
}

/** Interrupted after three seconds of one small cell, on a machine without ping. */
export function makeInterrupted(): LabResult {
  const cell = makeCell({ clients: 2, rate: 20, seconds: 3 }, { incomplete: true });
  const ping: CellResult['ping'] = {
    under_load: NO_PING,
    reference: 'echo-tcp',
    reference_rtt_us: { min: 52, avg: 88, p50: 81, max: 310, mdev: 40 },
  };
  const ratio = { p50: cell.latency_us.p50! / 40.5, p99: null, reason: 'too few samples for a p99' };
  return makeResult([{ ...cell, ping, ping_ratio: ratio }], {
    incomplete: true,
    baselines: makeBaselines({ ping: NO_PING }),
  });
}
