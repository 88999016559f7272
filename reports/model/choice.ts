/**
 * Which pair to take in one workload, by the rankings of the summary and in their order: latency
 * first, then delivery, CPU and bytes. A later question decides only between pairs that no earlier
 * one tells apart. Pure.
 */
import type { Candidate, Ranking, WorkloadSummary } from './ranking.js';

export type Choice =
  | {
      readonly kind: 'chosen';
      /** One, or several that no question tells apart; in the order of the first question. */
      readonly pairs: readonly Candidate[];
      /** The questions that ruled somebody out, in their order; at least one. */
      readonly by: readonly Ranking[];
      /** Those that could not be told apart, though more than `MOST_RUNS` runs might. */
      readonly tooClose: readonly Ranking[];
    }
  | {
      readonly kind: 'open';
      /** The question that more runs would settle. */
      readonly ranking: Ranking;
      /** Between whom it is open. */
      readonly pairs: readonly Candidate[];
      /** Runs that each needs; `valid` of `made` it has. */
      readonly lacking: Lacking;
    }
  /** No question rules anybody out. */
  | {
      readonly kind: 'equal';
      readonly pairs: readonly Candidate[];
      readonly tooClose: readonly Ranking[];
    }
  /** No question has two figures to set against each other. */
  | { readonly kind: 'none' };

/** The pair that stands farthest from a decision. */
export interface Lacking {
  readonly pair: Candidate;
  readonly needed: number;
  readonly valid: number;
  readonly made: number;
}

/** More runs than this of each cell are advice that nobody follows: then it is too close to tell. */
const MOST_RUNS = 30;

export function choose({ rankings }: WorkloadSummary): Choice {
  let pairs: readonly Candidate[] | null = null;
  const by: Ranking[] = [];
  const tooClose: Ranking[] = [];
  for (const ranking of rankings) {
    const { best, ties, behind } = ranking;
    if (best === null || ties.length + behind.length === 0) continue;
    // Those that are left are set against the best only: one of them has to be it.
    if (pairs !== null && !pairs.includes(best.candidate)) continue;
    const among: readonly Candidate[] = pairs ?? [
      best.candidate,
      ...[...ties, ...behind].map(({ candidate }) => candidate),
    ];
    const rivals = ties.filter(({ candidate }) => among.includes(candidate));
    const left = [best.candidate, ...rivals.map(({ candidate }) => candidate)];
    const unsettled = rivals.filter(({ verdict }) => verdict === 'inconclusive');
    const lacking = lackingOf(unsettled, best.candidate);
    if (lacking !== null) return { kind: 'open', ranking, pairs: left, lacking };
    if (unsettled.length > 0) tooClose.push(ranking);
    if (left.length < among.length) by.push(ranking);
    pairs = left;
    if (left.length === 1) break;
  }
  if (pairs === null) return { kind: 'none' };
  return by.length === 0
    ? { kind: 'equal', pairs, tooClose }
    : { kind: 'chosen', pairs, by, tooClose };
}

/** What more runs would settle; null where nothing is open, or only what they would not. */
function lackingOf(unsettled: Ranking['ties'], best: Candidate): Lacking | null {
  const all = unsettled
    .filter(({ runsNeeded: needed }) => needed !== null && needed <= MOST_RUNS)
    .flatMap(({ candidate, runsNeeded }) => [
      lackOf(candidate, runsNeeded!),
      lackOf(best, runsNeeded!),
    ]);
  const [worst] = all.sort((a, b) => runsToMake(b) - runsToMake(a));
  return worst ?? null;
}

function lackOf(pair: Candidate, needed: number): Lacking {
  const valid = pair.runs.length;
  return { pair, needed, valid, made: valid + pair.leftOut };
}

/** Runs to make, where as large a share of them as now will be VALID. */
export function runsToMake({ needed, valid, made }: Lacking): number {
  return Math.ceil((needed * made) / valid);
}
