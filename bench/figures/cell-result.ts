/**
 * From the record of a cell to its figures. Pure: every number of a cell is made here, from reports
 * and counters.
 */

import { isIPv6 } from 'node:net';
import { REPORT_BYTES } from '../../src/transports/datagram/control-packets.js';
import type { CellRecord } from '../cell-record.js';
import type { RunConfig } from '../config.js';
import { NO_CPU_FIGURES } from '../probe/cpu-counters.js';
import { LatencyTotal } from '../record/distribution.js';
import { SecondsMerger } from '../record/seconds.js';
import { balance, type KeptLedger, unkeptLedger } from '../result/ledger.js';
import type { Baselines, CellResult } from '../result/result.js';
import { evaluate } from '../verdict/verdict.js';
import { plannedMessages } from '../workload/schedule.js';
import { publishedIn } from '../workload/window.js';
import { ceilingFigures } from './ceiling.js';
import { deliveryFigures } from './delivery.js';
import { ipFigures, NO_IP_FIGURES } from './ip-bytes.js';
import { pingFigures } from './ping.js';
import { ratio } from './ratio.js';
import { memoryPerClient, processUse, socketFigures } from './resources.js';
import { feedsAgree, type MergedServers, mergeServers } from './shards.js';
import { sumReports, type Totals } from './sum-reports.js';
import { targetFigures } from './target.js';

export interface CellFacts {
  readonly config: RunConfig;
  /** Baselines at the cell's payload size. */
  readonly baselines: Baselines;
  /** The transport loses nothing by itself: it has no datagrams to count. */
  readonly reliable: boolean;
  /**
   * One send reaches every subscriber: the server's counters count each send and its messages once
   * for all of them.
   */
  readonly multicast: boolean;
  /**
   * Socket buffer bytes that the kernel reports per byte it grants: 2 on Linux, which reports its
   * bookkeeping too (socket(7)).
   */
  readonly bufferFactor: number;
  readonly sizeBytes: number;
}

export function cellResult(record: CellRecord, facts: CellFacts): CellResult {
  const { plan } = record;
  const server = mergeServers(record.servers);
  const totals = sumReports(record.subscribers);
  // Subscribers that one send is for, and who miss it when the kernel refuses it.
  const reached = facts.multicast ? record.joined : 1;
  const kept = ledgerOf(server, record, totals, reached);
  const seconds = measuredSeconds(record, server);
  const deliverySeconds = Math.max(
    seconds,
    (totals.lastDeliveredAt - (record.window?.start ?? 0)) / 1e6,
  );
  const heard = record.subscribers.length > 0;
  const counted = server !== null && record.window !== null && heard;
  const isKept = heard && (record.server.kind === 'target' || server !== null);
  const ledger = isKept ? kept : unkeptLedger(record.joined);
  // Nothing was settled when a worker died: latencies of deliveries that are in no account would
  // contradict the ledger.
  const settled = server === null ? new SecondsMerger(0) : record.seconds;
  const delivery = deliveryFigures(record, server, settled.total);
  const lag = server?.lag ?? new LatencyTotal();
  const serverUse = server === null ? null : processUse(server.usages, totals.delivered);
  const clientsUse = !heard
    ? null
    : processUse(
        record.subscribers.map(({ usage }) => usage),
        totals.delivered,
      );
  const figures: Omit<CellResult, 'verdict'> = {
    id: plan.id,
    server: {
      kind: 'local',
      flush: plan.kind === 'local' ? plan.flush : 'auto',
      policy: facts.config.policy,
      ...senderFigures(record, server),
      feed_sha256: server?.feedSha256 ?? null,
      schedule_lag_us: lag.toDistribution(),
      use: serverUse,
    },
    transport: plan.transport,
    codec: plan.codec,
    clients: plan.clients,
    rate_per_s: plan.kind === 'local' ? plan.ratePerSecond : null,
    size_bytes: facts.sizeBytes,
    run: plan.run,
    duration_s: plan.durationMs / 1_000,
    warmup_s: facts.config.warmupMs / 1_000,
    decode: facts.config.decode,
    receiver: record.receiver,
    incomplete: record.interrupted || record.failure !== null || isGone(record),
    joined: record.joined,
    published: ledger.published,
    expected: ledger.expected,
    delivered: ledger.delivered,
    reach: isKept ? ratio(kept.delivered, kept.expected) : null,
    loss_ratio: isKept ? ratio(kept.expected - kept.delivered, kept.expected) : null,
    lost: isKept ? kept.expected - kept.delivered : null,
    duplicates: heard ? totals.duplicates : null,
    reordered: heard ? totals.reordering.reordered : null,
    late: ledger.late,
    corrupt: heard ? totals.corrupt : null,
    datagrams:
      facts.reliable || server === null || !heard
        ? null
        : { sent: server.totalSends, ...totals.datagrams },
    goodput: {
      messages_per_s: counted ? ratio(totals.delivered, deliverySeconds) : null,
      bytes_per_s: counted ? ratio(totals.deliveredBytes, deliverySeconds) : null,
    },
    drain_s: totals.delivered === 0 ? null : deliverySeconds - seconds,
    wire: {
      ...wireFigures(server, kept, reached, record, facts),
      ...segmentFigures(server, facts.reliable),
    },
    rate_ratio: rateRatio(record, facts.config),
    ...delivery,
    kernel: record.kernel ?? NO_COUNTERS,
    ceiling: ceilingFigures(null, null),
    ...pingFigures(
      record.ping,
      facts.baselines,
      delivery.latency_us,
      facts.reliable ? 'echo-tcp' : 'echo-udp',
    ),
    ledger,
    cpu_us_per_delivery: {
      server: serverUse?.cpu_us_per_delivery ?? null,
      clients: clientsUse?.cpu_us_per_delivery ?? null,
    },
    rss_bytes: {
      server: serverUse?.rss_peak_bytes ?? null,
      clients: clientsUse?.rss_peak_bytes ?? null,
      ...memoryPerClient(record),
    },
    clients_use: clientsUse,
    sockets: socketFigures(
      facts.reliable,
      facts.config,
      record.server.kind === 'local' ? record.server.sendBufferBytes : null,
      totals.receiveBufferBytes,
    ),
    // Seconds of zeros would say that nothing was published.
    series: server === null ? [] : settled.series(Math.ceil(seconds), server.publishedPerSecond),
  };
  const cell = targetFigures(figures, record);
  const verdict = evaluate({
    cell,
    failure: record.failure,
    interrupted: record.interrupted,
    joinFailures: record.joinFailures,
    cut: totals.cut,
    sourceUnderruns: server?.sourceUnderruns ?? 0,
    strangers: strangersOf(server),
    behind: server?.behind ?? false,
    server: record.server,
    feedsAgree: feedsAgree(record.servers, record.interrupted || server?.behind === true),
    bufferFactor: facts.bufferFactor,
  });
  return { ...cell, verdict };
}

/**
 * Causes are charged in the order in which they strike a message; none may explain more than is
 * still missing. `reached`: subscribers that each send is for.
 */
function ledgerOf(
  server: MergedServers | null,
  { joined, subscribers, server: { kind } }: CellRecord,
  totals: Totals,
  reached: number,
): KeptLedger {
  const published = server?.publishedBy ?? [];
  // To each what its own shard published: the same for all, unless shards were cut short or fell
  // behind.
  const expected = published.reduce(
    (sum, messages, shard) =>
      sum +
      messages * subscribers.reduce((clients, report) => clients + (report.joined[shard] ?? 0), 0),
    0,
  );
  let missing = expected - totals.delivered;
  const charge = (amount: number): number => {
    const charged = Math.max(0, Math.min(amount, missing));
    missing -= charged;
    return charged;
  };
  const dropped = charge(totals.droppedByPolicy);
  // A refused send leaves a gap in the numbers of the datagrams: where none is missing, it explains
  // nothing.
  const refused = Math.min(
    (server?.counters.sendErrorMessages ?? 0) * reached,
    totals.inLostDatagrams,
  );
  const sendErrors = kind === 'local' && server !== null ? charge(refused) : null;
  // Of processes that left no report nobody knows.
  const kernelDrops = subscribers.length === 0 ? null : totals.kernelDrops;
  const entries = {
    published: server?.published ?? 0,
    joined,
    expected,
    delivered: totals.delivered,
    dropped_by_policy: dropped,
    conflated: 0,
    send_errors: sendErrors,
    kernel_receive_drops: kernelDrops === null ? null : charge(kernelDrops),
    network: kind === 'local' || kernelDrops === null ? null : charge(totals.network),
    late: charge(totals.late + totals.inFlight),
    subscribers_unbalanced: totals.unbalanced,
  };
  return balance(entries, totals.unexplained - (sendErrors ?? 0));
}

/** Who is refused for a request that makes no sense is in both counters. */
function strangersOf(server: MergedServers | null): number {
  return server === null ? 0 : Math.max(server.counters.refused, server.counters.malformed);
}

/** A server that was running already ended every subscription before the window was over. */
function isGone({ server }: CellRecord): boolean {
  return server.kind === 'target' && server.gone;
}

/** Length of the window: as planned, or what there was of an interrupted one. */
function measuredSeconds(record: CellRecord, server: MergedServers | null): number {
  const { plan, window, interrupted } = record;
  const planned = plan.durationMs / 1_000;
  if ((!interrupted && !isGone(record)) || window === null) return planned;
  return Math.min(planned, Math.max(0, ((server?.endedAt ?? 0) - window.start) / 1e6));
}

/**
 * Achieved ÷ planned rate: the share of the planned messages that was published, times planned ÷
 * real time if publishing outlasted the window; that of the slowest shard. Null where nothing can
 * be said (interrupted, failed).
 */
function rateRatio(
  { plan, servers, window, interrupted }: CellRecord,
  config: RunConfig,
): number | null {
  if (servers.length === 0 || window === null || interrupted) return null;
  const planned =
    plan.kind === 'target' || plan.ratePerSecond === null
      ? null
      : plannedMessages(plan.ratePerSecond, config.warmupMs, plan.durationMs);
  return Math.min(
    ...servers.map(({ lastPublishedAt, range }) => {
      const stretch = Math.min(
        1,
        (plan.durationMs * 1_000) / Math.max(1, lastPublishedAt - window.start),
      );
      return planned === null ? stretch : (ratio(publishedIn(range), planned) ?? 1) * stretch;
    }),
  );
}

/** `reached`: subscribers that each send is for. */
function wireFigures(
  server: MergedServers | null,
  ledger: KeptLedger,
  reached: number,
  record: CellRecord,
  { reliable, config }: CellFacts,
): Omit<CellResult['wire'], 'segments_per_send' | 'padding_ratio'> {
  if (server === null)
    return {
      message_bytes: null,
      bytes_per_delivery: null,
      ...NO_IP_FIGURES,
      messages_per_send: null,
    };
  const { sends, sendBytes, sentMessages } = server.counters;
  const perSent = ratio(sendBytes, sentMessages);
  // Not simply what was sent in the window: a batch may carry messages of the warm-up. Nor all that
  // was due: the rest may never have left a server in arrears.
  const sent = Math.min(
    sentMessages,
    (ledger.expected - ledger.dropped_by_policy) / Math.max(1, reached),
  );
  const sentPerDelivery = ratio(sent, ledger.delivered);
  const handed = perSent === null || sentPerDelivery === null ? null : perSent * sentPerDelivery;
  return {
    message_bytes: server.meanMessageBytes,
    bytes_per_delivery: handed,
    ...ipFigures(handed, server.traffic, record.ip, {
      reliable,
      joined: record.joined,
      ipv6: isIPv6(config.host),
      pingBytes: record.ping.size_bytes,
      reportBytes: REPORT_BYTES,
    }),
    messages_per_send: ratio(sentMessages, sends),
  };
}

/** What became of datagrams on their way into the kernel. */
function segmentFigures(
  server: MergedServers | null,
  reliable: boolean,
): Pick<CellResult['wire'], 'segments_per_send' | 'padding_ratio'> {
  if (server === null || reliable) return { segments_per_send: null, padding_ratio: null };
  const { sends, sendBytes, paddingBytes, coalescedSends, coalescedDatagrams } = server.counters;
  return {
    segments_per_send: ratio(sends, sends - coalescedDatagrams + coalescedSends),
    padding_ratio: ratio(paddingBytes, sendBytes),
  };
}

function senderFigures(
  { server }: CellRecord,
  merged: MergedServers | null,
): { readonly sender: string; readonly segmentation_refused: number | null } {
  const sender = (server.kind === 'local' ? server.sender : null) ?? 'none';
  const refused = merged?.segmentationRefused ?? 0;
  return { sender, segmentation_refused: sender === 'gso' || refused > 0 ? refused : null };
}

const NO_COUNTERS: CellResult['kernel'] = {
  cpu_steal_ratio: null,
  ...NO_CPU_FIGURES,
  udp_rcvbuf_errors: null,
  udp_sndbuf_errors: null,
  udp_in_errors: null,
  tcp_retransmitted_segments: null,
};
