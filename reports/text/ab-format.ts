/** An A/B in words and figures, for the terminal and for Markdown alike. */
import type { AbCell, AbComparison, AbDocument, AbMetric } from '../../bench/ab/document.js';
import type { CompareReason } from '../../bench/compare/comparison.js';
import type { ComparedName } from '../../bench/metric-catalogue.js';
import { formatCount, formatMicros, formatRange, MISSING } from '../format.js';
import { listWords, plural } from '../model/cells.js';
import { formatMetric, formatNeeded, metricTitle, totalsText } from './compare-format.js';
import { LATENCY_ENDS } from './latency-notes.js';

/** `equivalent` as a reader of an A/B takes it: no difference as large as the margin. */
export const VERDICT_WORDS: Readonly<Record<AbMetric['verdict'], string>> = {
  better: 'better',
  worse: 'worse',
  equivalent: 'no difference',
  inconclusive: 'inconclusive',
};

export function titleOf({ metric }: AbMetric): string {
  return metricTitle({ metric: metric as ComparedName });
}

export function formatMedian({ unit }: AbMetric, value: number | null): string {
  return formatMetric({ unit: unit as Parameters<typeof formatMetric>[0]['unit'] }, value);
}

/** B against A: `+9.80 %`. */
export function formatChange(metric: AbMetric): string {
  return metric.change === null ? MISSING : signed(metric, metric.change);
}

export function formatChangeInterval(metric: AbMetric): string {
  const { change_ci: interval } = metric;
  return interval === null ? MISSING : formatRange(interval, (value) => signed(metric, value));
}

/** The smallest difference that would have been told: `±6.2 %`. */
export function formatDetectable(metric: AbMetric): string {
  return metric.detectable === null ? MISSING : `±${sized(metric, metric.detectable)}`;
}

export function formatBlocksNeeded({ verdict, reason, blocks_needed: needed }: AbMetric): string {
  return formatNeeded({ verdict, reason: reason as CompareReason | null, needed });
}

function signed(metric: AbMetric, value: number): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return sign + sized(metric, Math.abs(value));
}

/** Without a sign. Of a share the difference is in percentage points. */
function sized({ scale, unit }: AbMetric, size: number): string {
  if (scale === 'ratio') return `${decimals(size * 100, 2)} %`;
  if (unit === 'share') return `${decimals(size * 100, 3)} pp`;
  return unit === 'us' || unit === 'cpu_us' ? formatMicros(size) : formatCount(size);
}

/** Nothing but zero is printed as zero. */
function decimals(size: number, most: number): string {
  if (size === 0) return '0';
  const smallest = 10 ** -most;
  if (size < smallest) return `<${smallest}`;
  return size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : most);
}

/** `tcp/line-json · …`; where the names differ, `A tcp/line-json, B udp/line-json · …`. */
export function cellTitle({ name_a, name_b, blocks }: AbCell): string {
  const ofB = name_b.split(' · ');
  const name = name_a
    .split(' · ')
    .map((part, i) => (part === ofB[i] ? part : `A ${part}, B ${ofB[i]}`))
    .join(' · ');
  const mark =
    blocks.suspect + blocks.invalid + blocks.incomplete + blocks.other_latency > 0 ? '⚠ ' : '';
  return `${mark}${name} · ${plural(blocks.usable, 'block')}`;
}

/**
 * The answer first: `B against A: worse in latency p99 (+10.0 %); no difference in loss`. Of
 * several cells, how many metrics of each: which is in the table.
 */
export function answerText({ totals, cells }: AbComparison, label = 'B'): string {
  const [cell, ...others] = cells.filter(({ metrics }) => metrics.length > 0);
  if (cell === undefined) return 'nothing can be compared';
  if (others.length > 0)
    return `${label} against A: ${totalsText(totals).replace('equivalent', 'no difference')}`;
  const parts = ANSWERS.flatMap(([verdict, words]) => {
    const found = cell.metrics.filter((one) => one.verdict === verdict);
    const isShift = verdict === 'worse' || verdict === 'better';
    const named = found.map((one) => titleOf(one) + (isShift ? ` (${formatChange(one)})` : ''));
    return found.length === 0 ? [] : [words + listWords(named)];
  });
  return `${label} against A: ${parts.join('; ')}`;
}

const ANSWERS: readonly (readonly [AbMetric['verdict'], string])[] = [
  ['worse', 'worse in '],
  ['better', 'better in '],
  ['equivalent', 'no difference in '],
  ['inconclusive', 'inconclusive: '],
];

/** What a reader must know before believing the table, most important first. */
export function abNotes(document: AbDocument): string[] {
  const { comparison, control, ended, arms, blocks_planned: planned } = document;
  const blocks = Math.max(0, ...comparison.cells.map((one) => measuredBlocks(one.blocks)));
  return [
    ...(ended === null
      ? []
      : [`⚠ the session ended after ${blocks} of ${planned} blocks: ${ended.message}`]),
    ...arms.filter(({ cells }) => cells === 0).map(({ label }) => `⚠ ${label} measured nothing`),
    ...comparison.cells.flatMap(cellNotes),
    ...powerNotes(document),
    ...(control === null ? [] : [controlNote(control)]),
  ];
}

/** Usable or not. */
function measuredBlocks({ usable, invalid, incomplete, other_latency }: AbCell['blocks']): number {
  return usable + invalid + incomplete + other_latency;
}

function cellNotes({ name_a, blocks, causes, same_feed }: AbCell): string[] {
  const { suspect, invalid, incomplete, other_latency } = blocks;
  const told = [
    ...(suspect > 0 ? [`${plural(suspect, 'block')} with a SUSPECT cell`] : []),
    ...(invalid > 0 ? [`${plural(invalid, 'block')} left out for an INVALID cell`] : []),
    ...(incomplete > 0 ? [`${plural(incomplete, 'block')} left out as cut short`] : []),
    ...(other_latency > 0
      ? [`${plural(other_latency, 'block')} left out whose latencies end elsewhere than most`]
      : []),
  ];
  const why =
    causes.length === 0
      ? ''
      : ` (${causes.map(({ code, blocks: count }) => `${code} in ${count}`).join(', ')})`;
  return [
    ...(told.length === 0 ? [] : [`⚠ ${name_a} has ${listWords(told)}${why}`]),
    ...(same_feed === false
      ? [`⚠ ${name_a}: A and B published different data: give both one --source and --seed`]
      : []),
  ];
}

function powerNotes({ comparison, alpha }: AbDocument): string[] {
  const { detectable, blocks_to_detect: needed } = comparison;
  const metrics = comparison.cells.flatMap((one) => one.metrics);
  const tests = metrics.filter(({ change }) => change !== null).length;
  const lacking = new Set(metrics.filter(({ reason }) => reason === 'NOT_MEASURED').map(titleOf));
  return [
    ...(detectable || tests === 0
      ? []
      : [
          `⚠ the blocks are too few: no difference can reach p < ${alpha} in ${plural(tests, 'test')} (Holm); use --blocks ${needed} or more, or fewer --metrics`,
        ]),
    ...(lacking.size === 0
      ? []
      : [
          `${listWords([...lacking])} is not compared where a run has no such figure: it has too few samples, or lost more messages than the percentile leaves out`,
        ]),
    ...endNotes(comparison),
  ];
}

/** What latencies count to. */
function endNotes({ cells }: AbComparison): string[] {
  const ends = new Set(cells.flatMap(({ latency_at: { a, b } }) => [a, b]));
  ends.delete(null);
  const [end] = ends;
  if (ends.size === 1) return [`latencies count ${LATENCY_ENDS[end!]}`];
  const unlike = cells
    .flatMap(({ metrics }) => metrics)
    .filter(({ reason }) => reason === 'ARRIVAL_AND_RECEIPT');
  if (unlike.length === 0) return [];
  const titles = listWords([...new Set(unlike.map(titleOf))]);
  return [
    `⚠ ${titles} is not compared where one side counts to the arrival in the kernel and the other to the receipt by the client: give both one --receiver, or compare --metrics receipt`,
  ];
}

/** What noise alone makes. */
function controlNote(control: AbComparison): string {
  const { better, worse } = control.totals;
  const widest = control.cells
    .flatMap((one) => one.metrics)
    .filter(({ scale, change }) => scale === 'ratio' && change !== null)
    .sort((x, y) => Math.abs(y.change!) - Math.abs(x.change!))[0];
  const most =
    widest === undefined
      ? ''
      : `; the largest shift is ${formatChange(widest)} in ${titleOf(widest)}`;
  if (!control.detectable) return '⚠ control: the blocks are too few to show what noise alone does';
  return better + worse > 0
    ? `⚠ control: A differs from itself in ${plural(better + worse, 'metric')}, which noise does (and chance, once in 20 sessions)${most}: repeat on a quieter machine`
    : `control: A does not differ from itself${most}`;
}

/** How the table was made. */
export function abMethodText({ comparison, margin, alpha, confidence, power }: AbDocument): string {
  return `A value is a block (ABBA): B ÷ A of runs within seconds of each other. Change: Hodges–Lehmann median over blocks, with its ${percent(confidence)} interval. p: Wilcoxon signed-rank, Holm-corrected over ${plural(comparison.tests, 'test')}. Better or worse: p < ${alpha} and the interval wholly beyond ±${percent(margin)}; no difference: wholly inside. Detectable: the smallest change that ${percent(power)} of such sessions would show. Needed blocks: how many in all would likely settle it.`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
