/**
 * From the record of a cell to its figures. Pure: every number of a cell is made here, from reports
 * and counters.
 */

import { DEFAULT_POLICY } from '../../src/core/overload/policy.js';
import type { CellRecord } from '../cell-record.js';
import { DEFAULT_CONGESTION, type RunConfig } from '../config.js';
import { NO_CPU_FIGURES } from '../probe/cpu-counters.js';
import { LatencyTotal } from '../record/distribution.js';
import { SecondsMerger } from '../record/seconds.js';
import { unkeptLedger } from '../result/ledger.js';
import type { Baselines, CellResult } from '../result/result.js';
import { evaluate } from '../verdict/verdict.js';
import { plannedMessages } from '../workload/schedule.js';
import { publishedIn } from '../workload/window.js';
import { ceilingFigures } from './ceiling.js';
import { memoryPerClient } from './client-memory.js';
import { deliveryFigures } from './delivery.js';
import { ledgerOf } from './ledger.js';
import { linkFigures } from './link.js';
import { pingFigures } from './ping.js';
import { ratio } from './ratio.js';
import { repairFigures } from './repairs.js';
import { processUse, socketFigures, sourceCpu } from './resources.js';
import { feedsAgree, type MergedServers, mergeServers } from './shards.js';
import { sumReports } from './sum-reports.js';
import { targetFigures } from './target.js';
import { segmentFigures, senderFigures, wireFigures } from './wire.js';

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
  /** Of the link that it was to be behind, as the run has read it. */
  readonly linkTraces: CellResult['link_traces'];
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
      repair: plan.kind === 'local' ? plan.repair : 'none',
      congestion: plan.kind === 'local' ? plan.congestion : DEFAULT_CONGESTION,
      policy: plan.kind === 'local' ? plan.policy : DEFAULT_POLICY,
      ...senderFigures(record, server),
      feed_sha256: server?.feedSha256 ?? null,
      schedule_lag_us: lag.toDistribution(),
      source_cpu_us: sourceCpu(server?.usages ?? []),
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
    ...linkFigures(record, facts.reliable, delivery.latency_us.min),
    link_traces: facts.linkTraces,
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
    repairs: repairFigures(record, server, plan.kind === 'local' ? plan.repair : 'none'),
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
    sockets: socketFigures(facts.reliable, facts.config, record.server, totals.receiveBufferBytes),
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
    repairDeadlineMs: Number(facts.config.transportOptions.repairDeadlineMs),
  });
  return { ...cell, verdict };
}

/**
 * Who is refused for a request that makes no sense is in both counters. None are told where a
 * subscriber was given up: what it still says over UDP is refused like a stranger's.
 */
function strangersOf(server: MergedServers | null): number {
  if (server === null || server.counters.silent > 0) return 0;
  return Math.max(server.counters.refused, server.counters.malformed);
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

const NO_COUNTERS: CellResult['kernel'] = {
  cpu_steal_ratio: null,
  ...NO_CPU_FIGURES,
  udp_rcvbuf_errors: null,
  udp_sndbuf_errors: null,
  udp_in_errors: null,
  tcp_retransmitted_segments: null,
};
