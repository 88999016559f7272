/**
 * What repeats tell: every run as a dot, the median over them, and its 95 % interval. p99 latency
 * beside goodput.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import type { CellResult } from '../../bench/result/result.js';
import { isUsable } from '../../bench/result/usable.js';
import { formatCount, formatInterval, formatMicros, trimmed } from '../format.js';
import { type CellRuns, estimate } from '../model/cell-runs.js';
import { logTicks } from './axes.js';
import {
  columnLine,
  describeRows,
  groupsWith,
  layOutRows,
  PANELS,
  type RowChartInput,
  rowLabel,
  WIDTH,
} from './rows.js';
import type { LineStyle } from './style.js';
import { element, INK, MUTED, svgDocument, text } from './svg.js';

const TOP = 124;
const LEFT = { from: PANELS.left, to: 590 } as const;
const RIGHT = { from: 640, to: PANELS.right } as const;
/**
 * Dots of the runs are spread over this height, in the order in which they ran, so that equal ones
 * stay apart.
 */
const SPREAD = 16;

const latencyOf = (cell: CellResult): number | null => cell.latency_us.p99;
const goodputOf = (cell: CellResult): number | null => cell.goodput.messages_per_s;

/** The chart, or undefined when no cell was run twice. */
export function repeatsChart(input: RowChartInput): string | undefined {
  const groups = groupsWith(input.groups, ({ runs }) => runs.length > 1);
  const runs = groups.flatMap(({ rows }) => rows.flatMap((one) => one.runs));
  if (runs.length === 0) return undefined;
  const tails = runs.map(latencyOf).filter((value) => value !== null);
  const ticks = logTicks(Math.max(1, Math.min(...tails, 1e9)), Math.max(1, ...tails));
  const latency = scaleLog([ticks[0]!, ticks.at(-1)!], [LEFT.from, LEFT.to]).clamp(true);
  const rates = runs.map(goodputOf).filter((value) => value !== null);
  const goodput = scaleLinear([0, Math.max(1, ...rates) * 1.04], [RIGHT.from, RIGHT.to]);
  const layout = layOutRows(groups, TOP);
  const figures = (one: CellRuns): string => figuresOf(one, input.seed);
  return svgDocument({
    width: WIDTH,
    height: layout.bottom + 36,
    title: 'Over the runs: how certain is it?',
    subtitle: input.subtitle,
    description: describeRows(groups, figures),
    body: [
      ...legend(),
      ...(tails.length === 0
        ? []
        : ticks.map((tick) => columnLine(latency(tick), layout, trimmed(formatMicros(tick))))),
      ...goodput
        .ticks(4)
        .map((tick) => columnLine(goodput(tick), layout, trimmed(formatCount(tick)))),
      ...layout.headings,
      ...layout.rows.map(({ one, y }) =>
        [
          rowLabel(one, y, figures(one), input.styleOf(one)),
          drawRow(one, y, latencyOf, latency, input),
          drawRow(one, y, goodputOf, goodput, input),
        ].join(''),
      ),
    ],
  });
}

function figuresOf(one: CellRuns, seed: number): string {
  const known = estimate(one, latencyOf, seed);
  if (known === null) return `${one.runs.length} runs, no p99 in all of them`;
  return `p99 ${formatInterval(known.median, known.interval, formatMicros)}`;
}

function legend(): string[] {
  const y = 88;
  const style = { colour: INK, dash: 'none', width: 2 };
  const note = (x: number, content: string): string =>
    text(x, y, content, { fill: MUTED, 'font-size': 12 });
  return [
    bar(24, 64, y - 4, style),
    tick(44, y - 4, style),
    note(72, 'median, 95 % interval'),
    circle(222, y - 4, INK),
    note(232, 'a run'),
    cross(286, y - 4, INK),
    note(296, 'a run that does not count'),
    text(LEFT.to, y + 22, 'p99 latency, log scale', { 'text-anchor': 'end', 'font-weight': 600 }),
    text(RIGHT.to, y + 22, 'delivered messages/s', { 'text-anchor': 'end', 'font-weight': 600 }),
  ];
}

function drawRow(
  one: CellRuns,
  y: number,
  of: (cell: CellResult) => number | null,
  x: (value: number) => number,
  { seed, styleOf }: RowChartInput,
): string {
  const style = styleOf(one);
  const known = estimate(one, of, seed);
  const marks = one.runs.flatMap((cell, i) => {
    const value = of(cell);
    if (value === null) return [];
    const at = y + (one.runs.length === 1 ? 0 : SPREAD * (i / (one.runs.length - 1) - 0.5));
    return isUsable(cell) ? circle(x(value), at, style.colour) : cross(x(value), at, '#8a929a');
  });
  const interval = known?.interval;
  return [
    interval === null || interval === undefined
      ? ''
      : bar(x(interval.low), x(interval.high), y, style),
    ...marks,
    known === null ? '' : tick(x(known.median), y, style),
  ].join('');
}

/** An interval with its ends, so that even one without length is seen. */
function bar(from: number, to: number, y: number, { colour }: LineStyle): string {
  const end = (x: number): string =>
    element('line', { x1: x, x2: x, y1: y - 7, y2: y + 7, stroke: colour, 'stroke-width': 1.5 });
  return [
    element('rect', {
      x: from,
      y: y - 5,
      width: to - from,
      height: 10,
      fill: colour,
      opacity: '0.22',
    }),
    end(from),
    end(to),
  ].join('');
}

function tick(x: number, y: number, { colour }: LineStyle): string {
  return element('line', {
    x1: x,
    x2: x,
    y1: y - 12,
    y2: y + 12,
    stroke: colour,
    'stroke-width': 3,
  });
}

function circle(cx: number, cy: number, stroke: string): string {
  return element('circle', { cx, cy, r: 2.8, fill: '#ffffff', stroke, 'stroke-width': 1.4 });
}

function cross(x: number, y: number, stroke: string): string {
  const stroked = { stroke, 'stroke-width': 1.6 };
  return (
    element('line', { x1: x - 3, y1: y - 3, x2: x + 3, y2: y + 3, ...stroked }) +
    element('line', { x1: x - 3, y1: y + 3, x2: x + 3, y2: y - 3, ...stroked })
  );
}
