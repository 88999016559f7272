/**
 * How far the summary can be trusted, and what would change it: each sentence follows from the data
 * or is not said.
 */
import { ALPHA, CONFIDENCE, DEFAULT_MARGIN } from '../../bench/compare/decide.js';
import type { LabResult } from '../../bench/result/result.js';
import { localServer } from '../../bench/result/server.js';
import { isOnlyReadLate, mayRank } from '../../bench/result/usable.js';
import { listWords, markedNames, pairName, plural } from '../model/cells.js';
import {
  type Ranking,
  type WorkloadCandidates,
  type WorkloadSummary,
  whyUnranked,
} from '../model/ranking.js';
import { candidateName, figureOf, isAllDelivered, isWon, runsToSettle } from './ranking-words.js';

/** @param tests pairs that the correction of the ranking is over */
export function trustNotes(
  result: LabResult,
  all: readonly WorkloadCandidates[],
  compared: readonly WorkloadSummary[],
  tests: number,
): string[] {
  const notes: string[] = [];
  if (compared.length > 0) notes.push(runsNote(compared, tests));
  const unusable = result.cells.filter((cell) => !mayRank(cell));
  if (unusable.length > 0 && unusable.length < result.cells.length) {
    const silent = unusable.filter((cell) => cell.delivered === 0);
    const names = [
      ...markedNames(
        unusable.filter((cell) => cell.delivered !== 0),
        result,
      ),
      ...markedNames(silent, result).map((name) => `${name} (nothing delivered)`),
    ];
    notes.push(`The ranking is of VALID cells only and leaves out ${listWords(names)}.`);
  }
  const late = result.cells.filter((cell) => mayRank(cell) && isOnlyReadLate(cell));
  if (late.length > 0 && compared.length > 0) {
    notes.push(
      `The ranking has ${listWords(markedNames(late, result))}: the lab’s own clients read late, but no ranked figure includes that wait.`,
    );
  }
  for (const { workload, candidates, rankings } of compared) {
    for (const { metric, unranked } of rankings) {
      for (const candidate of unranked) {
        const where = compared.length > 1 ? ` (${workload.name})` : '';
        const why = whyUnranked(metric, candidate, candidates);
        notes.push(`${candidate.name}${where} is not ranked by ${metric.words.noun}: ${why}.`);
      }
    }
  }
  const alone = all.filter(({ candidates }) => candidates.length === 1).length;
  if (alone > 0 && compared.length > 0) {
    notes.push(
      `${plural(alone, 'workload')} ${alone === 1 ? 'has' : 'have'} one VALID transport and codec each, so nothing in ${alone === 1 ? 'it' : 'them'} is ranked: the verdicts say what to change.`,
    );
  }
  for (const { workload, candidates } of compared) {
    const feeds = new Set(
      candidates.flatMap(({ runs }) =>
        runs.map((cell) => `${cell.run} ${localServer(cell)?.feed_sha256 ?? null}`),
      ),
    );
    const runs = new Set([...feeds].map((feed) => feed.split(' ')[0]));
    if (feeds.size > runs.size) {
      notes.push(
        `The cells of ${workload.name} got different messages (their feed hashes differ): run them again in one command.`,
      );
    }
  }
  return notes;
}

function runsNote(compared: readonly WorkloadSummary[], tests: number): string {
  const counts = compared.flatMap(({ candidates }) => candidates.map(({ runs }) => runs.length));
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) {
    return 'One run ranks nothing: a run is one sample, and one sample has no spread.';
  }
  const runs = fewest === most ? `${fewest} runs` : `${fewest} to ${most} runs`;
  const percent = (share: number): string => `${share * 100} %`;
  return `Figures are medians of ${runs}, ranked by the rules of lab compare. Better: p < ${ALPHA} (Mann–Whitney, Holm-corrected over ${plural(tests, 'pair')}) and the ${percent(CONFIDENCE)} interval of the difference wholly beyond ${percent(DEFAULT_MARGIN)}; equivalent: wholly inside.`;
}

/** @param rankingCommand runs the same with as many runs as can tell a clear difference */
export function whatWouldChange(
  result: LabResult,
  compared: readonly WorkloadSummary[],
  rankingCommand: string | null,
): string[] {
  const notes: string[] = [];
  if (rankingCommand !== null) {
    notes.push(`Run this to see a clear difference: \`${rankingCommand}\`.`);
  } else {
    notes.push(...moreRuns(compared));
  }
  notes.push(...otherPercentiles(compared));
  if (compared.every(({ rankings }) => rankings.some(isAllDelivered))) {
    notes.push(
      'Raise the load (`--rate`, `--clients`): nothing was lost, so this load does not show which loses first.',
    );
  }
  const suspects = compared.flatMap(({ workload }) =>
    workload.cells.filter(({ verdict }) => verdict.status === 'SUSPECT'),
  );
  const warned = [...new Set(suspects.map(pairName))];
  if (warned.length > 0)
    notes.push(
      `Clear the warnings of ⚠ SUSPECT ${listWords(warned)}: the verdicts say what to change.`,
    );
  const invalid = result.cells.filter((cell) => cell.verdict.status === 'INVALID').length;
  if (invalid > 0)
    notes.push(
      `Measure the ${plural(invalid, 'cell')} marked ✘ INVALID again: the verdicts say what to change.`,
    );
  if (isLoopback(result.config.effective.host)) {
    notes.push(
      'Put a network between server and clients (`--link 4g`, or two machines): over loopback nothing is far away, nothing is lost on the way, and both share the CPU.',
    );
  }
  return notes;
}

/** What is open though there are runs enough for a clear difference. */
function moreRuns(compared: readonly WorkloadSummary[]): string[] {
  return compared.flatMap(({ workload, rankings }) => {
    const where = compared.length > 1 ? ` with ${workload.name}` : '';
    return rankings.flatMap((ranking) => {
      const runs = runsToSettle(ranking);
      if (runs === 0) return [];
      const { noun } = ranking.metric.words;
      return [
        runs === null
          ? `More runs are unlikely to settle ${noun}${where}: the difference is too near ${DEFAULT_MARGIN * 100} %.`
          : `Run each cell ${runs} times to settle ${noun}${where} (\`--repeat ${runs}\`).`,
      ];
    });
  });
}

/**
 * Says when another percentile has another winner: then "the fastest" depends on which users
 * matter.
 */
function otherPercentiles(compared: readonly WorkloadSummary[]): string[] {
  return compared.flatMap(({ workload, rankings, percentiles }) => {
    const p99 = rankings.find(({ metric }) => metric.name === 'p99');
    if (p99 === undefined || !isWon(p99)) return [];
    const where = compared.length > 1 ? ` with ${workload.name}` : '';
    return percentiles
      .filter((other) => isWon(other) && !sharesBest(other, p99))
      .map((other) => {
        const { metric, best } = other;
        return `Decide which percentile matters: ${candidateName(best!.candidate)} ${metric.words.superlative}, ${figureOf(metric, best!.value)}${where}.`;
      });
  });
}

function sharesBest(a: Ranking, b: Ranking): boolean {
  return a.best?.candidate === b.best?.candidate;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
