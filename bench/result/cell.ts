/** The figures of one cell of the matrix, in one run of it. Part of result.ts. */
import { z } from 'zod';
import { linkCounts, linkTraces } from './link.js';
import {
  ceiling,
  count,
  distribution,
  excess,
  jitter,
  kernel,
  ledger,
  positive,
  processUse,
  reordering,
  roundTrip,
  rtt,
  second,
  stages,
} from './measures.js';

export const reason = z.strictObject({
  code: z.string(),
  /** SUSPECT or INVALID: how far this reason alone pulls the verdict down. */
  severity: z.enum(['SUSPECT', 'INVALID']),
  message: z.string(),
  hint: z.string(),
});

/** A server of the lab's own, for this cell: what nobody but a server knows. */
const localServer = z.strictObject({
  kind: z.literal('local'),
  flush: z.string(),
  /** How what is lost is repaired; `none` where the transport has no repair. */
  repair: z.string(),
  /** Congestion control asked for: `default` is the kernel's own; so where there is none. */
  congestion: z.string(),
  policy: z.string(),
  /**
   * How bytes reached the kernel, as the transport names it; `none` when its server never listened.
   */
  sender: z.string(),
  /**
   * UDP: subscribers on whose path the kernel would not segment; null where it was not asked to.
   */
  segmentation_refused: count.nullable(),
  /**
   * SHA-256 (hex) over keys and values of all messages published, warm-up included, in order,
   * without times; null when the server died.
   */
  feed_sha256: z.string().nullable(),
  /** t_publish − t_intended, over the messages of the window: how late the generator was. */
  schedule_lag_us: distribution,
  /**
   * CPU-µs that making the messages took in the time of `use.cpu_us`, which is without them; null
   * where it was not measured, and is in there.
   */
  source_cpu_us: positive.nullable(),
  /** Null when it left no report. */
  use: processUse.nullable(),
});

/** A server that was running already, and measured as it was. */
const targetServer = z.strictObject({
  kind: z.literal('target'),
  url: z.string(),
  /**
   * Of the welcomes of its subscribers, each once: a server that was started again has another.
   * Null: not recorded.
   */
  epochs: z.array(z.string()).nullable(),
  /** Its address is one of this machine. */
  same_machine: z.boolean(),
  /** Both clocks are of one machine and agree, as far as can be told. */
  common_clock: z.boolean(),
  /**
   * What was added to arrival − publishing (or receipt −) for a one-way latency: 0 where the clock
   * is common, else the middle of what their difference can be. Null: nothing bounds that, so there
   * are no latencies and `pdv_us` counts from the fastest delivery.
   */
  clock_correction_us: z.number().nullable(),
  /** Every one-way latency is right to ± this; null where there is none, or nothing tells. */
  latency_error_us: positive.nullable(),
  /** Its clock − ours lies in this interval for certain; null where nothing bounds it. */
  clock_offset_us: z.strictObject({ min: z.number().nullable(), max: z.number().nullable() }),
});

/** What repair has done from the beginning of the window until the end of the drain. */
const repairs = z.strictObject({
  /** NAKs that clients sent, and that the server read. */
  naks: count,
  naks_received: count,
  /** Repairs, parities or copies that the server sent, and their bytes, with our headers. */
  sent: count,
  sent_bytes: count,
  /** Those bytes ÷ all others that it handed to sockets. */
  overhead: positive.nullable(),
  /** Messages that came as a repair, or were rebuilt, in time. */
  repaired: count,
  /**
   * Messages that came more than `repair_deadline_ms` after they were missed, as a repair or by
   * themselves; null = from before there was a deadline to choose.
   */
  late: count.nullable(),
  /**
   * Messages that were missed, and of which the server said that later ones of their keys had been
   * published; null likewise.
   */
  superseded: count.nullable(),
  /** From when a gap was found until its repair came, message by message. */
  repair_us: z.strictObject({
    p50: positive.nullable(),
    p99: positive.nullable(),
    max: positive.nullable(),
  }),
  /** Datagrams of which original and repair came. */
  spurious: count,
  /** Ranges that were asked for and did not come in time; parities that could rebuild nothing. */
  futile: count,
  /** Ranges that the server no longer had. */
  gone: count,
  /** Ranges that it left unanswered, and parities that it did not send, for want of budget. */
  withheld: count,
  /** What was sent unasked; null where clients ask. */
  redundancy: z
    .strictObject({
      /** Parities or copies that reached clients. */
      received: count,
      /** … that brought back a datagram; and those of which nothing was missing. */
      used: count,
      unused: count,
      /** Messages left out of copies, as later ones of their keys had been published. */
      superseded: count,
    })
    .nullable(),
});

export const cell = z.strictObject({
  id: z.string(),
  server: z.discriminatedUnion('kind', [localServer, targetServer]),
  transport: z.string(),
  codec: z.string(),
  clients: count,
  /**
   * Feed messages per second, in total, not per client; null when a replay keeps its recorded pace.
   */
  rate_per_s: positive.nullable(),
  size_bytes: count.nullable(),
  /** 1, 2, … when cells are repeated. */
  run: z.number().int().positive(),
  duration_s: positive,
  warmup_s: positive,
  decode: z.string(),
  /**
   * What moved the bytes of the clients: system calls, Node's sockets, or system calls on one
   * socket for all. Null = from before there was a choice: Node's.
   */
  receiver: z.enum(['native', 'node', 'virtual']).nullable(),
  /** Emulated between clients and server: a profile or a specification; null = none. */
  link: z.string().nullable(),
  link_traces: linkTraces,
  /** What that did with packets while there was a feed; null without one, or when it died. */
  link_counts: linkCounts.nullable(),
  verdict: z.strictObject({
    status: z.enum(['VALID', 'SUSPECT', 'INVALID']),
    reasons: z.array(reason),
  }),
  /** Ended before its window was over (Ctrl-C, a dead worker): figures cover what there was. */
  incomplete: z.boolean(),
  /** Clients that were to join and that did. */
  joined: count,
  /** Null, like all that is counted of messages, where a worker died or never began to count. */
  published: count.nullable(),
  expected: count.nullable(),
  delivered: count.nullable(),
  /** delivered ÷ expected. */
  reach: positive.nullable(),
  /** RFC 7680: 1 − unique ÷ sent by the sender's own ledger; null when nothing was expected. */
  loss_ratio: z.number().min(0).max(1).nullable(),
  lost: count.nullable(),
  duplicates: count.nullable(),
  /** RFC 4737 Type-P-Reordered, messages. */
  reordered: count.nullable(),
  late: count.nullable(),
  /**
   * Datagrams or reads that made no sense, and messages whose verified content was not what was
   * published.
   */
  corrupt: count.nullable(),
  /**
   * UDP datagrams by their own counter; null on a transport without one. `sent` are the server's
   * sends: to a multicast group one for all members, each of whom receives it, loses it, …
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
  /** UDP with repair; null without, or where nobody could count. */
  repairs: repairs.nullable(),
  /** Null where nobody could count: a worker died, or there was no window. */
  goodput: z.strictObject({
    messages_per_s: positive.nullable(),
    /** Bytes of the encoded messages delivered, per second. */
    bytes_per_s: positive.nullable(),
  }),
  /**
   * Seconds from the end of the window to the last delivery of one of its messages, 0 when none
   * came after it; null when nothing was delivered.
   */
  drain_s: positive.nullable(),
  wire: z.strictObject({
    /** Mean bytes of an encoded message of the feed. */
    message_bytes: positive.nullable(),
    /** Bytes handed to sockets per delivered message: our headers and padding, not the kernel's. */
    bytes_per_delivery: positive.nullable(),
    /**
     * IP bytes per delivered message, both directions: with the headers of IP, TCP and UDP,
     * acknowledgements and reports of clients. Null of a server that was running already.
     */
    ip_bytes_per_delivery: positive.nullable(),
    /**
     * `link`: packet by packet, as the emulated link counted. `measured`: as the kernel counted,
     * nobody else having sent. `estimated`: from what sockets were given, and what the protocols
     * add.
     */
    ip_bytes_source: z.enum(['link', 'measured', 'estimated']).nullable(),
    /** Messages per write or datagram, whoever receives it: of a multicast group every member. */
    messages_per_send: positive.nullable(),
    /** UDP: datagrams per send; more than one where the kernel segments (UDP_SEGMENT). */
    segments_per_send: positive.nullable(),
    /** UDP: share of the bytes handed to sockets that only fills datagrams up to one length. */
    padding_ratio: positive.nullable(),
  }),
  /** Achieved ÷ planned publishing rate. */
  rate_ratio: positive.nullable(),
  /**
   * What `latency_us`, and every time below that ends with a delivery, counts to. `arrival`: the
   * subscriber's kernel had it (of a read without a stamp: its code had it); `receipt`: its code
   * had it, because no read of the cell was stamped.
   */
  latency_at: z.enum(['arrival', 'receipt']),
  /**
   * Deliveries in reads without a stamp, in a cell with some: their arrival is the time of the
   * read. Null at `receipt`.
   */
  unstamped: count.nullable(),
  /**
   * Deliveries in reads over a stream that may have come noticeably before the stamp: the process was
   * away, and the kernel keeps the stamp of the last segment alone. In `receipt_us` only. Null at
   * `receipt`.
   */
  undated: count.nullable(),
  /** `arrival_us` where there is one, else `receipt_us`. */
  latency_us: distribution,
  /** t_arrival − t_intended, over all (message, subscriber) pairs of the window. */
  arrival_us: distribution.nullable(),
  /** t_receipt − t_intended, over the same pairs. */
  receipt_us: distribution,
  /**
   * t_receipt − t_arrival, over those in stamped reads: how long they waited for the subscriber
   * process. Pair by pair, receipt = arrival + instrument.
   */
  instrument_us: distribution.nullable(),
  /**
   * t_arrival (t_receipt) − t_publish, over the same pairs as latency_us: pair by pair, latency =
   * service + schedule lag.
   */
  service_us: distribution,
  /** Per message that reached every subscriber: time from intended until the last one had it. */
  completion_us: distribution.nullable(),
  /** Per such message: last − first. */
  skew_us: distribution.nullable(),
  /** Messages of the window that reached every subscriber; null where completion is not tracked. */
  complete: count.nullable(),
  /**
   * Age of information: per tracked subscriber and key, sampled: now − intended time of the newest
   * value held.
   */
  staleness_us: distribution.nullable(),
  /**
   * The same less what a receiver without any latency would have had at the same times, of the same
   * keys: mean less mean, percentile less percentile.
   */
  staleness_excess_us: excess.nullable(),
  jitter_us: jitter.nullable(),
  /**
   * |IPDV| (RFC 3393, 5481): |difference of the service times of consecutive messages| of a
   * subscriber.
   */
  ipdv_us: distribution.nullable(),
  /** PDV (RFC 5481): service time above the smallest of the cell. */
  pdv_us: z.strictObject({
    p50: positive.nullable(),
    p99: positive.nullable(),
    p999: positive.nullable(),
  }),
  reordering,
  /**
   * Mean latency of the subscribers by tenth of the order in which they joined: is the last one
   * always last? Null below 10 subscribers.
   */
  position_us: z.array(z.number()).nullable(),
  stages_us: stages,
  /**
   * Messages whose content was compared with what was published; null where nobody knows what that
   * was.
   */
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
  /**
   * p50: latency p50 ÷ (median RTT ÷ 2). p99: latency p99 ÷ (max RTT ÷ 2). RTT ÷ 2 is a yardstick,
   * not a one-way delay.
   */
  ping_ratio: z.strictObject({
    p50: positive.nullable(),
    p99: positive.nullable(),
    reason: z.string().nullable(),
  }),
  ledger,
  cpu_us_per_delivery: z.strictObject({
    server: positive.nullable(),
    clients: positive.nullable(),
  }),
  rss_bytes: z.strictObject({
    server: count.nullable(),
    clients: count.nullable(),
    /**
     * (Memory in use with all joined and nothing sent − before the first joined) ÷ joined: bytes of
     * V8's heap and malloc's, without garbage. Resident sets grow by more.
     */
    server_per_client: positive.nullable(),
    /**
     * ± to a confidence of 95 %, from the scatter of readings while the clients joined; null where
     * there is no such figure, or an earlier lab measured it.
     */
    server_per_client_error: positive.nullable(),
    /** Why there is no such figure; null when there is one. */
    server_per_client_reason: z.string().nullable(),
  }),
  clients_use: processUse.nullable(),
  sockets: z.strictObject({
    receive_buffer_requested_bytes: count.nullable(),
    /**
     * Smallest effective SO_RCVBUF of any subscriber as the kernel reports it; null where it cannot
     * be read (TCP in Node).
     */
    receive_buffer_bytes: count.nullable(),
    send_buffer_requested_bytes: count.nullable(),
    send_buffer_bytes: count.nullable(),
    /** Of the server's TCP connections, as its kernel told; null where there are none or it did not. */
    congestion_control: z.string().nullable(),
    note: z.string().nullable(),
  }),
  series: z.array(second),
});
