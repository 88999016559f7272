/**
 * Who did best at one metric within one workload, and whether the lead means anything.
 *
 * Rules: INVALID cells and cells cut short do not compete. Several runs of a pair count as their
 * median. A lead under 5 % is no clear difference; with repeated runs, neither is one whose ranges
 * over the runs overlap.
 */
import type { CellResult } from '../../bench/result/result.js';
import { missingShare, percentileOf, whyUntold } from '../../bench/result/survivors.js';
import { median } from '../../src/stats/index.js';
import { formatBytes, formatCpuMicros, formatMicros, formatPercent } from '../format.js';
import { groupBy, pairName, type Workload } from './cells.js';

/** The smallest relative difference that is called a difference. */
export const SMALLEST_DIFFERENCE = 0.05;

/**
 * Differences in delivery below this share are noise: the ledger itself may leave this much
 * unexplained.
 */
const DELIVERY_FLOOR = 1e-4;

/** A transport and codec in one workload, with its runs that may be used. */
export interface Contender {
  readonly name: string;
  readonly transport: string;
  readonly codec: string;
  readonly runs: readonly CellResult[];
  readonly suspect: boolean;
  /** Runs that may not be used: with any, the figures are of a selection. */
  readonly leftOut: number;
}

export interface Metric {
  readonly key: 'p50' | 'p99' | 'p999' | 'missing' | 'cpu' | 'bytes';
  /** Completes "had the …": `lowest p99 latency`. */
  readonly best: string;
  readonly value: (cell: CellResult) => number | null;
  readonly format: (value: number) => string;
  /** Absolute differences up to this are none. */
  readonly floor: number;
}

interface Standing {
  readonly contender: Contender;
  /** Median over the runs, and the lowest and highest run. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The end of a contest. `leaders` are the best and all that cannot be told from it; `others` are
 * clearly behind, best first.
 */
export interface Outcome {
  readonly metric: Metric;
  readonly leaders: readonly Standing[];
  readonly others: readonly Standing[];
  readonly unranked: readonly { readonly contender: Contender; readonly why: string }[];
}

/** One workload and its contests, one per metric of `metricsFor`, in that order. */
export interface WorkloadSummary {
  readonly workload: Workload;
  readonly contenders: readonly Contender[];
  readonly outcomes: readonly Outcome[];
}

type LatencyKey = 'p50' | 'p99' | 'p999';

function isLatency(key: Metric['key']): key is LatencyKey {
  return key === 'p50' || key === 'p99' || key === 'p999';
}

function latency(key: LatencyKey, best: string): Metric {
  return {
    key,
    best,
    value: (cell) => percentileOf('latency', key, cell),
    format: formatMicros,
    floor: 0,
  };
}

export const P50: Metric = latency('p50', 'lowest p50 latency');
export const P99: Metric = latency('p99', 'lowest p99 latency');
export const P999: Metric = latency('p999', 'lowest p99.9 latency');
const MISSING_SHARE: Metric = {
  key: 'missing',
  best: 'most complete delivery',
  value: missingShare,
  format: (value) => `${formatPercent(value)} missing`,
  floor: DELIVERY_FLOOR,
};
const SERVER_CPU: Metric = {
  key: 'cpu',
  best: 'least server CPU per delivery',
  value: (cell) => cell.cpu_us_per_delivery.server,
  format: formatCpuMicros,
  floor: 0,
};
const WIRE_BYTES: Metric = {
  key: 'bytes',
  best: 'fewest bytes per delivery',
  value: (cell) => cell.wire.bytes_per_delivery,
  format: formatBytes,
  floor: 0,
};

/** The four questions of the summary, in its order. */
const METRICS: readonly Metric[] = [P99, MISSING_SHARE, SERVER_CPU, WIRE_BYTES];

/**
 * Of them those that can have an answer: a server that was running already tells neither its CPU
 * nor what it sent.
 */
export function metricsFor(cells: readonly CellResult[]): readonly Metric[] {
  const foreign = cells.length > 0 && cells.every(({ target }) => target !== null);
  return foreign ? [P99, MISSING_SHARE] : METRICS;
}

/** May its figures support a claim? Not when INVALID, cut short, or without a single delivery. */
export function isUsable(cell: CellResult): boolean {
  return cell.verdict.status !== 'INVALID' && !cell.incomplete && cell.delivered > 0;
}

/** The pairs of a workload with at least one usable run, in the result's order. */
export function contendersOf(workload: Workload): Contender[] {
  return [...groupBy(workload.cells, pairName)].flatMap(([name, all]) => {
    const runs = all.filter(isUsable);
    const [first] = runs;
    if (first === undefined) return [];
    return {
      name,
      transport: first.transport,
      codec: first.codec,
      runs,
      suspect: runs.some((cell) => cell.verdict.status === 'SUSPECT'),
      leftOut: all.length - runs.length,
    };
  });
}

/** Ranks the contenders by a metric of which less is better. */
export function decide(metric: Metric, contenders: readonly Contender[]): Outcome {
  const standings: Standing[] = [];
  const unranked: { contender: Contender; why: string }[] = [];
  for (const contender of contenders) {
    const values = contender.runs.map(metric.value).filter((value) => value !== null);
    // All runs or none: the median of the runs that happen to have the figure would be of another
    // experiment.
    if (values.length === contender.runs.length) standings.push(standing(contender, values));
    else unranked.push({ contender, why: whyUnranked(metric, contender) });
  }
  standings.sort((a, b) => a.value - b.value);
  const best = standings[0];
  const isBehind = (one: Standing): boolean =>
    best !== undefined && isClearlyWorse(one, best, metric);
  const leaders = standings.filter((one) => !isBehind(one));
  return { metric, leaders, others: standings.filter(isBehind), unranked };
}

function standing(contender: Contender, values: readonly number[]): Standing {
  return { contender, value: median(values), low: Math.min(...values), high: Math.max(...values) };
}

function isClearlyWorse(one: Standing, best: Standing, metric: Metric): boolean {
  const gap = one.value - best.value;
  const overlapping = one !== best && one.low <= best.high;
  return gap > metric.floor && gap >= best.value * SMALLEST_DIFFERENCE && !overlapping;
}

function whyUnranked(metric: Metric, contender: Contender): string {
  if (!isLatency(metric.key)) return 'not measured';
  if (contender.runs.some(({ target }) => target?.common_clock === false))
    return 'the clocks differ';
  const [worst] = contender.runs.toSorted(
    (a, b) => (missingShare(b) ?? 1) - (missingShare(a) ?? 1),
  );
  const why = worst === undefined ? null : whyUntold('latency', metric.key, worst, formatPercent);
  return why ?? 'too few samples';
}
