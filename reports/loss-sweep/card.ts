/** The card of a sweep over losses: who has the lowest staleness p99 where. Pure. */
import type { LabResult } from '../../bench/result/result.js';
import { formatMicros } from '../format.js';
import { type Card, type CardLine, line } from '../model/card-lines.js';
import { groupBy, listWords } from '../model/cells.js';
import { rerunCommand, rerunTime } from '../model/rerun.js';
import type { LossSweep } from './sweep.js';
import type { RankedPoint, RankedSweep } from './winners.js';
import { lossName, nameIn, namesOf, placesText } from './words.js';

export function sweepCard(result: LabResult, { sweep, points }: RankedSweep): Card {
  const of = (kind: RankedPoint['answer']['kind']): RankedPoint[] =>
    points.filter(({ answer }) => answer.kind === kind);
  const [won, equal, open] = [of('won'), of('equal'), of('open')];
  const run = runLine(result, open);
  const alike = unlessText(sweep, equal, 'alike');
  const untold = unlessText(sweep, open, 'not told apart');
  const groups = [...groupBy(won, ({ answer }) => namesOf(sweep, answer).join())].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const [most, ...others] = groups;
  if (most !== undefined) {
    const [name, where] = most;
    const elsewhere = others.map(([other, those]) => `at ${whereText(sweep, those)} ${other}`);
    const unless = [...elsewhere, ...alike, ...untold];
    return [
      line('CHOOSE', `${name} at ${whereText(sweep, where)}`),
      line('BECAUSE', `its staleness p99 is the lowest: ${figuresText(sweep, where.at(-1)!)}`),
      ...(unless.length === 0 ? [] : [line('UNLESS', unless.join('; '))]),
      ...run,
    ];
  }
  if (equal.length === 0)
    return [line('CANNOT RANK', ['staleness p99', ...untold].join(': ')), ...run];
  return [
    line('CHOOSE', `any: ${alike.join('; ')}`),
    line('BECAUSE', 'their staleness p99 is equivalent there'),
    ...untold.map((text) => line('UNLESS', text)),
    ...run,
  ];
}

/** Of one round trip the losses alone. */
function whereText({ points }: LossSweep, group: readonly RankedPoint[]): string {
  if (group.length === points.length && group.length > 1) return `all ${group.length} links`;
  const isOneTrip = new Set(points.map(({ rttMicros }) => rttMicros)).size === 1;
  const losses = listWords(group.map(({ point }) => lossName(point)));
  return isOneTrip ? `a loss of ${losses}` : placesText(group);
}

/** More names than this are a number. */
const MOST_NAMES = 4;

/** `at a loss of 0 % all 7 are alike`, for each set of stacks. */
function unlessText(
  sweep: LossSweep,
  points: readonly RankedPoint[],
  said: 'alike' | 'not told apart',
): string[] {
  return [...groupBy(points, ({ answer }) => namesOf(sweep, answer).join())].map(([, those]) => {
    const names = namesOf(sweep, those[0]!.answer);
    const isAll = names.length === sweep.stacks.length;
    const who = isAll
      ? names.length === 2
        ? 'both'
        : `all ${names.length}`
      : names.length > MOST_NAMES
        ? `${names.length} of ${sweep.stacks.length}`
        : listWords(names);
    return `at ${whereText(sweep, those)} ${who} are ${said}`;
  });
}

/** `143 ms at 5 %, next udp nak with 169 ms`. */
function figuresText(sweep: LossSweep, { point, ranking }: RankedPoint): string {
  const { best, behind } = ranking!;
  const [next] = behind;
  return `${formatMicros(best!.value)} at ${lossName(point)}, next ${nameIn(sweep, next!.candidate.name)} with ${formatMicros(next!.value)}`;
}

/** More runs than this of each cell are advice that nobody follows. */
const MOST_RUNS = 30;

function runLine(result: LabResult, open: readonly RankedPoint[]): CardLine[] {
  const needed = open.flatMap(({ answer }) =>
    answer.kind === 'open' && answer.runsNeeded !== null && answer.runsNeeded <= MOST_RUNS
      ? [answer.runsNeeded]
      : [],
  );
  if (needed.length === 0) return [];
  const runs = Math.max(...needed);
  return [
    line('RUN', `\`${rerunCommand(result, runs)}\` (${rerunTime(result, runs)}) to tell the rest`),
  ];
}
