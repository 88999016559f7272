/** What was measured: stacks, and their runs behind each link at each load. Pure. */
import { cellsByKey } from '../../compare/cells.js';
import type { CellIdentity } from '../../compare/comparison.js';
import type { CellResult, LabResult } from '../../result/result.js';
import { isUsable, mayRank, usableRuns } from '../../result/usable.js';

/** A transport with all that goes with it: what is chosen. */
export type Stack = Pick<
  CellIdentity,
  'transport' | 'codec' | 'flush' | 'repair' | 'congestion' | 'policy'
>;

export interface Load {
  readonly clients: number;
  /** Null = recorded pace. */
  readonly ratePerSecond: number | null;
  readonly sizeBytes: number;
  readonly durationSeconds: number;
}

/** One stack at one load behind one link. */
export interface MeasuredCell {
  readonly stack: Stack;
  readonly load: Load;
  /** `none`, or its name in the results. */
  readonly link: string;
  readonly trace: string | null;
  /** Those that count, in the order of the results. */
  readonly runs: readonly CellResult[];
  /** Fewer than half of the runs that are not INVALID are beyond doubt, so that all of these count. */
  readonly doubtful: boolean;
  /** Runs that do not count. */
  readonly leftOut: number;
  /** Codes of the verdicts of those, or of all where the cell is doubtful. */
  readonly causes: readonly string[];
}

export const NO_LINK = 'none';

/** A name for maps, one for each stack. */
export function stackKey(stack: Stack): string {
  const { transport, codec, flush, repair, congestion, policy } = stack;
  return JSON.stringify([transport, codec, flush, repair, congestion, policy]);
}

/** Cells with a run that counts, and those that only have doubtful ones. */
export function measuredCells(results: readonly LabResult[]): MeasuredCell[] {
  return [...cellsByKey(results).values()].map(({ identity, cells }) => {
    const certain = usableRuns(cells, mayRank);
    const usable = usableRuns(cells, isUsable);
    const doubtful = certain.length * 2 < usable.length;
    const runs = doubtful ? usable : certain;
    const counted = new Set(runs);
    const blamed = doubtful ? cells : cells.filter((cell) => !counted.has(cell));
    return {
      stack: stackOf(identity),
      load: loadOf(identity),
      link: identity.link ?? NO_LINK,
      trace: identity.link_trace_sha256,
      runs,
      doubtful,
      leftOut: cells.length - runs.length,
      causes: [
        ...new Set(blamed.flatMap(({ verdict }) => verdict.reasons.map(({ code }) => code))),
      ],
    };
  });
}

function stackOf(identity: CellIdentity): Stack {
  const { transport, codec, flush, repair, congestion, policy } = identity;
  return { transport, codec, flush, repair, congestion, policy };
}

function loadOf({ clients, rate_per_s, size_bytes, duration_s }: CellIdentity): Load {
  return {
    clients,
    ratePerSecond: rate_per_s,
    sizeBytes: size_bytes ?? 0,
    durationSeconds: duration_s,
  };
}
