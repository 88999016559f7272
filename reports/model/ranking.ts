/** What the summary of a run ranks, and by which metrics; the decision is that of `lab compare`. */
import {
  endAlike,
  type Ranking as RankingOf,
  type Rankings,
  rankCells,
} from '../../bench/compare/rank.js';
import { type Metric, metricOf } from '../../bench/metric-catalogue.js';
import type { CellResult } from '../../bench/result/result.js';
import { isApart, isTarget } from '../../bench/result/server.js';
import { missingShare, whyUntold } from '../../bench/result/survivors.js';
import { mayRank, usableRuns } from '../../bench/result/usable.js';
import { formatPercent } from '../format.js';
import { groupBy, pairName, type Workload } from './cells.js';

/** A transport and codec in one workload, with its runs that count. */
export interface Candidate {
  readonly name: string;
  readonly transport: string;
  readonly codec: string;
  readonly runs: readonly CellResult[];
  /** Of runs that are only shown: those that are ranked are VALID. */
  readonly suspect: boolean;
  /** Runs that do not count: with any, the figures are of a selection. */
  readonly leftOut: number;
}

export type Ranking = RankingOf<Candidate>;

/** One workload and its candidates. */
export interface WorkloadCandidates {
  readonly workload: Workload;
  readonly candidates: readonly Candidate[];
}

/** One workload with at least two candidates, ranked. */
export interface WorkloadSummary extends WorkloadCandidates {
  /** One for each question of the summary, in its order. */
  readonly rankings: readonly Ranking[];
  /** Of the latency's other percentiles: they may have another winner. */
  readonly percentiles: readonly Ranking[];
}

/** The four questions of the summary, in its order. */
const QUESTIONS = [metricOf('p99'), metricOf('missing'), metricOf('cpu'), metricOf('ip_bytes')];
const PERCENTILES = [metricOf('p50'), metricOf('p999')];

export const RANKED: readonly Metric[] = [...QUESTIONS, ...PERCENTILES];

/**
 * Those that can have an answer: a server that was running already tells neither its CPU nor what
 * it sent.
 */
function questionsFor(cells: readonly CellResult[]): readonly Metric[] {
  const foreign = cells.length > 0 && cells.every(isTarget);
  if (foreign) return QUESTIONS.slice(0, 2);
  // An earlier lab did not count them.
  const isCounted = cells.some(({ wire }) => wire.ip_bytes_per_delivery !== null);
  return isCounted ? QUESTIONS : QUESTIONS.filter(({ name }) => name !== 'ip_bytes');
}

/** The pairs of a workload with at least one run that counts, in the result's order. */
export function candidatesOf(
  workload: Workload,
  counts: (cell: CellResult) => boolean = mayRank,
): WorkloadCandidates {
  const candidates = [...groupBy(workload.cells, pairName)].flatMap(([name, all]) => {
    const runs = usableRuns(all, counts);
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
  return { workload, candidates };
}

/** Ranks the workloads with at least two candidates. */
export function rankWorkloads(
  all: readonly WorkloadCandidates[],
  cells: readonly CellResult[],
): Pick<Rankings<Candidate>, 'tests' | 'runsToDetect'> & { compared: readonly WorkloadSummary[] } {
  const several = all.filter(({ candidates }) => candidates.length > 1);
  const questions = questionsFor(cells);
  const { workloads, tests, runsToDetect } = rankCells(
    several.map(({ candidates }) => candidates),
    [...questions, ...PERCENTILES],
  );
  const compared = several.map((one, i) => ({
    ...one,
    rankings: workloads[i]!.slice(0, questions.length),
    percentiles: workloads[i]!.slice(questions.length),
  }));
  return { compared, tests, runsToDetect };
}

/** Why a candidate has no place in a ranking among `all` of a workload. */
export function whyUnranked(
  { survival, value, endsAt }: Metric,
  { runs }: Candidate,
  all: readonly Candidate[],
): string {
  if (endsAt !== undefined && !endAlike(all)) {
    const end = runs[0]?.latency_at === 'arrival' ? 'arrival' : 'receipt';
    return `it counts to the ${end}, that of another to the ${end === 'arrival' ? 'receipt' : 'arrival'}`;
  }
  if (survival !== undefined) {
    if (runs.some(isApart)) return 'the clocks differ';
    const [worst] = runs.toSorted((a, b) => (missingShare(b) ?? 1) - (missingShare(a) ?? 1));
    const why = worst === undefined ? null : whyUntold(...survival, worst, formatPercent);
    if (why !== null) return why;
  }
  if (runs.every((cell) => value(cell) !== null)) return 'it has one VALID run, others have more';
  return survival === undefined ? 'not measured' : 'too few samples';
}
