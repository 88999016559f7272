/**
 * Second by second: what was delivered, and the p99 of each second. One row per cell, all rows on
 * the same scales.
 */

import { line } from 'd3-shape';
import type { CellResult } from '../../bench/result/result.js';
import { formatCount, formatMicros, formatPercent, trimmed } from '../format.js';
import { gridLine } from './axes.js';
import type { ChartInput } from './latency.js';
import { grouped, MOST_POINTS, type Point, withoutShortDrain } from './series-points.js';
import { LEFT, PANEL, RIGHT, type Scales, scalesFor } from './series-scales.js';
import { markPrefix, verdictColour } from './style.js';
import { type Attributes, element, escapeXml, MUTED, shorten, svgDocument, text } from './svg.js';

const WIDTH = 960;
const FIRST_ROW = 136;
const ROW = 128;

interface Row {
  readonly cell: CellResult;
  readonly points: readonly Point[];
}

/** The chart, or undefined when no cell has a per-second series. */
export function seriesChart(input: ChartInput): string | undefined {
  const drawn = input.cells.filter((cell) => cell.series.length > 0);
  if (drawn.length === 0) return undefined;
  const seconds = drawn.map(withoutShortDrain);
  const group = Math.max(1, ...seconds.map((series) => Math.ceil(series.length / MOST_POINTS)));
  const rows = drawn.map(
    (cell, i): Row => ({ cell, points: grouped(seconds[i] ?? [], cell.joined, group) }),
  );
  const points = rows.flatMap((row) => row.points);
  const scales = scalesFor(points, group);
  const bottom = FIRST_ROW + (rows.length - 1) * ROW + PANEL;
  const per = group === 1 ? 'second' : `${group} seconds`;
  return svgDocument({
    width: WIDTH,
    height: bottom + 46,
    title: 'Second by second: steady, or falling behind?',
    subtitle: input.subtitle,
    description: rows.map(({ cell }) => describe(cell, input.nameOf(cell))).join('; '),
    body: [
      ...headings(group, per),
      ...rows.map((row, i) => drawRow(row, FIRST_ROW + i * ROW, scales, input)),
      ...timeAxis(scales, bottom + 24),
    ],
  });
}

function headings(group: number, per: string): string[] {
  const style = { 'font-weight': 600 };
  const legendY = 88;
  return [
    text(LEFT.from, legendY, 'delivered messages/s', style),
    element('line', {
      x1: LEFT.from + 170,
      x2: LEFT.from + 198,
      y1: legendY - 4,
      y2: legendY - 4,
      ...REFERENCE_LINE,
    }),
    text(LEFT.from + 204, legendY, 'due: published × clients', { fill: MUTED, 'font-size': 12 }),
    text(
      RIGHT.from,
      legendY,
      group === 1 ? 'p99 latency of each second' : `worst p99 latency in ${per}`,
      style,
    ),
    text(RIGHT.to, legendY, 'log scale', { fill: MUTED, 'font-size': 12, 'text-anchor': 'end' }),
  ];
}

const REFERENCE_LINE = {
  stroke: '#6e7781',
  'stroke-width': 1.6,
  'stroke-dasharray': '2 3',
} as const;

function drawRow({ cell, points }: Row, top: number, scales: Scales, input: ChartInput): string {
  const style = input.styleOf(cell);
  const stroke = {
    stroke: style.colour,
    'stroke-width': style.width,
    'stroke-dasharray': style.dash,
  };
  const rateY = (value: number): number => top + scales.rate(value);
  const tailY = (value: number): number => top + scales.tail(Math.max(1, value));
  const name = input.nameOf(cell);
  const parts = [
    element('title', {}, escapeXml(markPrefix(cell) + name)),
    ...scales.rateTicks.map((tick) =>
      gridLine(LEFT.from, LEFT.to, rateY(tick), trimmed(formatCount(tick))),
    ),
    ...scales.tailTicks.map((tick) =>
      gridLine(RIGHT.from, RIGHT.to, tailY(tick), trimmed(formatMicros(tick))),
    ),
    text(LEFT.from, top - 10, markPrefix(cell) + shorten(name, 34), {
      fill: verdictColour(cell, style.colour),
      'font-weight': 600,
    }),
    text(LEFT.to, top - 10, `${formatPercent(cell.reach)} delivered`, {
      fill: MUTED,
      'text-anchor': 'end',
    }),
    path(
      points,
      (p) => scales.left(p.second),
      (p) => rateY(p.expected),
      REFERENCE_LINE,
    ),
    path(
      points,
      (p) => scales.left(p.second),
      (p) => rateY(p.delivered),
      stroke,
    ),
  ];
  const tails = points.filter((point) => point.p99 !== null);
  if (tails.length === 0) {
    parts.push(
      text((RIGHT.from + RIGHT.to) / 2, top + PANEL / 2, 'too few samples per second for a p99', {
        fill: MUTED,
        'text-anchor': 'middle',
      }),
    );
  } else {
    parts.push(
      path(
        points,
        (p) => scales.right(p.second),
        (p) => (p.p99 === null ? null : tailY(p.p99)),
        stroke,
      ),
    );
  }
  // A line needs two neighbours; dots keep a lone second visible.
  if (points.length <= 40) {
    parts.push(
      ...points.map((p) => dot(scales.left(p.second), rateY(p.delivered), style.colour)),
      ...tails.map((p) => dot(scales.right(p.second), tailY(p.p99!), style.colour)),
    );
  }
  return element('g', {}, parts.join(''));
}

function path(
  points: readonly Point[],
  x: (point: Point) => number,
  y: (point: Point) => number | null,
  stroke: Attributes,
): string {
  const d = line<Point>()
    .defined((point) => y(point) !== null)
    .x(x)
    .y((point) => y(point) ?? 0)
    .digits(1)(points);
  return element('path', { d: d ?? '', fill: 'none', 'stroke-linejoin': 'round', ...stroke });
}

function dot(cx: number, cy: number, fill: string): string {
  return element('circle', { cx, cy, r: 2.4, fill });
}

function timeAxis(scales: Scales, y: number): string[] {
  const label = (at: number, content: string): string =>
    text(at, y, content, { 'text-anchor': 'middle', fill: MUTED, 'font-size': 12 });
  return [scales.left, scales.right].flatMap((scale) =>
    scales.seconds.map((second) => label(scale(second), `${second} s`)),
  );
}

function describe(cell: CellResult, name: string): string {
  return `${markPrefix(cell)}${name}: ${cell.series.length} seconds, ${formatCount(cell.delivered)} of ${formatCount(cell.expected)} messages delivered`;
}
