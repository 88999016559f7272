/**
 * The result of a run, `lab-result/v1`: the one document every table, report and export is made from.
 * Units are in the names; there is no NaN or Infinity (null instead); docs/results.md describes every field.
 */
import { z } from 'zod';

export const RESULT_SCHEMA = 'lab-result/v1';

const count = z.number().int().nonnegative();
const positive = z.number().nonnegative();

/** Percentiles of a latency histogram, µs. A percentile with fewer than 10 samples beyond it is null: N·(1−X) ≥ 10. */
const distribution = z.strictObject({
  count,
  /** Values below zero: clocks or stamps disagree. They are counted here and are in no percentile. */
  negative: count,
  /** Values above the histogram's range (about 35 minutes), counted and in no percentile. */
  overflow: count,
  min: z.number().nullable(),
  mean: z.number().nullable(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p99: z.number().nullable(),
  p999: z.number().nullable(),
  max: z.number().nullable(),
  /** HdrHistogram V2 compressed encoding, base64; null where there is nothing to encode. */
  hdr: z.string().nullable(),
});

const rtt = z.strictObject({
  min: positive,
  avg: positive,
  /** Median of the single replies. */
  p50: positive,
  max: positive,
  mdev: positive.nullable(),
});

/** A round-trip baseline. `available: false` always carries a reason. */
const roundTrip = z.strictObject({
  available: z.boolean(),
  reason: z.string().nullable(),
  hint: z.string().nullable(),
  host: z.string(),
  size_bytes: count,
  sent: count,
  received: count,
  rtt_us: rtt.nullable(),
});

const baselines = z.strictObject({
  size_bytes: count,
  ping: roundTrip,
  echo: z.strictObject({ tcp: roundTrip, udp: roundTrip }),
});

/** Reordering by RFC 4737, over all subscribers; duplicates are set aside first. */
const reordering = z.strictObject({
  /** Reordered ÷ received unique messages. */
  ratio: positive.nullable(),
  /** Largest reordering extent: messages that came between a late one and the first that overtook it (RFC 4737 §4.2). */
  extent_max: count,
  extent_mean: positive.nullable(),
  /** Messages preceded immediately by at least n later ones, n = 1, 2, 3 (RFC 4737 §5). TCP's fast retransmit needs 3. */
  n_reordered: z.strictObject({ n1: count, n2: count, n3: count }),
});

/** RFC 3550 §6.4.1 interarrival jitter of each subscriber at the end of the window, over the subscribers, µs. */
const jitter = z.strictObject({ subscribers: count, p50: positive, p99: positive, max: positive });

/**
 * Mean µs a delivery spends in each stage; null where it is not measured. Schedule to transit add up to the mean latency of a lossless
 * cell; decode comes after the receipt.
 */
const stages = z.strictObject({
  /** Intended time → the generator gets to it. */
  schedule: positive.nullable(),
  /** Encoding and appending to the log. */
  encode: positive.nullable(),
  /** In the log until it is handed to the socket: batching, and waiting for one's turn. Only UDP's wire tells; TCP: in transit. */
  queue: positive.nullable(),
  /** Socket → kernel → network → the subscriber's process has the bytes. */
  transit: z.number().nullable(),
  /** Finding and accounting for the message in the bytes read. */
  decode: positive.nullable(),
});

/** Growth of the host's own counters in the window; null where the platform does not tell. */
const kernel = z.strictObject({
  udp_rcvbuf_errors: count.nullable(),
  udp_sndbuf_errors: count.nullable(),
  udp_in_errors: count.nullable(),
  tcp_retransmitted_segments: count.nullable(),
  /** Share of all CPU time that the host of this virtual machine gave to others while the cell ran, 0 to 1. */
  cpu_steal_ratio: z.number().min(0).max(1).nullable(),
});

/** What a bare socket loop (no core, no codec) delivers with the same clients and bytes per write. */
const ceiling = z.strictObject({
  available: z.boolean(),
  reason: z.string().nullable(),
  messages_per_s: positive.nullable(),
  /** Delivered/s ÷ messages_per_s. */
  ratio: positive.nullable(),
});

const reason = z.strictObject({
  code: z.string(),
  /** SUSPECT or INVALID: how far this reason alone pulls the verdict down. */
  severity: z.enum(['SUSPECT', 'INVALID']),
  message: z.string(),
  hint: z.string(),
});

/**
 * Where every (message, subscriber) pair of the window went:
 * expected = delivered + send_errors + dropped_by_policy + conflated + kernel_receive_drops + network + late + unattributed.
 */
const ledger = z.strictObject({
  published: count,
  joined: count,
  expected: count,
  delivered: count,
  /** Null of a server that is not the lab's own: its losses are in `network`. */
  send_errors: count.nullable(),
  dropped_by_policy: count,
  conflated: count,
  /** Messages lost in full receive buffers (dropped datagrams × their messages, never more than what is missing); null without /proc. */
  kernel_receive_drops: count.nullable(),
  /**
   * Only of a server that is not the lab's own: messages missing in datagrams that, by their numbers, were sent, and that the kernel here
   * did not drop; null else, and without /proc.
   */
  network: count.nullable(),
  late: count,
  /** What nothing explains; negative would mean counted twice. */
  unattributed: z.number().int(),
  /** Subscribers whose own account leaves more than 0.01 % of their messages unexplained. */
  subscribers_unbalanced: count,
  balanced: z.boolean(),
});

const processUse = z.strictObject({
  processes: count,
  cpu_us: positive,
  /** CPU-µs from the start of the window until its last message was sent or received, ÷ messages delivered; null when none was. */
  cpu_us_per_delivery: positive.nullable(),
  /** Share of one core, 1 = one core busy for the whole window. */
  cpu_cores: positive,
  /** Highest event-loop utilisation of any of the processes in the window, 0 to 1. */
  loop_utilization: z.number().min(0).max(1),
  /** 99th percentile and maximum of the event-loop delay in the window, highest of any process, µs. */
  loop_delay_us: z.strictObject({ p99: positive, max: positive }),
  /** Resident set at the start and the end of the window and its peak, summed over the processes. */
  rss_start_bytes: count,
  rss_bytes: count,
  rss_peak_bytes: count,
});

const second = z.strictObject({
  /** Seconds since the start of the window. */
  second: count,
  published: count,
  delivered: count,
  p50_us: positive.nullable(),
  p99_us: positive.nullable(),
  max_us: positive.nullable(),
});

/** A server that was running already, and measured as it was: what only it knows is null in the cell. */
const target = z.strictObject({
  url: z.string(),
  /** Its address is one of this machine. */
  same_machine: z.boolean(),
  /**
   * Its clock and ours tell the same time, as far as can be told: latencies are receipt − publishing. Otherwise there are none, and
   * `pdv_us` counts from the fastest delivery.
   */
  common_clock: z.boolean(),
  /** Its clock − ours lies in this interval for certain; null where nothing bounds it. */
  clock_offset_us: z.strictObject({ min: z.number().nullable(), max: z.number().nullable() }),
});

const cell = z.strictObject({
  id: z.string(),
  /** The server measured; null = one of the lab's own, for this cell. */
  target: target.nullable(),
  transport: z.string(),
  codec: z.string(),
  clients: count,
  /** Feed messages per second, in total, not per client; null when a replay keeps its recorded pace. */
  rate_per_s: positive.nullable(),
  size_bytes: count.nullable(),
  /** 1, 2, … when cells are repeated. */
  run: z.number().int().positive(),
  duration_s: positive,
  warmup_s: positive,
  /** SHA-256 (hex) over keys and values of all messages published, warm-up included, in order, without times; null when the server died. */
  feed_sha256: z.string().nullable(),
  flush: z.string().nullable(),
  /** How bytes reached the kernel, as the transport names it; `none` when its server never listened. */
  sender: z.string().nullable(),
  decode: z.string(),
  policy: z.string().nullable(),
  verdict: z.strictObject({ status: z.enum(['VALID', 'SUSPECT', 'INVALID']), reasons: z.array(reason) }),
  /** Ended before its window was over (Ctrl-C, a dead worker): figures cover what there was. */
  incomplete: z.boolean(),
  /** Clients that were to join and that did. */
  joined: count,
  published: count,
  expected: count,
  delivered: count,
  /** delivered ÷ expected. */
  reach: positive.nullable(),
  /** RFC 7680: 1 − unique ÷ sent by the sender's own ledger; null when nothing was expected. */
  loss_ratio: z.number().min(0).max(1).nullable(),
  lost: count,
  duplicates: count,
  /** RFC 4737 Type-P-Reordered, messages. */
  reordered: count,
  late: count,
  /** Datagrams or reads that made no sense, and messages whose verified content was not what was published. */
  corrupt: count,
  /**
   * UDP datagrams by their own counter; null on a transport without one. `sent` are the server's sends: to a multicast group one for
   * all members, each of whom receives it, loses it, …
   */
  datagrams: z
    .strictObject({
      sent: count.nullable(),
      received: count,
      lost: count,
      duplicated: count,
      reordered: count,
    })
    .nullable(),
  goodput: z.strictObject({
    messages_per_s: positive,
    /** Bytes of the encoded messages delivered, per second. */
    bytes_per_s: positive,
  }),
  /** Seconds from the end of the window to the last delivery of one of its messages, 0 when none came after it; null when nothing was delivered. */
  drain_s: positive.nullable(),
  wire: z.strictObject({
    /** Mean bytes of an encoded message of the feed. */
    message_bytes: positive.nullable(),
    /** Bytes handed to sockets per delivered message, our headers included, kernel headers not. */
    bytes_per_delivery: positive.nullable(),
    /** Messages per write or datagram, whoever receives it: of a multicast group every member. */
    messages_per_send: positive.nullable(),
  }),
  /** Achieved ÷ planned publishing rate. */
  rate_ratio: positive.nullable(),
  /** t_recv − t_intended, over all (message, subscriber) pairs of the window. */
  latency_us: distribution,
  /** t_publish − t_intended, over the messages of the window: how late the generator was. */
  lag_us: distribution,
  /** t_recv − t_publish, over the same pairs as latency_us: pair by pair, latency = service + lag. */
  service_us: distribution,
  /** Per message that reached every subscriber: time from intended until the last one had it. */
  completion_us: distribution.nullable(),
  /** Per such message: last receipt − first receipt. */
  skew_us: distribution.nullable(),
  /** Messages of the window that reached every subscriber; null where completion is not tracked. */
  complete: count.nullable(),
  /** Age of information: per tracked subscriber and key, sampled: now − intended time of the newest value held. */
  staleness_us: distribution.nullable(),
  jitter_us: jitter.nullable(),
  /** |IPDV| (RFC 3393, 5481): |difference of the service times of consecutive messages| of a subscriber. */
  ipdv_us: distribution.nullable(),
  /** PDV (RFC 5481): service time above the smallest of the cell. */
  pdv_us: z.strictObject({ p50: positive.nullable(), p99: positive.nullable(), p999: positive.nullable() }),
  reordering,
  /** Mean latency of the subscribers by tenth of the order in which they joined: is the last one always last? Null below 10 subscribers. */
  position_us: z.array(z.number()).nullable(),
  stages_us: stages,
  /** Messages whose content was compared with what was published; null where nobody knows what that was. */
  verified: count.nullable(),
  kernel,
  ceiling,
  ping: z.strictObject({
    /** System ping while the cell ran. */
    under_load: roundTrip,
    /** Which baseline the ratios use: the idle ping, or an echo when there is no ping. */
    reference: z.enum(['ping', 'echo-tcp', 'echo-udp', 'none']),
    reference_rtt_us: rtt.nullable(),
  }),
  /** p50: latency p50 ÷ (median RTT ÷ 2). p99: latency p99 ÷ (max RTT ÷ 2). RTT ÷ 2 is a yardstick, not a one-way delay. */
  ping_ratio: z.strictObject({
    p50: positive.nullable(),
    p99: positive.nullable(),
    reason: z.string().nullable(),
  }),
  ledger,
  cpu_us_per_delivery: z.strictObject({ server: positive.nullable(), clients: positive.nullable() }),
  rss_bytes: z.strictObject({
    server: count.nullable(),
    clients: count,
    /** (Memory held with all joined and nothing sent − before the first joined) ÷ joined: resident set less garbage and V8's young generation. */
    server_per_client: positive.nullable(),
    /** Why there is no such figure; null when there is one. */
    server_per_client_reason: z.string().nullable(),
  }),
  server: processUse.nullable(),
  clients_use: processUse.nullable(),
  sockets: z.strictObject({
    receive_buffer_requested_bytes: count.nullable(),
    /** Smallest effective SO_RCVBUF of any subscriber as the kernel reports it; null where it cannot be read (TCP in Node). */
    receive_buffer_bytes: count.nullable(),
    send_buffer_requested_bytes: count.nullable(),
    send_buffer_bytes: count.nullable(),
    note: z.string().nullable(),
  }),
  series: z.array(second),
});

/** One thing that can spoil a benchmark on this machine, as `lab doctor` found it. */
const doctorCheck = z.strictObject({
  check: z.string(),
  /** `unknown`: this platform does not tell. */
  status: z.enum(['ok', 'warn', 'bad', 'unknown']),
  /** What was found, in words. */
  value: z.string(),
  /** The command that mends it, or what to do instead; null when there is nothing to do. */
  advice: z.string().nullable(),
});

const environment = z.strictObject({
  os: z.string(),
  kernel: z.string(),
  arch: z.string(),
  cpu: z.string(),
  cores: count,
  memory_bytes: count,
  governor: z.string().nullable(),
  node: z.string(),
  load_average_1m: positive.nullable(),
  /** Limits and kernel settings that shape a run; null where this platform cannot tell. */
  open_files_limit: count.nullable(),
  sysctls: z.record(z.string(), z.string().nullable()),
  git: z.string().nullable(),
  /** What this platform cannot tell, in words. */
  unknown: z.array(z.string()),
  doctor: z.array(doctorCheck),
});

const config = z.strictObject({
  /** URLs of servers that were running already; null = the lab's own. With them, what only describes a server of the lab is null. */
  target: z.array(z.string()).nullable(),
  transports: z.array(z.string()),
  codecs: z.array(z.string()),
  clients: z.array(count),
  rates_per_s: z.array(positive).nullable(),
  sizes_bytes: z.array(count),
  durations_s: z.array(positive),
  warmup_s: positive,
  /** Null when the number of runs was left to the lab (`--repeat auto`); the next three are null when it was not. */
  repeat: z.number().int().positive().nullable(),
  ci_target: positive.nullable(),
  ci_metric: z.string().nullable(),
  max_repeat: count.nullable(),
  seed: z.number().int(),
  source: z.string().nullable(),
  speed: positive.nullable(),
  /** The part of a recording that was replayed, as the flags say it; left out when that was all of it. */
  replay_from: z.string().optional(),
  replay_to: z.string().optional(),
  symbols: count.nullable(),
  flush: z.string().nullable(),
  policy: z.string().nullable(),
  /** Faults injected on purpose (`delay=30ms`); null = none. */
  inject: z.string().nullable(),
  host: z.string(),
  port: count.nullable(),
  datagram_bytes: count.nullable(),
  receive_buffer_bytes: count.nullable(),
  send_buffer_bytes: count.nullable(),
  /** As asked for; `sender` of a cell says which it was. */
  udp_sender: z.string().nullable(),
  /** Null without a multicast transport. The interface as given, or the host. */
  group: z.string().nullable(),
  multicast_ttl: count.nullable(),
  multicast_interface: z.string().nullable(),
  tmax_s: positive,
  /** Server processes. */
  shards: count.nullable(),
  subscriber_processes: count,
});

const threshold = z.strictObject({
  /** As given: `p99<5ms`. */
  expression: z.string(),
  /** The id of the cell it was held against. */
  cell: z.string(),
  /** The figure of the cell in `unit`; null when it cannot be told, and then the threshold is broken. */
  value: z.number().nullable(),
  /** The limit in `unit`. */
  limit: z.number(),
  /** Of value and limit, the unit of the result document: us, ratio, messages, messages/s or bytes. */
  unit: z.string(),
  passed: z.boolean(),
});

/** How many runs each cell got, and why no more. */
const repeat = z.strictObject({
  mode: z.enum(['fixed', 'auto']),
  /** Runs that every cell had. */
  runs: count,
  /** The figure that `auto` wanted to know, and the half-width of its 95 % interval ÷ median that was enough. */
  metric: z.string().nullable(),
  target: positive.nullable(),
  /** `reached` or `limit` end an `auto` run: the metric is known to within the target in every cell, or it is not. */
  outcome: z.enum(['fixed', 'reached', 'limit', 'interrupted']),
});

export const resultSchema = z.strictObject({
  schema: z.literal(RESULT_SCHEMA),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  duration_s: positive,
  /** The exact command that reproduces this run, seed included. */
  command: z.string(),
  seed: z.number().int(),
  /** Interrupted, or a cell failed. */
  incomplete: z.boolean(),
  config: z.strictObject({ supplied: z.array(z.string()), effective: config }),
  environment,
  /**
   * Latency of a path without delay, through no socket and to no other process: what the instrument itself is in every
   * latency. Null when it could not be measured.
   */
  noise_floor_us: z.strictObject({ p50: positive, p99: positive, max: positive }).nullable(),
  /** For the first payload size of the matrix. */
  baselines,
  /** For its other payload sizes. */
  baselines_other_sizes: z.array(baselines),
  /** Every `--threshold` held against every cell, in the order given; empty without one. */
  thresholds: z.array(threshold),
  repeat,
  cells: z.array(cell),
});

export type LabResult = z.infer<typeof resultSchema>;
export type CellResult = z.infer<typeof cell>;
export type RoundTrip = z.infer<typeof roundTrip>;
export type RoundTripTimes = z.infer<typeof rtt>;
export type Baselines = z.infer<typeof baselines>;
export type Distribution = z.infer<typeof distribution>;
export type VerdictReason = z.infer<typeof reason>;
export type Ledger = z.infer<typeof ledger>;
export type ProcessUse = z.infer<typeof processUse>;
export type Environment = z.infer<typeof environment>;
export type DoctorCheck = z.infer<typeof doctorCheck>;
export type EffectiveConfig = z.infer<typeof config>;
export type ThresholdResult = z.infer<typeof threshold>;
export type RepeatResult = z.infer<typeof repeat>;
export type SeriesSecond = z.infer<typeof second>;
