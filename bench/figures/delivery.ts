/** How deliveries were spread over subscribers, keys, time and stages. Pure. */
import type { CellRecord } from '../cell-record.js';
import type { SubscribersReport } from '../ipc/subscribers.js';
import { completionOf } from '../record/completion.js';
import { LatencyTotal } from '../record/distribution.js';
import type { LatencyCounts } from '../record/latency-recorder.js';
import { addReordering, newReordering } from '../record/sequence-account.js';
import type { CellResult } from '../result/result.js';
import type { MergedServers } from './shards.js';

type LatencyFigures = Pick<
  CellResult,
  | 'latency_at'
  | 'unstamped'
  | 'undated'
  | 'latency_us'
  | 'arrival_us'
  | 'receipt_us'
  | 'instrument_us'
>;

type DeliveryFigures = LatencyFigures &
  Pick<
    CellResult,
    | 'service_us'
    | 'completion_us'
    | 'skew_us'
    | 'complete'
    | 'staleness_us'
    | 'staleness_excess_us'
    | 'jitter_us'
    | 'ipdv_us'
    | 'pdv_us'
    | 'reordering'
    | 'position_us'
    | 'stages_us'
    | 'verified'
  >;

const TENTHS = 10;

/**
 * `server`: null when it left no account; nothing was settled then. `latency`: what the latency of
 * each delivery was found to be, by arrival where it was stamped.
 */
export function deliveryFigures(
  record: CellRecord,
  server: MergedServers | null,
  latency: LatencyTotal,
): DeliveryFigures {
  const { window } = record;
  const reports = server === null || window === null ? [] : record.subscribers;
  const service = totalOf(reports, (report) => report.service);
  const staleness = totalOf(reports, (report) => report.staleness);
  const ipdv = totalOf(reports, (report) => report.ipdv);
  const first = reports[0];
  const reached =
    first === undefined || window === null || server === null
      ? null
      : completionOf(
          reports.map(({ arrivals }) => arrivals),
          first.due,
          window.t0,
          record.joined,
          server.published,
        );
  return {
    ...latencyFigures(reports, latency),
    service_us: service.toDistribution(),
    completion_us: reached?.completion.toDistribution() ?? null,
    skew_us: reached?.skew.toDistribution() ?? null,
    complete: reached?.complete ?? null,
    staleness_us: staleness.delivered === 0 ? null : staleness.toDistribution(),
    staleness_excess_us: excessOf(
      staleness,
      totalOf(reports, (report) => report.stalenessIdeal),
    ),
    jitter_us: jitterOf(reports),
    ipdv_us: ipdv.delivered === 0 ? null : ipdv.toDistribution(),
    pdv_us: pdvOf(service),
    reordering: reorderingOf(reports),
    position_us: positionsOf(reports),
    stages_us: stagesOf(server, reports, service),
    verified:
      reports.length === 0 ? null : reports.reduce((sum, { verified }) => sum + verified, 0),
  };
}

/** One stamped read makes it a cell by arrival: a receipt stands in where there is no stamp. */
function latencyFigures(
  reports: readonly SubscribersReport[],
  latency: LatencyTotal,
): LatencyFigures {
  const stamped = reports.reduce((sum, report) => sum + report.stamped, 0);
  const latency_us = latency.toDistribution();
  if (stamped === 0) {
    return {
      latency_at: 'receipt',
      unstamped: null,
      undated: null,
      latency_us,
      arrival_us: null,
      receipt_us: latency_us,
      instrument_us: null,
    };
  }
  const delivered = reports.reduce((sum, report) => sum + report.delivered, 0);
  return {
    latency_at: 'arrival',
    unstamped: delivered - stamped,
    undated: latency.undated,
    latency_us,
    arrival_us: latency_us,
    receipt_us: totalOf(reports, (report) => report.receipt).toDistribution(),
    instrument_us: totalOf(reports, (report) => report.instrument).toDistribution(),
  };
}

function totalOf(
  reports: readonly SubscribersReport[],
  pick: (report: SubscribersReport) => LatencyCounts,
): LatencyTotal {
  const total = new LatencyTotal();
  for (const report of reports) total.add(pick(report));
  return total;
}

/**
 * Nearest rank over the subscribers: the smallest value that a share `quantile` of them does not
 * exceed.
 */
function jitterOf(reports: readonly SubscribersReport[]): CellResult['jitter_us'] {
  const all = reports.flatMap(({ jitters }) => [...jitters]).sort((a, b) => a - b);
  if (all.length === 0) return null;
  const rank = (quantile: number): number =>
    all[Math.max(0, Math.ceil(all.length * quantile) - 1)] as number;
  return { subscribers: all.length, p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}

/** Every age is at least the ideal one of the same time and key: so is every percentile. */
function excessOf(ages: LatencyTotal, ideal: LatencyTotal): CellResult['staleness_excess_us'] {
  if (ages.delivered === 0) return null;
  const [held, best] = [ages.toDistribution(), ideal.toDistribution()];
  const above = (name: 'mean' | 'p50' | 'p90' | 'p99' | 'p999' | 'max'): number | null => {
    const [age, least] = [held[name], best[name]];
    return age === null || least === null ? null : Math.max(0, age - least);
  };
  return {
    mean: above('mean'),
    p50: above('p50'),
    p90: above('p90'),
    p99: above('p99'),
    p999: above('p999'),
    max: above('max'),
  };
}

/** RFC 5481 PDV: the same distribution, counted from its minimum. */
function pdvOf(service: LatencyTotal): CellResult['pdv_us'] {
  const { min, p50, p99, p999 } = service.toDistribution();
  const above = (value: number | null): number | null =>
    value === null || min === null ? null : value - min;
  return { p50: above(p50), p99: above(p99), p999: above(p999) };
}

function reorderingOf(reports: readonly SubscribersReport[]): CellResult['reordering'] {
  if (reports.length === 0) {
    return {
      ratio: null,
      extent_max: null,
      extent_mean: null,
      n_reordered: { n1: null, n2: null, n3: null },
    };
  }
  const sum = newReordering();
  for (const { reordering } of reports) addReordering(sum, reordering);
  const [n1, n2, n3] = sum.n;
  return {
    ratio: sum.unique === 0 ? null : sum.reordered / sum.unique,
    extent_max: sum.extentMax,
    extent_mean: sum.reordered === 0 ? null : sum.extentSum / sum.reordered,
    n_reordered: { n1, n2, n3 },
  };
}

/**
 * Mean of the subscribers' means by tenth of their order of joining. Processes join side by side: a
 * subscriber's place in it is its place among those of its own process.
 */
function positionsOf(reports: readonly SubscribersReport[]): number[] | null {
  const all = reports
    .flatMap(({ means }) =>
      [...means].map((mean, i) => ({ mean, place: (i + 0.5) / means.length })),
    )
    .sort((a, b) => a.place - b.place);
  const tenths = Array.from({ length: TENTHS }, (_, tenth) => {
    const from = Math.ceil((tenth * all.length) / TENTHS);
    const to = Math.ceil(((tenth + 1) * all.length) / TENTHS);
    // Nothing came where there is no mean.
    const means = all.slice(from, to).flatMap(({ mean }) => (Number.isNaN(mean) ? [] : [mean]));
    return means.length === 0 ? null : means.reduce((sum, mean) => sum + mean, 0) / means.length;
  });
  return tenths.includes(null) ? null : tenths.filter((mean) => mean !== null);
}

/**
 * Mean µs by stage. Service time is divided at the server's send call where the wire carries its
 * time (UDP): what lies before it is queueing in the core. Over TCP both are network.
 */
function stagesOf(
  server: MergedServers | null,
  reports: readonly SubscribersReport[],
  service: LatencyTotal,
): CellResult['stages_us'] {
  const encode = server?.encodeMicros ?? null;
  const mean = service.toDistribution().mean;
  const told = reports.reduce((sum, { transit }) => sum + transit.count, 0);
  const transit =
    told === 0 ? null : reports.reduce((sum, report) => sum + report.transit.sum, 0) / told;
  // What encoding took is in the service time: without it, nothing is left that could be told
  // apart.
  const afterEncode = mean === null || encode === null ? null : Math.max(0, mean - encode);
  const timed = reports.map(({ decodeMicros }) => decodeMicros).filter((micros) => micros !== null);
  return {
    schedule: server?.lag.toDistribution().mean ?? null,
    encode,
    queue: transit === null || afterEncode === null ? null : Math.max(0, afterEncode - transit),
    network: transit ?? afterEncode,
    instrument: totalOf(reports, (report) => report.instrument).toDistribution().mean,
    decode:
      timed.length === 0 ? null : timed.reduce((sum, micros) => sum + micros, 0) / timed.length,
  };
}
