/**
 * How far the summary can be trusted, and what would change it: each sentence follows from the data
 * or is not said.
 */
import type { LabResult } from '../../bench/result/result.js';
import { listWords, markedNames, plural } from '../model/cells.js';
import {
  decide,
  isUsable,
  type Outcome,
  P50,
  P999,
  SMALLEST_DIFFERENCE,
  type WorkloadSummary,
} from '../model/ranking.js';
import { leadersName } from './leaders.js';

export function trustNotes(
  result: LabResult,
  all: readonly WorkloadSummary[],
  compared: readonly WorkloadSummary[],
): string[] {
  const notes: string[] = [];
  if (compared.length > 0) notes.push(runsNote(compared));
  const unusable = result.cells.filter((cell) => !isUsable(cell));
  if (unusable.length > 0 && unusable.length < result.cells.length) {
    const silent = unusable.filter((cell) => cell.delivered === 0);
    const names = [
      ...markedNames(
        unusable.filter((cell) => cell.delivered > 0),
        result,
      ),
      ...markedNames(silent, result).map((name) => `${name} (nothing delivered)`),
    ];
    notes.push(`Left out of the comparison: ${listWords(names)}.`);
  }
  for (const { workload, outcomes } of compared) {
    for (const { metric, unranked } of outcomes) {
      for (const { contender, why } of unranked) {
        const where = compared.length > 1 ? ` (${workload.name})` : '';
        notes.push(`${contender.name}${where} was not ranked for ${metric.best}: ${why}.`);
      }
    }
  }
  const alone = all.filter(({ contenders }) => contenders.length === 1).length;
  if (alone > 0 && compared.length > 0) {
    notes.push(`${plural(alone, 'workload')} had only one usable pair and took no part.`);
  }
  for (const { workload, contenders } of compared) {
    const feeds = new Set(
      contenders.flatMap(({ runs }) => runs.map((cell) => `${cell.run} ${cell.feed_sha256}`)),
    );
    const runs = new Set([...feeds].map((feed) => feed.split(' ')[0]));
    if (feeds.size > runs.size) {
      notes.push(
        `Not every cell of ${workload.name} was fed the same messages (the feed hashes differ).`,
      );
    }
  }
  return notes;
}

function runsNote(compared: readonly WorkloadSummary[]): string {
  const counts = compared.flatMap(({ contenders }) => contenders.map(({ runs }) => runs.length));
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const smallest = `${SMALLEST_DIFFERENCE * 100} %`;
  if (most === 1) {
    return `One run each is weak evidence: the run is the sample, not the message. Differences under ${smallest} are called no clear difference; larger ones can still be chance.`;
  }
  const runs = fewest === most ? `${fewest} runs` : `${fewest} to ${most} runs`;
  const single = fewest === 1 ? ' A pair with a single usable run is weak evidence.' : '';
  return `Figures are medians of ${runs}. A difference counts when it is at least ${smallest} and the ranges of the runs do not overlap.${single}`;
}

export function whatWouldChange(result: LabResult, compared: readonly WorkloadSummary[]): string[] {
  const notes: string[] = [];
  const counts = compared.flatMap(({ contenders }) => contenders.map(({ runs }) => runs.length));
  if (Math.min(...counts) < 3)
    notes.push('More runs (`--repeat 5`): a lead that chance gave does not come back.');
  notes.push(...otherPercentiles(compared));
  const delivery = compared.flatMap(({ outcomes }) =>
    outcomes.filter(({ metric }) => metric.key === 'missing'),
  );
  if (
    delivery.every(
      ({ leaders, others }) => others.length === 0 && leaders.every(({ value }) => value === 0),
    )
  ) {
    notes.push(
      'More load (`--rate`, `--clients`): nothing was lost, so this load cannot tell who loses first.',
    );
  }
  const suspects = compared.flatMap(({ contenders }) =>
    contenders.filter(({ suspect }) => suspect),
  );
  const warned = [...new Set(suspects.map(({ name }) => name))];
  if (warned.length > 0)
    notes.push(`Clearing the warnings of ⚠ SUSPECT ${listWords(warned)}: see the verdicts.`);
  const invalid = result.cells.filter((cell) => cell.verdict.status === 'INVALID').length;
  if (invalid > 0)
    notes.push(`A valid measurement of the ${plural(invalid, 'cell')} marked ✘ INVALID.`);
  if (isLoopback(result.config.effective.host)) {
    notes.push(
      'A real network: over loopback nothing is far away, nothing is lost on the way, and server and clients share the CPU.',
    );
  }
  return notes;
}

/**
 * Says when another percentile has another winner: then "the fastest" depends on which users
 * matter.
 */
function otherPercentiles(compared: readonly WorkloadSummary[]): string[] {
  const notes: string[] = [];
  for (const { workload, contenders, outcomes } of compared) {
    const p99 = outcomes.find(({ metric }) => metric.key === 'p99');
    if (p99 === undefined || p99.others.length === 0) continue;
    const where = compared.length > 1 ? ` with ${workload.name}` : '';
    for (const metric of [P50, P999]) {
      const other = decide(metric, contenders);
      if (other.others.length > 0 && !sharesLeader(other, p99)) {
        const best = other.leaders[0]!;
        notes.push(
          `Another percentile: ${leadersName(other)} had the ${metric.best} (${metric.format(best.value)})${where}.`,
        );
      }
    }
  }
  return notes;
}

function sharesLeader(a: Outcome, b: Outcome): boolean {
  const leaders = new Set(b.leaders.map(({ contender }) => contender));
  return a.leaders.some(({ contender }) => leaders.has(contender));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
