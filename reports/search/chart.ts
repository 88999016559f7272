/**
 * Every trial of a search as a mark: the load from left to right, the figure in question upwards.
 * What held is a disc, what did not a cross, what was void a ring; the band is where the limit is.
 */
import { scaleLog } from 'd3-scale';
import { metricOf } from '../../bench/metric-catalogue.js';
import type {
  SearchCombination,
  SearchDocument,
  SearchTrial,
} from '../../bench/search/document.js';
import { gridLine, logTicks } from '../charts/axes.js';
import {
  type Attributes,
  element,
  escapeXml,
  INK,
  MUTED,
  shorten,
  svgDocument,
  text,
} from '../charts/svg.js';
import { formatBytes, formatCount, formatMicros, trimmed } from '../format.js';
import { answerText, LOAD_TITLES, loadText, outcomeText } from './words.js';

const WIDTH = 960;
const FROM = 84;
const TO = 912;
const TOP = 108;
const PANEL = 190;
const PITCH = 252;
const FOOT = 16;

const PASS = '#0072b2';
const FAIL = '#b42318';
const VOID = '#8a929a';

type Scale = (value: number) => number;
type Bounds = Pick<SearchCombination['answers'][number], 'lower' | 'upper'>;

/** What the marks stand for: the first latency that a goal names, else the p99. */
function figureOf({ goals }: SearchDocument): string {
  const named = goals.flatMap(({ objectives }) => objectives).find(({ unit }) => unit === 'us');
  return named?.metric ?? 'p99';
}

function valueAt({ figures, p99_us }: SearchTrial, metric: string): number | null {
  return figures.find((one) => one.metric === metric)?.value ?? (metric === 'p99' ? p99_us : null);
}

/** The chart, or undefined when there is no trial yet. */
export function searchChart(document: SearchDocument): string | undefined {
  const combinations = document.combinations.filter(({ trials }) => trials.length > 0);
  if (combinations.length === 0) return undefined;
  const metric = figureOf(document);
  const { title } = metricOf(metric as Parameters<typeof metricOf>[0]).words;
  const all = combinations.flatMap(({ trials }) => trials);
  const limits = document.goals
    .flatMap(({ objectives }) => objectives)
    .filter((one) => one.metric === metric)
    .map(({ limit }) => limit);
  const values = [...all.flatMap((one) => valueAt(one, metric) ?? []), ...limits];
  const loads = all.map(({ load }) => load);
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  const x: Scale = scaleLog([least, Math.max(most, least * 1.01)], [FROM + 14, TO - 14]);
  const ticks = logTicks(Math.max(1, Math.min(...values)), Math.max(1, ...values, 2));
  const y: Scale = scaleLog([ticks[0]!, ticks.at(-1)!], [PANEL, 0]).clamp(true);
  const goal = document.goals[0]!.expression;
  return svgDocument({
    width: WIDTH,
    height: TOP + combinations.length * PITCH + FOOT,
    title: `Every trial: where ${shorten(goal, 60)} holds, and where not`,
    subtitle: `${title} of each trial against ${LOAD_TITLES[document.vary]}, both on logarithmic scales; the band lies between the bounds`,
    description: combinations
      .map((one) => `${one.name}: ${answerText(one.answers[0]!, document)}`)
      .join('; '),
    body: [
      legend(),
      ...combinations.flatMap((one, i) =>
        panel(one, document, { metric, limits, ticks, x, y, top: TOP + i * PITCH }),
      ),
    ],
  });
}

interface Frame {
  readonly metric: string;
  readonly limits: readonly number[];
  readonly ticks: readonly number[];
  readonly x: Scale;
  readonly y: Scale;
  readonly top: number;
}

function panel(one: SearchCombination, document: SearchDocument, frame: Frame): string[] {
  const { limits, ticks, x, y, top } = frame;
  const { vary } = document;
  const answer = one.answers[0]!;
  const heading = `${one.name} ${answerText(answer, document)}`;
  const base = top + 22;
  const loads = [...new Set(one.trials.map(({ load }) => load))].sort((a, b) => a - b);
  return [
    text(FROM, top + 6, shorten(heading, 118), { 'font-weight': 600 }),
    ...ticks.map((tick) => gridLine(FROM, TO, base + y(tick), trimmed(formatMicros(tick)))),
    ...band(answer, x, base),
    ...limits.map((limit) =>
      element('line', {
        ...{ x1: FROM, x2: TO, y1: base + y(limit), y2: base + y(limit) },
        ...{ stroke: INK, 'stroke-dasharray': '6 4', 'stroke-width': 1.2 },
      }),
    ),
    ...loadLabels(loads, answer, vary, x, base + PANEL + 20),
    ...one.trials.map((trial) => mark(trial, document, frame, base)),
  ];
}

/** The bounds are always named; of the other loads the ends, and what has room beside them. */
function loadLabels(
  loads: readonly number[],
  { lower, upper }: Bounds,
  axis: SearchDocument['vary'],
  x: Scale,
  y: number,
): string[] {
  const words = (load: number): string =>
    trimmed(axis === 'size' ? formatBytes(load) : formatCount(load));
  const label = (load: number, anchor: string, more: Attributes): string =>
    text(x(load), y, words(load), { 'text-anchor': anchor, 'font-size': 12, ...more });
  const bounds = [lower, upper].filter((load) => load !== null);
  const isPair = bounds.length === 2;
  const placed = bounds.map((load) => x(load));
  const others: number[] = [];
  for (const load of [loads[0]!, loads.at(-1)!, ...loads]) {
    const at = x(load);
    if (placed.some((other) => Math.abs(other - at) < (isPair ? 64 : 46))) continue;
    placed.push(at);
    others.push(load);
  }
  const bold = { 'font-weight': 600 };
  return [
    ...others.map((load) => label(load, 'middle', { fill: MUTED })),
    ...(lower === null ? [] : [label(lower, isPair ? 'end' : 'middle', bold)]),
    ...(upper === null ? [] : [label(upper, isPair ? 'start' : 'middle', bold)]),
  ];
}

function band({ lower, upper }: Bounds, x: Scale, base: number): string[] {
  if (lower === null && upper === null) return [];
  const from = lower === null ? FROM : x(lower);
  const to = upper === null ? TO : x(upper);
  if (lower === null || upper === null) {
    const at = lower === null ? to : from;
    return [
      element('line', {
        x1: at,
        x2: at,
        y1: base,
        y2: base + PANEL,
        stroke: PASS,
        'stroke-width': 1.5,
      }),
    ];
  }
  const box = { x: from, y: base, width: Math.max(2, to - from), height: PANEL };
  return [element('rect', { ...box, fill: '#f5d90a', 'fill-opacity': 0.28, stroke: '#a67c00' })];
}

function mark(trial: SearchTrial, document: SearchDocument, frame: Frame, base: number): string {
  const { metric, x, y, top } = frame;
  const value = valueAt(trial, metric);
  const judgement = trial.judgements[0]!;
  const cx = x(trial.load);
  // What has no figure stands at the upper edge.
  const cy = value === null ? Math.max(base, top + 22) : base + y(value);
  const size = trial.duration_s >= document.final_s ? 5.5 : 3.5;
  const words = `${loadText(document.vary, trial.load)}, ${trial.duration_s} s: ${outcomeText(judgement)}, ${formatMicros(value)}`;
  return element(
    'g',
    {},
    element('title', {}, escapeXml(words)) + SHAPES[judgement.outcome](cx, cy, size),
  );
}

const SHAPES: Readonly<
  Record<SearchTrial['judgements'][number]['outcome'], (x: number, y: number, r: number) => string>
> = {
  pass: (cx, cy, r) => element('circle', { cx, cy, r, fill: PASS, 'fill-opacity': 0.75 }),
  fail: (x, y, r) =>
    element('path', {
      d: `M${tenth(x - r)} ${tenth(y - r)}L${tenth(x + r)} ${tenth(y + r)}M${tenth(x - r)} ${tenth(y + r)}L${tenth(x + r)} ${tenth(y - r)}`,
      ...{ stroke: FAIL, 'stroke-width': 2.2, fill: 'none' },
    }),
  void: (cx, cy, r) =>
    element('circle', { cx, cy, r, fill: '#ffffff', stroke: VOID, 'stroke-width': 1.8 }),
};

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function legend(): string {
  const parts = [
    ['pass', 'holds'],
    ['fail', 'fails'],
    ['void', 'void: tells nothing of the server'],
  ] as const;
  const xs = [FROM + 6, FROM + 86, FROM + 160];
  const y = 82;
  const marks = parts.map(
    ([outcome, words], i) =>
      SHAPES[outcome](xs[i]!, y, 5) +
      text(xs[i]! + 12, y + 4, words, { fill: MUTED, 'font-size': 12 }),
  );
  const note = text(FROM + 400, y + 4, 'large: full-length trials · dashed: the limit', {
    fill: MUTED,
    'font-size': 12,
  });
  return element('g', { stroke: 'none' }, [...marks, note].join(''));
}
