/**
 * What the figures of a result are made of: a distribution, a round trip, a ledger, the use of a
 * process. Part of result.ts.
 */
import { z } from 'zod';

export const count = z.number().int().nonnegative();
export const positive = z.number().nonnegative();

/**
 * Percentiles of a latency histogram, µs. A percentile with fewer than 10 samples beyond it is
 * null: N·(1−X) ≥ 10.
 */
export const distribution = z.strictObject({
  count,
  /**
   * Values below zero: clocks or stamps disagree. They are counted here and are in no percentile.
   */
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

export const rtt = z.strictObject({
  min: positive,
  avg: positive,
  /** Median of the single replies. */
  p50: positive,
  max: positive,
  mdev: positive.nullable(),
});

/** A round-trip baseline. `available: false` always carries a reason. */
export const roundTrip = z.strictObject({
  available: z.boolean(),
  reason: z.string().nullable(),
  hint: z.string().nullable(),
  host: z.string(),
  size_bytes: count,
  sent: count,
  received: count,
  rtt_us: rtt.nullable(),
});

/** Over bare sockets of two processes. */
const echo = z.strictObject({
  ...roundTrip.shape,
  /**
   * `native`: by blocking system calls, so that it is the kernel's; `node`: over Node's sockets,
   * with an event loop on both sides; null where it was not measured.
   */
  via: z.enum(['native', 'node']).nullable(),
});

export const baselines = z.strictObject({
  size_bytes: count,
  ping: roundTrip,
  echo: z.strictObject({ tcp: echo, udp: echo }),
});

/** Reordering by RFC 4737, over all subscribers; duplicates are set aside first. */
export const reordering = z.strictObject({
  /** Reordered ÷ received unique messages. */
  ratio: positive.nullable(),
  /**
   * Largest reordering extent: messages that came between a late one and the first that overtook it
   * (RFC 4737 §4.2).
   */
  extent_max: count.nullable(),
  extent_mean: positive.nullable(),
  /**
   * Messages preceded immediately by at least n later ones, n = 1, 2, 3 (RFC 4737 §5). TCP's fast
   * retransmit needs 3.
   */
  n_reordered: z.strictObject({ n1: count.nullable(), n2: count.nullable(), n3: count.nullable() }),
});

/**
 * RFC 3550 §6.4.1 interarrival jitter of each subscriber, its mean over the window, over the
 * subscribers, µs.
 */
export const jitter = z.strictObject({
  subscribers: count,
  /** Null in a result of an earlier lab, which took the last value of each. */
  p50: positive.nullable(),
  p99: positive.nullable(),
  max: positive.nullable(),
});

/** A distribution above another one, figure by figure, µs; null where either is. */
export const excess = z.strictObject({
  mean: positive.nullable(),
  p50: positive.nullable(),
  p90: positive.nullable(),
  p99: positive.nullable(),
  p999: positive.nullable(),
  max: positive.nullable(),
});

/**
 * Mean µs a delivery spends in each stage; null where it is not measured. Schedule to network add
 * up to the mean latency of a lossless cell, with instrument to that of receipt; decode comes after
 * it.
 */
export const stages = z.strictObject({
  /** Intended time → the generator gets to it. */
  schedule: positive.nullable(),
  /** The codec turns the message into bytes, once for all subscribers. */
  encode: positive.nullable(),
  /**
   * From there until the server's send call: appending, batching, and waiting for one's turn. Only
   * UDP's wire tells; TCP: in network.
   */
  queue: positive.nullable(),
  /**
   * Send call → kernel → network → arrival; where `latency_at` is receipt, until the subscriber's
   * process has the bytes.
   */
  network: z.number().nullable(),
  /** Arrival → the subscriber's process has the bytes, over stamped reads. */
  instrument: z.number().nullable(),
  /** Finding and accounting for the message in the bytes read. */
  decode: positive.nullable(),
});

/**
 * Growth of counters of the **whole host** in the window, whoever caused it; null where the
 * platform does not tell, and what a sender counts where that is another host.
 */
export const kernel = z.strictObject({
  udp_rcvbuf_errors: count.nullable(),
  udp_sndbuf_errors: count.nullable(),
  udp_in_errors: count.nullable(),
  tcp_retransmitted_segments: count.nullable(),
  /**
   * Share of all CPU time that the host of this virtual machine gave to others while the cell ran,
   * 0 to 1.
   */
  cpu_steal_ratio: z.number().min(0).max(1).nullable(),
  /** Cores of the host that were busy in the window, whoever used them. */
  cpu_busy_cores: positive.nullable(),
  /** Of these, what the emulator of the link used; null = no link, or not known. */
  cpu_link_cores: positive.nullable(),
  /** Share of the window in which some task of the host waited for a CPU (PSI). */
  cpu_pressure_ratio: positive.nullable(),
  /** CPUs that the tightest quota of a control group of the lab grants; null without a quota. */
  cpu_quota_cores: positive.nullable(),
  /** Of the group whose quota was used up most often; null without a quota. */
  cpu_throttled: z
    .strictObject({
      group: z.string(),
      /** Periods of the window in which the quota was used up ÷ those in which it was used. */
      periods_ratio: z.number().min(0).max(1).nullable(),
      /** Time that it was kept from running, summed over the CPUs. */
      cpu_s: positive.nullable(),
      /** The same ÷ (window × CPUs of the host). */
      window_ratio: positive.nullable(),
    })
    .nullable(),
});

/**
 * What a bare socket loop (no core, no codec) delivers with the same clients and bytes per write.
 */
export const ceiling = z.strictObject({
  available: z.boolean(),
  reason: z.string().nullable(),
  messages_per_s: positive.nullable(),
  /** Delivered/s ÷ messages_per_s. */
  ratio: positive.nullable(),
});

/**
 * Where every (message, subscriber) pair of the window went: expected = delivered + send_errors +
 * dropped_by_policy + conflated + kernel_receive_drops + network_lost + late + unattributed. Only
 * `joined` is known where no process is left that counted.
 */
export const ledger = z.strictObject({
  published: count.nullable(),
  joined: count,
  expected: count.nullable(),
  delivered: count.nullable(),
  /** Null of a server that is not the lab's own: its losses are in `network_lost`. */
  send_errors: count.nullable(),
  dropped_by_policy: count.nullable(),
  conflated: count.nullable(),
  /**
   * Messages of lost datagrams that the kernel dropped in full receive buffers, in the window; null
   * without /proc.
   */
  kernel_receive_drops: count.nullable(),
  /**
   * Messages missing in datagrams that were sent and did not arrive. Behind a link: those that it
   * dropped or corrupted, by its own book. Of a server that is not the lab's own: by the numbers of
   * the datagrams, less what the kernel here dropped. Null else, and where nobody tells.
   */
  network_lost: count.nullable(),
  late: count.nullable(),
  /** What nothing explains; negative would mean counted twice. */
  unattributed: z.number().int().nullable(),
  /** Subscribers whose own account leaves more than 0.01 % of their messages unexplained. */
  subscribers_unbalanced: count.nullable(),
  balanced: z.boolean().nullable(),
});

/** Null where it is not known: of a window that never began, or where the system does not tell. */
export const processUse = z.strictObject({
  processes: count,
  cpu_us: positive.nullable(),
  /**
   * CPU-µs from the start of the window until its last message was sent or received, ÷ messages
   * delivered; null when none was.
   */
  cpu_us_per_delivery: positive.nullable(),
  /** Share of one core, 1 = one core busy for the whole window. */
  cpu_cores: positive.nullable(),
  /** The same of the process that used most. */
  busiest_cores: positive.nullable(),
  /**
   * Share of the window in which a thread was ready to run and waited for a CPU: of the thread that
   * waited most, of any process.
   */
  run_queue_ratio: positive.nullable(),
  /** Highest event-loop utilisation of any of the processes in the window, 0 to 1. */
  loop_utilization: z.number().min(0).max(1).nullable(),
  /**
   * 99th percentile and maximum of the event-loop delay in the window, highest of any process, µs.
   */
  loop_delay_us: z.strictObject({ p99: positive.nullable(), max: positive.nullable() }),
  /**
   * Resident set at the start and the end of the window and its peak, summed over the processes.
   */
  rss_start_bytes: count.nullable(),
  rss_bytes: count.nullable(),
  rss_peak_bytes: count.nullable(),
});

export const second = z.strictObject({
  /** Seconds since the start of the window. */
  second: count,
  published: count,
  delivered: count,
  p50_us: positive.nullable(),
  p99_us: positive.nullable(),
  max_us: positive.nullable(),
});
