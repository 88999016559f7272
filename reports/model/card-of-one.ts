/** The card of one workload: the chosen pair, or why none can be. Pure. */
import type { LabResult } from '../../bench/result/result.js';
import { formatFigure, formatRange } from '../format.js';
import { type Card, lackingText, line, nameOf, namesOf, runLine } from './card-lines.js';
import { listWords } from './cells.js';
import { type Choice, choose } from './choice.js';
import type { Candidate, Ranking, WorkloadSummary } from './ranking.js';

export function cardOfOne(result: LabResult, summary: WorkloadSummary): Card {
  const choice = choose(summary);
  const where = summary.workload.name;
  if (choice.kind === 'none')
    return [line('CANNOT RANK', `no figure was measured in two of the pairs, for ${where}`)];
  if (choice.kind === 'open') return openCard(result, choice);
  if (choice.kind === 'equal') return equalCard(summary, choice);
  return [
    line('CHOOSE', `${choice.pairs.map(nameOf).join(' or ')}, for ${where}`),
    line('BECAUSE', becauseText(choice, summary)),
    line('UNLESS', unlessText(result, choice.pairs, summary)),
  ];
}

/** `its p99 latency is the lowest: 8.99 ms, next tcp/msgpack with 21.9 ms; nothing was lost`. */
export function becauseText(
  { by, tooClose, pairs }: Extract<Choice, { kind: 'chosen' }>,
  { rankings }: WorkloadSummary,
): string {
  const [main] = by;
  const close = tooClose.map(({ metric }) => metric.words.noun);
  const apart =
    close.length === 0
      ? ''
      : `${listWords(close)} ${close.length === 1 ? 'tells' : 'tell'} nobody apart, and `;
  const whose = pairs.length === 1 ? 'its' : 'their';
  return `${apart}${whose} ${leadText(main!)}${deliveryText(rankings)}`;
}

function leadText({ metric, best, behind }: Ranking): string {
  const { noun, best: most } = metric.words;
  const superlative = most.split(' ')[0]!;
  const figure = formatFigure(metric.unit, best!.value);
  const [next] = behind;
  const subject =
    metric.name === 'missing'
      ? 'delivery is the most complete'
      : `${noun} ${noun.endsWith('bytes') ? 'are' : 'is'} the ${superlative}`;
  const missing = metric.name === 'missing' ? ' missing' : '';
  return `${subject}: ${figure}${missing}, next ${nameOf(next!.candidate)} with ${formatFigure(metric.unit, next!.value)}`;
}

function deliveryText(rankings: readonly Ranking[]): string {
  const delivery = rankings.find(({ metric }) => metric.name === 'missing');
  const values = valuesOf(delivery);
  return values.length > 1 && values.every((value) => value === 0) ? '; nobody lost a message' : '';
}

function valuesOf(ranking: Ranking | undefined): number[] {
  if (ranking?.best == null) return [];
  return [ranking.best, ...ranking.ties, ...ranking.behind].map(({ value }) => value);
}

/** At most this many reasons to choose otherwise: a card is short. */
const MOST_FLIPS = 2;

const IF_DECIDES: Readonly<Record<string, string>> = {
  missing: 'every message must arrive',
  cpu: 'server CPU decides',
  ip_bytes: 'bytes on the wire decide',
  p99: 'p99 latency decides',
  p50: 'the median decides',
  p999: 'p99.9 decides',
};

/** On what else another pair is better than the chosen one, by the same rules. */
function unlessText(
  result: LabResult,
  pairs: readonly Candidate[],
  { rankings, percentiles }: WorkloadSummary,
): string {
  const flips = [...rankings, ...percentiles].flatMap((ranking) => {
    const { metric, best, behind } = ranking;
    const beaten = behind.filter(({ candidate }) => pairs.includes(candidate));
    if (best === null || beaten.length < pairs.length) return [];
    const [mine] = beaten;
    const [low, high] = [best.value, mine!.value].map((value) => formatFigure(metric.unit, value));
    const verb = metric.name === 'missing' ? 'misses' : 'has';
    return [
      `${IF_DECIDES[metric.name] ?? metric.words.noun}: ${nameOf(best.candidate)} ${verb} ${low}, not ${high}`,
    ];
  });
  if (flips.length > 0) return flips.slice(0, MOST_FLIPS).join('; ');
  return `your load or network differs${isLoopback(result) ? ': this was one machine, over loopback' : ''}`;
}

function isLoopback({ cells, config }: LabResult): boolean {
  const { host } = config.effective;
  const isLocal = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return isLocal && cells.every(({ link }) => link === null);
}

function equalCard(
  { workload, rankings }: WorkloadSummary,
  { pairs, tooClose }: Extract<Choice, { kind: 'equal' }>,
): Card {
  const [first] = rankings.filter((one) => valuesOf(one).length > 1);
  const figures = spreadText(first!, valuesOf(first));
  const told =
    tooClose.length === 0
      ? `all figures are equivalent (${first!.metric.words.noun} ${figures})`
      : `no difference can be told (${first!.metric.words.noun} ${figures}), and more runs would hardly change that`;
  return [
    line('CHOOSE', `any of ${namesOf(pairs)}, for ${workload.name}`),
    line('BECAUSE', told),
    line(
      'UNLESS',
      'another load or link tells them apart: raise --rate or --clients, or give --link',
    ),
  ];
}

function openCard(
  result: LabResult,
  { ranking, pairs, lacking }: Extract<Choice, { kind: 'open' }>,
): Card {
  const { metric, behind } = ranking;
  const values = [ranking.best!, ...ranking.ties]
    .filter(({ candidate }) => pairs.includes(candidate))
    .map(({ value }) => value);
  const figures = spreadText(ranking, values);
  const beaten = behind.map(({ candidate }) => candidate);
  const next = behind[0];
  const out =
    next === undefined
      ? []
      : [
          line(
            'RULED OUT',
            `${namesOf(beaten)}: ${metric.words.noun} ${formatFigure(metric.unit, next.value)} or more`,
          ),
        ];
  return [
    line(
      'CANNOT RANK',
      `${namesOf(pairs)} by ${metric.words.noun} (${figures}): ${lackingText(lacking)}`,
    ),
    ...out,
    runLine(result, lacking),
  ];
}

/** `8.99 to 19.6 ms`; one figure where both ends are the same as printed. */
function spreadText({ metric }: Ranking, values: readonly number[]): string {
  const format = (value: number): string => formatFigure(metric.unit, value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return format(low) === format(high) ? format(low) : formatRange({ low, high }, format);
}
