/**
 * The cells of one run against each other, metric by metric, by the rules of `lab compare`. Pure;
 * docs/design/methodology.md, "Ranking the cells of a run".
 */
import { holm, median } from '../../src/stats/index.js';
import type { Metric } from '../metric-catalogue.js';
import type { CellResult } from '../result/result.js';
import type { CompareReason } from './comparison.js';
import { ALPHA, DEFAULT_MARGIN, decide, type Measured, measure } from './decide.js';
import { fewestRuns } from './power.js';

/** What is ranked: the usable runs of one cell. */
export interface Candidate {
  readonly runs: readonly CellResult[];
}

/** A candidate and its figure. */
export interface Rank<C extends Candidate> {
  readonly candidate: C;
  /** Median over the runs, in the metric's unit. */
  readonly value: number;
}

/** A candidate that `best` is not better than. */
export interface Tie<C extends Candidate> extends Rank<C> {
  readonly verdict: 'equivalent' | 'inconclusive';
  readonly reason: CompareReason | null;
  /** Runs of each in all that would likely settle an inconclusive one; null when unknown. */
  readonly runsNeeded: number | null;
}

/**
 * One metric over the candidates of one workload. Only when `ties` is empty and `behind` is not has
 * `best` won.
 */
export interface Ranking<C extends Candidate> {
  readonly metric: Metric;
  /** That with the best figure, which by itself says nothing; null when nobody has one. */
  readonly best: Rank<C> | null;
  /** Best first. */
  readonly ties: readonly Tie<C>[];
  /** Those that `best` is better than, best first. */
  readonly behind: readonly Rank<C>[];
  /**
   * Those without the figure in every run, or with one run where others have more; all, where it
   * counts to the arrival in some and to the receipt in others.
   */
  readonly unranked: readonly C[];
}

export interface Rankings<C extends Candidate> {
  /** Of each workload, of each metric, in the order given. */
  readonly workloads: readonly (readonly Ranking<C>[])[];
  /** Pairs of which any could have been tested: the correction is over these. */
  readonly tests: number;
  /** Runs of each cell with which a clear difference can be told in every one of them. */
  readonly runsToDetect: number;
}

interface Draft<C extends Candidate> {
  readonly metric: Metric;
  readonly ranks: readonly Rank<C>[];
  readonly unranked: readonly C[];
  /** The best against each of the others, in their order. */
  readonly pairs: readonly Measured[];
}

/**
 * The best of each workload by its figure is set against each of the others. Which one that is, the
 * data said: any pair could have been it, so Holm's correction is over all pairs.
 */
export function rankCells<C extends Candidate>(
  workloads: readonly (readonly C[])[],
  metrics: readonly Metric[],
): Rankings<C> {
  const drafts = workloads.map((candidates) => metrics.map((metric) => draft(metric, candidates)));
  const all = drafts.flat();
  const tests = all.reduce((sum, { ranks: { length } }) => sum + (length * (length - 1)) / 2, 0);
  const tested = all.flatMap(({ pairs }) => pairs).filter(({ p }) => p !== null);
  const ps = holm(
    tested.map(({ p }) => p as number),
    tests,
  );
  const adjusted = new Map(tested.map((one, i) => [one, ps[i]!]));
  return {
    workloads: drafts.map((ofOne) => ofOne.map((one) => conclude(one, adjusted, tests))),
    tests,
    runsToDetect: fewestRuns(tests, ALPHA),
  };
}

function draft<C extends Candidate>(metric: Metric, candidates: readonly C[]): Draft<C> {
  if (metric.endsAt !== undefined && !endAlike(candidates))
    return { metric, ranks: [], unranked: candidates, pairs: [] };
  const most = Math.max(...candidates.map(({ runs }) => runs.length));
  const known = candidates.map((candidate) => {
    const values = candidate.runs.map(metric.value).filter((value) => value !== null);
    // All runs or none, as in a comparison; and a single run beside several has no spread.
    const isRanked = values.length === candidate.runs.length && values.length >= Math.min(2, most);
    return { candidate, values, isRanked };
  });
  const sign = metric.better === 'lower' ? 1 : -1;
  const ranked = known
    .filter(({ isRanked }) => isRanked)
    .map(({ candidate, values }) => ({ candidate, values, value: median(values) }))
    .sort((a, b) => sign * (a.value - b.value));
  const [best, ...others] = ranked;
  return {
    metric,
    ranks: ranked.map(({ candidate, value }) => ({ candidate, value })),
    unranked: known.filter(({ isRanked }) => !isRanked).map(({ candidate }) => candidate),
    pairs: others.map(({ values }) => measure(metric, values, best!.values, DEFAULT_MARGIN)),
  };
}

/** Whether the latencies of all of them count to the same. */
export function endAlike(candidates: readonly Candidate[]): boolean {
  const ends = candidates.flatMap(({ runs }) => runs.map(({ latency_at }) => latency_at));
  return new Set(ends).size <= 1;
}

function conclude<C extends Candidate>(
  { metric, ranks, unranked, pairs }: Draft<C>,
  adjusted: ReadonlyMap<Measured, number>,
  tests: number,
): Ranking<C> {
  const ties: Tie<C>[] = [];
  const behind: Rank<C>[] = [];
  for (const [i, pair] of pairs.entries()) {
    const { verdict, reason, needed } = decide(pair, adjusted.get(pair) ?? null, tests);
    const rank = ranks[i + 1]!;
    if (verdict === 'better') behind.push(rank);
    else {
      const kind = verdict === 'equivalent' ? verdict : 'inconclusive';
      ties.push({ ...rank, verdict: kind, reason, runsNeeded: needed });
    }
  }
  return { metric, best: ranks[0] ?? null, ties, behind, unranked };
}
