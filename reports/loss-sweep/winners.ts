/** Who has the lowest staleness p99 at each link of a sweep, by the rules of `lab compare`. Pure. */
import { rankCells } from '../../bench/compare/rank.js';
import { metricOf } from '../../bench/metric-catalogue.js';
import { type Candidate, candidatesOf, type Ranking } from '../model/ranking.js';
import { isWon } from '../text/ranking-words.js';
import type { LossSweep, SweepPoint } from './sweep.js';

/** The one figure that is ranked: each more would take more runs for the same certainty. */
export const RANKED_METRIC = metricOf('staleness_p99');

/** What can be said of a link. */
export type Answer =
  /** One is better than each of the others. */
  | { readonly kind: 'won'; readonly pair: string; readonly timesNext: number | null }
  /** Those of the lowest figures are equivalent, and better than each of the others. */
  | { readonly kind: 'equal'; readonly pairs: readonly string[] }
  /** One has the lowest figure, and is not told from these. */
  | {
      readonly kind: 'open';
      readonly pairs: readonly string[];
      /** Runs of each cell that would likely tell; null when that is unknown. */
      readonly runsNeeded: number | null;
    }
  /** Fewer than two have VALID figures. */
  | { readonly kind: 'none' };

export interface RankedPoint {
  readonly point: SweepPoint;
  readonly ranking: Ranking | null;
  readonly answer: Answer;
}

export interface RankedSweep {
  readonly sweep: LossSweep;
  readonly points: readonly RankedPoint[];
  /** Pairs of a link that could have been tested, which Holm's correction is over: the most. */
  readonly tests: number;
  /** Runs of each cell with which a clear difference can be told. */
  readonly runsToDetect: number;
  /** Fewest and most VALID runs of a cell that was ranked. */
  readonly runs: { readonly fewest: number; readonly most: number };
}

/** Who is lowest at a link is a question of its own: it is corrected for the pairs of that link. */
export function rankSweeps(sweeps: readonly LossSweep[]): RankedSweep[] {
  return sweeps.map((sweep) => {
    const candidates = sweep.points.map(({ workload }) => candidatesOf(workload).candidates);
    const rankings = candidates.map((ofLink) => rankCells([ofLink], [RANKED_METRIC]));
    const counts = candidates.flat().map(({ runs }) => runs.length);
    return {
      sweep,
      points: sweep.points.map((point, i): RankedPoint => {
        const ranking = rankings[i]?.workloads[0]?.[0] ?? null;
        return { point, ranking, answer: answerOf(ranking) };
      }),
      tests: Math.max(...rankings.map(({ tests }) => tests)),
      runsToDetect: Math.max(...rankings.map(({ runsToDetect }) => runsToDetect)),
      runs: { fewest: Math.min(...counts), most: Math.max(...counts) },
    };
  });
}

function answerOf(ranking: Ranking | null): Answer {
  const best = ranking?.best ?? null;
  if (ranking === null || best === null) return { kind: 'none' };
  const { ties, behind } = ranking;
  if (ties.length + behind.length === 0) return { kind: 'none' };
  if (isWon(ranking)) {
    const next = behind[0]!.value;
    const timesNext = best.value === 0 ? null : next / best.value;
    return { kind: 'won', pair: best.candidate.name, timesNext };
  }
  const names = (all: readonly { readonly candidate: Candidate }[]): string[] =>
    all.map(({ candidate }) => candidate.name);
  const open = ties.filter(({ verdict }) => verdict === 'inconclusive');
  if (open.length === 0) return { kind: 'equal', pairs: names([best, ...ties]) };
  const needed = open.map(({ runsNeeded }) => runsNeeded);
  const runsNeeded = needed.some((runs) => runs === null)
    ? null
    : Math.max(...(needed as readonly number[]));
  return { kind: 'open', pairs: names([best, ...ties]), runsNeeded };
}
