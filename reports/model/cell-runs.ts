/**
 * A cell of the matrix with all of its runs: what a row of a table or chart is about once cells are
 * repeated.
 */
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { usableRuns } from '../../bench/result/usable.js';
import { bootstrapMedian, median } from '../../src/stats/index.js';
import {
  groupBy,
  isRepeated,
  loadSuffix,
  nameWithVerdict,
  pairName,
  verdictMark,
  type Workload,
} from './cells.js';

export interface CellRuns {
  /** `tcp/msgpack`. */
  readonly pair: string;
  /** At least one. */
  readonly runs: readonly CellResult[];
  /**
   * The runs that count: neither INVALID nor cut short nor empty, and with latencies that end at
   * the same; when there is none, all of them, with their mark.
   */
  readonly counted: readonly CellResult[];
  /** Whether the counted runs may support a claim. */
  readonly usable: boolean;
  /** The worst verdict of the runs, and how many of them have it. */
  readonly status: CellResult['verdict']['status'];
  readonly statusCount: number;
  /**
   * The run that stands for all where only one can be shown: of those counted, the one with the
   * median p99.
   */
  readonly typical: CellResult;
}

/** Fewer runs than this have no interval: any two numbers span something. */
const FEWEST_FOR_INTERVAL = 3;
/** More than any run of the lab makes, and more than the bootstrap draws from. */
const MOST_FOR_INTERVAL = 1_000;

/**
 * The cells of a workload, in the order in which they are first met. Without repeats each cell is
 * its own only run.
 */
export function cellRunsOf(result: LabResult, workload: Workload): CellRuns[] {
  const groups = isRepeated(result)
    ? [...groupBy(workload.cells, pairName).values()]
    : workload.cells.map((cell) => [cell]);
  return groups.map(withRuns);
}

/** A run on its own, as the row of a table that lists them all. */
export function singleRun(cell: CellResult): CellRuns {
  return withRuns([cell]);
}

function withRuns(runs: readonly CellResult[]): CellRuns {
  const good = usableRuns(runs);
  const counted = good.length > 0 ? good : runs;
  const status = (['INVALID', 'SUSPECT', 'VALID'] as const).find((one) =>
    runs.some(({ verdict }) => verdict.status === one),
  )!;
  return {
    pair: pairName(runs[0]!),
    runs,
    counted,
    usable: good.length > 0,
    status,
    statusCount: runs.filter(({ verdict }) => verdict.status === status).length,
    typical: typicalOf(counted),
  };
}

/** Of an even number the better one of the two in the middle. */
function typicalOf(runs: readonly CellResult[]): CellResult {
  const known = runs.filter(({ latency_us: { p99 } }) => p99 !== null);
  const sorted = [...known].sort((a, b) => a.latency_us.p99! - b.latency_us.p99! || a.run - b.run);
  return sorted[(sorted.length - 1) >> 1] ?? runs[0]!;
}

/**
 * `✔ VALID 5/5 tcp/msgpack`: the worst verdict, and in how many of the runs. A single run as ever:
 * `✔ VALID tcp/msgpack`.
 */
export function runsNameWithVerdict(one: CellRuns, result: LabResult): string {
  const [only, ...others] = one.runs;
  if (others.length === 0) return nameWithVerdict(only!, result);
  return `${runsVerdict(one)} ${one.pair}${cutShort(one)}`;
}

/** `✔ VALID 5/5`, `✘ INVALID 1/5`; `✔ VALID` of a single run. */
export function runsVerdict({ status, statusCount, runs }: CellRuns): string {
  return runs.length === 1
    ? verdictMark(status)
    : `${verdictMark(status)} ${statusCount}/${runs.length}`;
}

/**
 * The same, the word left out where all is well, the load added where there are several:
 * `✔ tcp/msgpack`.
 */
export function markedRunsName(one: CellRuns, result: LabResult): string {
  const mark = one.status === 'VALID' ? '✔' : runsVerdict(one);
  return `${mark} ${one.pair}${cutShort(one)}${loadSuffix(one.typical, result)}`;
}

function cutShort({ runs }: CellRuns): string {
  const cut = runs.filter(({ incomplete }) => incomplete).length;
  if (cut === 0) return '';
  return runs.length === 1 ? ' (cut short)' : ` (${cut} cut short)`;
}

/** A figure over the runs that count. */
export interface Estimate {
  /** The median; of a single run its value. */
  readonly median: number;
  /**
   * The bootstrap 95 % interval of the median; null with fewer than 3 runs or over 1,000, or no
   * usable one.
   */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/**
 * Null unless every counted run has the figure: the median of those that happen to have it would be
 * of another experiment. The interval is drawn with the seed of the run, so a result has the same
 * one each time.
 */
export function estimate(
  { counted, usable }: CellRuns,
  of: (cell: CellResult) => number | null,
  seed: number,
): Estimate | null {
  const values = counted.map(of).filter((value) => value !== null);
  if (values.length < counted.length) return null;
  const bare = values.length < FEWEST_FOR_INTERVAL || values.length > MOST_FOR_INTERVAL;
  if (!usable || bare) return { median: median(values), interval: null };
  const { median: middle, low, high } = bootstrapMedian(values, { seed });
  return { median: middle, interval: { low, high } };
}

/** The median over the runs that count, without an interval. */
export function medianOf(
  { counted }: CellRuns,
  of: (cell: CellResult) => number | null,
): number | null {
  const values = counted.map(of).filter((value) => value !== null);
  return values.length < counted.length ? null : median(values);
}

/** The sum over the runs that count; null unless all of them have the figure. */
export function sumOf(
  { counted }: CellRuns,
  of: (cell: CellResult) => number | null,
): number | null {
  const values = counted.map(of).filter((value) => value !== null);
  return values.length < counted.length ? null : values.reduce((sum, value) => sum + value, 0);
}

/** The largest of the runs that count, of those that have the figure. */
export function largestOf(
  { counted }: CellRuns,
  of: (cell: CellResult) => number | null,
): number | null {
  const values = counted.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

/**
 * Lost ÷ expected over all runs that count: a median would hide what is lost in the lesser half of
 * them.
 */
export function pooledLoss(one: CellRuns): number | null {
  if (one.counted.length === 1) return one.counted[0]!.loss_ratio;
  const [lost, expected] = [sumOf(one, (cell) => cell.lost), sumOf(one, (cell) => cell.expected)];
  return lost === null || expected === null || expected === 0 ? null : lost / expected;
}
