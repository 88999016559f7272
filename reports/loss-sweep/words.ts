/** Where each stack of a sweep wins, in sentences that follow from the data alone. Pure. */
import { formatMicros, formatPercent, formatRatio, trimmed } from '../format.js';
import { groupBy, listWords, plural } from '../model/cells.js';
import type { LossSweep, Place } from './sweep.js';
import type { Answer, RankedPoint, RankedSweep } from './winners.js';

/** `5 %`, `5 % in bursts of 3`. */
export function lossName({ loss, burst }: Pick<Place, 'loss' | 'burst'>): string {
  const share = trimmed(formatPercent(loss));
  return burst === null ? share : `${share} in bursts of ${burst}`;
}

/** `10 ms`. */
export function rttName({ rttMicros }: Pick<Place, 'rttMicros'>): string {
  return trimmed(formatMicros(rttMicros));
}

/**
 * The sentences of a sweep: who has the lowest staleness p99 where, where the lead changes, who is
 * behind how often, and on what evidence.
 */
export function sweepSentences(ranked: RankedSweep): string[] {
  return [
    winnersSentence(ranked),
    ...crossingSentences(ranked),
    ...behindSentence(ranked),
    evidenceSentence(ranked),
  ];
}

/** As the columns and lines of the sweep call it. */
export function nameIn({ stacks }: LossSweep, pair: string): string {
  return stacks.find((one) => one.pair === pair)?.name ?? pair;
}

/** `Lowest staleness p99: udp nak at RTT 10 ms with 5 % lost; tcp and ws alike at …`. */
export function winnersSentence({ sweep, points }: RankedSweep): string {
  const told = points.filter(({ answer }) => answer.kind === 'won' || answer.kind === 'equal');
  const groups = [...groupBy(told, ({ answer }) => namesOf(sweep, answer).join(' and ')).values()];
  const won = groups.filter(([first]) => first!.answer.kind === 'won');
  const equal = groups.filter(([first]) => first!.answer.kind === 'equal');
  const clauses = [...won, ...equal].map((group) => {
    const { answer } = group[0]!;
    const names = listWords(namesOf(sweep, answer));
    const where = group.length === points.length ? everywhere(points) : placesText(group);
    return answer.kind === 'won'
      ? `${names} at ${where}${aheadText(group)}`
      : `${names} alike at ${where}`;
  });
  const rest = points.length - told.length;
  if (clauses.length === 0)
    return `Who has the lowest staleness p99 cannot be told at any of ${plural(points.length, 'link')}.`;
  if (rest > 0) clauses.push(`not told at ${rest} of ${plural(points.length, 'link')}`);
  return `Lowest staleness p99: ${clauses.join('; ')}.`;
}

function everywhere(points: readonly RankedPoint[]): string {
  return points.length === 1 ? placesText(points) : `all ${points.length} links`;
}

/** Of a winner, or of those that are alike or open. */
export function namesOf(sweep: LossSweep, answer: Answer): string[] {
  if (answer.kind === 'none') return [];
  return inOrder(sweep, answer.kind === 'won' ? [answer.pair] : answer.pairs);
}

/** `Certainly higher than the lowest: tcp at 12, udp at 3 of 21 links`. */
function behindSentence({ sweep, points }: RankedSweep): string[] {
  const counts = sweep.stacks.map(({ pair, name }) => ({
    name,
    count: points.filter(({ ranking }) =>
      ranking?.behind.some(({ candidate }) => candidate.name === pair),
    ).length,
  }));
  const behind = counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  if (behind.length === 0) return [];
  const texts = behind.map(({ name, count }) => `${name} at ${count}`);
  return [
    `Certainly higher than the lowest: ${texts.join(', ')} of ${plural(points.length, 'link')}.`,
  ];
}

/** Of how many times the winner's the next figure is. */
function aheadText(group: readonly RankedPoint[]): string {
  const times = group.map(({ answer }) => (answer.kind === 'won' ? answer.timesNext : null));
  if (times.some((one) => one === null)) return '';
  const known = times as number[];
  const [least, most] = [Math.min(...known), Math.max(...known)].map(formatRatio);
  return ` (that of the next is ${least === most ? least : `${least} to ${most}`} as high)`;
}

function inOrder({ stacks }: LossSweep, pairs: readonly string[]): string[] {
  const known = stacks.filter(({ pair }) => pairs.includes(pair)).map(({ name }) => name);
  return known.length === pairs.length ? known : [...pairs];
}

/** `RTT 10 ms and 50 ms with a loss of 1 % and 5 %, RTT 150 ms with a loss of 5 %`. */
export function placesText(group: readonly RankedPoint[]): string {
  const byRtt = groupBy(
    group.map(({ point }) => point),
    rttName,
  );
  const lost = [...byRtt].map(([rtt, points]) => ({
    rtt,
    losses: listWords(points.map(lossName)),
  }));
  return [...groupBy(lost, ({ losses }) => losses)]
    .map(
      ([losses, those]) => `RTT ${listWords(those.map(({ rtt }) => rtt))} with a loss of ${losses}`,
    )
    .join(', ');
}

/** Where another stack is lowest at the next higher loss that was measured. */
function crossingSentences({ sweep, points }: RankedSweep): string[] {
  const lines = groupBy(
    points.filter(({ point }) => point.loss > 0),
    ({ point }) => `${point.rttMicros} ${point.burst}`,
  );
  return [...lines.values()].flatMap((losing) => {
    const { rttMicros } = losing[0]!.point;
    const lossless = points.filter(
      ({ point }) => point.loss === 0 && point.rttMicros === rttMicros,
    );
    const line = [...lossless, ...losing];
    return line.flatMap(({ point, answer }, i) => {
      const before = line[i - 1];
      if (answer.kind !== 'won' || before?.answer.kind !== 'won') return [];
      const [from, to] = [before.answer.pair, answer.pair];
      if (from === to) return [];
      return [
        `At RTT ${rttName(point)} ${nameIn(sweep, from)} is lowest up to a loss of ${lossName(before.point)}, and ${nameIn(sweep, to)} from ${lossName(point)}.`,
      ];
    });
  });
}

function evidenceSentence({ tests, runsToDetect, runs, points }: RankedSweep): string {
  const { fewest, most } = runs;
  if (!points.some(({ ranking }) => ranking?.best != null))
    return 'No cell has a VALID staleness p99.';
  const count = fewest === most ? plural(fewest, 'run') : `${fewest} to ${most} runs`;
  const rules = `Figures are medians of ${count}, ranked by the rules of lab compare over the ${plural(tests, 'pair')} of each link`;
  return fewest < runsToDetect
    ? `${rules}; run each cell ${runsToDetect} times to tell a clear difference (--repeat ${runsToDetect}).`
    : `${rules}.`;
}
