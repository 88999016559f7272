/** What a summary says where no two cells can be ranked: why, and what there is. Pure. */
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { changedTargets, isApart } from '../../bench/result/server.js';
import { isUsable } from '../../bench/result/usable.js';
import { formatInteger, formatMicros, formatPercent } from '../format.js';
import { listWords, pairName, plural, workloadsOf } from '../model/cells.js';
import { type Candidate, candidatesOf, type WorkloadCandidates } from '../model/ranking.js';
import { candidateName } from './ranking-words.js';

export function nothingToCompare(result: LabResult, all: readonly WorkloadCandidates[]): string {
  const { cells } = result;
  if (cells.length === 0) return 'No cell was measured, so there is nothing to report.';
  const valid = membersOf(all);
  // Shown, where there is but one of them, and ranked with nobody.
  const candidates =
    valid.length > 0
      ? valid
      : membersOf(workloadsOf(result).map((workload) => candidatesOf(workload, isUsable)));
  const [first] = candidates;
  if (first === undefined) return nothingUsable(result);
  const changed = changedTargets(result);
  if (changed.length > 0) {
    return `Nothing is ranked: ${listWords(changed)} was another server later on, and cells of different servers are not compared.`;
  }
  if (candidates.length > 1) {
    return valid.length === 0
      ? `Nothing is ranked: of ${plural(cells.length, 'cell')} ${statusCounts(result)}, and only VALID ones rank. The verdicts below say why and what to do.`
      : `Nothing is ranked: each of the ${all.length} workloads has one transport and codec with VALID figures. Measure two or more under one load.`;
  }
  const others = cells.length - first.candidate.runs.length;
  const why =
    others === 0
      ? 'Nothing is ranked: one transport and codec was measured'
      : `Nothing is ranked: one transport and codec has ${valid.length > 0 ? 'VALID' : 'usable'} figures`;
  return `${why}. ${candidateName(first.candidate)} with ${first.one.workload.name}: ${whatItDid(first.candidate)}.`;
}

interface Member {
  readonly candidate: Candidate;
  readonly one: WorkloadCandidates;
}

function membersOf(all: readonly WorkloadCandidates[]): Member[] {
  return all.flatMap((one) => one.candidates.map((candidate) => ({ candidate, one })));
}

/** `3 are SUSPECT and 1 is INVALID`. */
function statusCounts({ cells }: LabResult): string {
  const counts = (['SUSPECT', 'INVALID'] as const).map((status) => ({
    status,
    count: cells.filter(({ verdict }) => verdict.status === status).length,
  }));
  return listWords(
    counts
      .filter(({ count }) => count > 0)
      .map(({ status, count }) => `${count} ${count === 1 ? 'is' : 'are'} ${status}`),
  );
}

function nothingUsable({ cells }: LabResult): string {
  const invalid = cells.filter((cell) => cell.verdict.status === 'INVALID').length;
  if (invalid === cells.length) {
    return `No winner can be named: ${cells.length === 1 ? 'the only cell is' : `all ${cells.length} cells are`} INVALID. The verdicts below say why and what to do.`;
  }
  const [only, ...rest] = cells;
  if (only !== undefined && rest.length === 0) {
    if ((only.delivered ?? 0) === 0)
      return 'There is nothing to compare: the only cell delivered nothing.';
    return `The only cell, ${pairName(only)}, was cut short. Until then: ${figuresOf(only)}.`;
  }
  return `No winner can be named: none of ${cells.length} cells is complete, not INVALID and has a delivery.`;
}

function whatItDid({ runs }: Candidate): string {
  return runs
    .map((cell) => (runs.length === 1 ? '' : `run ${cell.run}: `) + figuresOf(cell))
    .join('; ');
}

function figuresOf(cell: CellResult): string {
  const { delivered, expected, reach, latency_us, pdv_us } = cell;
  const { p99 } = latency_us;
  const tail = isApart(cell)
    ? `no latency, as the clocks differ (p99 above the fastest delivery: ${formatMicros(pdv_us.p99)})`
    : p99 === null
      ? 'too few samples for a p99 latency'
      : `p99 latency ${formatMicros(p99)}`;
  return `${formatInteger(delivered)} of ${formatInteger(expected)} messages delivered (${formatPercent(reach)}), ${tail}`;
}
