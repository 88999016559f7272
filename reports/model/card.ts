/**
 * The answer of a run in at most four short lines of plain text, for the terminal and the report
 * alike: which pair to take, why, and what would change that; or why nobody can tell, and the
 * command that would. Pure.
 */
import type { LabResult } from '../../bench/result/result.js';
import { changedTargets } from '../../bench/result/server.js';
import { mayRank } from '../../bench/result/usable.js';
import {
  type Card,
  commonestHint,
  lackingText,
  line,
  nameOf,
  namesOf,
  runLine,
} from './card-lines.js';
import { becauseText, cardOfOne } from './card-of-one.js';
import { groupBy, listWords, pairName, workloadsOf } from './cells.js';
import { choose, runsToMake } from './choice.js';
import { type Candidate, candidatesOf, rankWorkloads, type WorkloadSummary } from './ranking.js';

/** The card of what `lab run` ranks: each pair against the others of its workload. */
export function rankingCard(result: LabResult): Card {
  const changed = changedTargets(result);
  if (changed.length > 0)
    return [
      line('CANNOT RANK', `${listWords(changed)} was not one server throughout`),
      line('RUN', 'the command again while the server stays up'),
    ];
  const all = workloadsOf(result).map((workload) => candidatesOf(workload));
  const { compared } = rankWorkloads(all, result.cells);
  const [only, ...others] = compared;
  if (only === undefined)
    return nothingRanked(
      result,
      all.flatMap(({ candidates }) => candidates),
    );
  return others.length === 0 ? cardOfOne(result, only) : cardOfMany(result, compared);
}

/** A card for several workloads: who is chosen in how many, and where nobody is. */
function cardOfMany(result: LabResult, compared: readonly WorkloadSummary[]): Card {
  const choices = compared.map((summary) => ({ summary, choice: choose(summary) }));
  const chosen = choices.flatMap(({ summary, choice }) =>
    choice.kind === 'chosen' ? [{ summary, choice }] : [],
  );
  const lacking = choices.flatMap(({ choice }) => (choice.kind === 'open' ? [choice.lacking] : []));
  const [worst] = lacking.sort((a, b) => runsToMake(b) - runsToMake(a));
  const run = worst === undefined ? [] : [runLine(result, worst)];
  const total = `${compared.length} workloads`;
  if (chosen.length === 0) {
    const why = worst === undefined ? 'their figures are alike' : lackingText(worst);
    return [line('CANNOT RANK', `the pairs in any of ${total}: ${why}`), ...run];
  }
  const groups = [...groupBy(chosen, ({ choice }) => choice.pairs.map(nameOf).join(' or '))].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const [[name, most], ...rest] = groups as [[string, typeof chosen], ...typeof groups];
  const where = most.length === compared.length ? `all ${total}` : `${most.length} of ${total}`;
  const others = rest.map(([other, those]) => `${other} in ${those.length}`);
  const untold = compared.length - chosen.length;
  if (untold > 0) others.push(`nobody can be told best in ${untold}`);
  const [first] = most;
  return [
    line('CHOOSE', `${name} in ${where}`),
    line(
      'BECAUSE',
      `for ${first!.summary.workload.name}, ${becauseText(first!.choice, first!.summary)}`,
    ),
    ...(others.length === 0 ? [] : [line('UNLESS', `the workload differs: ${others.join(', ')}`)]),
    ...run,
  ];
}

/** Fewer than two pairs have figures that may be ranked. */
function nothingRanked(result: LabResult, ranked: readonly Candidate[]): Card {
  const { cells } = result;
  const bad = cells.filter((cell) => !mayRank(cell));
  const hint = commonestHint(result);
  if (cells.length === 0) return [line('CANNOT RANK', 'no cell was measured')];
  if (new Set(cells.map(pairName)).size === 1)
    return [
      line('CANNOT RANK', `${pairName(cells[0]!)} alone: there is no other pair beside it`),
      line('RUN', 'the same with another, such as `--transport tcp,udp,ws`'),
    ];
  if (bad.length === 0)
    return [
      line('CANNOT RANK', 'any pair: no two of them had the same load'),
      line('RUN', 'each pair with each load'),
    ];
  const left = ranked.length === 0 ? 'no cell is VALID' : `only ${namesOf(ranked)} has VALID runs`;
  return [
    line('CANNOT RANK', `the pairs: ${left}, and only VALID runs rank`),
    ...(hint === null ? [] : [line('RUN', `the command again after this: ${hint}`)]),
  ];
}
