/**
 * Latency by percentile: one line per cell, from the median to the last percentile its samples
 * support, and the maximum.
 */
import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { CellResult } from '../../bench/result/result.js';
import { formatMicros, trimmed } from '../format.js';
import { latencyEnd } from '../text/latency-notes.js';
import { gridLine, logTicks, spreadOut } from './axes.js';
import { type PercentilePoint, percentileCurve } from './percentiles.js';
import { type LineStyle, markPrefix, verdictColour } from './style.js';
import { element, escapeXml, GRID, INK, MUTED, shorten, svgDocument, text } from './svg.js';

const WIDTH = 960;
const HEIGHT = 512;
const PLOT = { left: 84, right: 650, top: 104, bottom: 444 } as const;
/** The maximum is not a percentile: it stands in a column of its own. */
const MAX_X = 716;
const LABEL_X = 748;
const LABEL_GAP = 40;

const QUANTILE_TICKS = [
  { x: 2, label: 'p50' },
  { x: 10, label: 'p90' },
  { x: 100, label: 'p99' },
  { x: 1000, label: 'p99.9' },
  { x: 10_000, label: 'p99.99' },
  { x: 100_000, label: 'p99.999' },
  { x: 1_000_000, label: 'p99.9999' },
] as const;

interface Curve {
  readonly cell: CellResult;
  readonly name: string;
  readonly style: LineStyle;
  readonly points: readonly PercentilePoint[];
}

export interface ChartInput {
  readonly cells: readonly CellResult[];
  /** What is being shown: a workload, and which part of the cells. */
  readonly subtitle: string;
  readonly nameOf: (cell: CellResult) => string;
  readonly styleOf: (cell: CellResult) => LineStyle;
}

/** The chart, or undefined when no cell has a supported median to draw. */
export function latencyChart(input: ChartInput): string | undefined {
  const curves = input.cells
    .map((cell) => ({
      cell,
      name: input.nameOf(cell),
      style: input.styleOf(cell),
      points: percentileCurve(cell.latency_us),
    }))
    .filter(({ points }) => points.length > 0);
  if (curves.length === 0) return undefined;

  const axisEnd = Math.max(10, ...curves.map(({ points }) => points.at(-1)!.x));
  const x = scaleLog([2, axisEnd], [PLOT.left, PLOT.right]);
  const values = curves.flatMap(({ cell, points }) => [
    ...points.map(({ micros }) => micros),
    cell.latency_us.max ?? 1,
  ]);
  const end = latencyEnd(curves.map(({ cell }) => cell));
  // A logarithmic axis has no zero; a histogram's lowest bucket means "below one microsecond".
  const ticks = logTicks(Math.max(1, Math.min(...values)), Math.max(1, ...values));
  const y = scaleLog([ticks[0]!, ticks.at(-1)!], [PLOT.bottom, PLOT.top]).clamp(true);

  return svgDocument({
    width: WIDTH,
    height: HEIGHT,
    title: `Latency${end === null ? '' : ` to the ${end}`} by percentile: lower is better`,
    subtitle: input.subtitle,
    description: curves.map(describe).join('; '),
    body: [
      ...ticks.map((tick) => gridLine(PLOT.left, MAX_X + 14, y(tick), trimmed(formatMicros(tick)))),
      ...quantileAxis(x, axisEnd),
      // INVALID curves lie beneath: they must not hide one that counts.
      ...[...curves.filter(isInvalid), ...curves.filter((curve) => !isInvalid(curve))].map(
        (curve) => drawCurve(curve, x, y),
      ),
      ...labels(curves, y, end === null),
    ],
  });
}

function isInvalid({ cell }: Curve): boolean {
  return cell.verdict.status === 'INVALID';
}

function quantileAxis(x: (value: number) => number, axisEnd: number): string[] {
  const ticks = QUANTILE_TICKS.filter((tick) => tick.x <= axisEnd * 1.0001);
  const label = (at: number, content: string): string =>
    text(at, PLOT.bottom + 22, content, { 'text-anchor': 'middle', fill: INK });
  return [
    ...ticks.map(({ x: value, label: content }) => {
      const at = x(value);
      return (
        element('line', { x1: at, x2: at, y1: PLOT.top, y2: PLOT.bottom, stroke: GRID }) +
        label(at, content)
      );
    }),
    element('line', { x1: MAX_X, x2: MAX_X, y1: PLOT.top, y2: PLOT.bottom, stroke: GRID }),
    label(MAX_X, 'max'),
    text(
      (PLOT.left + PLOT.right) / 2,
      PLOT.bottom + 48,
      'percentile of all delivered messages, log scale of 1/(1−p)',
      {
        'text-anchor': 'middle',
        fill: MUTED,
      },
    ),
    text(24, PLOT.top - 20, 'latency, log scale', { fill: MUTED, 'font-size': 12 }),
  ];
}

function drawCurve({ cell, name, style, points }: Curve, x: Scale, y: Scale): string {
  const path = line<PercentilePoint>()
    .x((point) => x(point.x))
    .y((point) => y(Math.max(1, point.micros)))
    .digits(1)(points);
  const stroke = {
    stroke: style.colour,
    'stroke-width': style.width,
    'stroke-dasharray': style.dash,
  };
  const end = points.at(-1)!;
  const dots =
    points.length <= 4
      ? points.map((point) => dot(x(point.x), y(Math.max(1, point.micros)), style))
      : [];
  const parts = [
    element('title', {}, escapeXml(`${markPrefix(cell)}${name}`)),
    element('path', { d: path ?? '', fill: 'none', 'stroke-linejoin': 'round', ...stroke }),
    ...dots,
  ];
  const { max } = cell.latency_us;
  if (max !== null) {
    const [endX, endY, maxY] = [x(end.x), y(Math.max(1, end.micros)), y(Math.max(1, max))];
    parts.push(
      element('line', {
        x1: endX,
        y1: endY,
        x2: MAX_X,
        y2: maxY,
        stroke: style.colour,
        opacity: '0.35',
      }),
      dot(MAX_X, maxY, style),
    );
  }
  return element('g', {}, parts.join(''));
}

type Scale = (value: number) => number;

function dot(cx: number, cy: number, { colour }: LineStyle): string {
  return element('circle', { cx, cy, r: 4, fill: '#ffffff', stroke: colour, 'stroke-width': 2 });
}

/**
 * Names at the end of their lines, moved apart, each with a sample of its line; with what its
 * latency counts to where that differs.
 */
function labels(curves: readonly Curve[], y: Scale, withEnd: boolean): string[] {
  const wanted = curves.map(({ cell, points }) =>
    y(Math.max(1, cell.latency_us.max ?? points.at(-1)!.micros)),
  );
  const gap = Math.min(LABEL_GAP, (PLOT.bottom - PLOT.top) / Math.max(1, curves.length - 1));
  const placed = spreadOut(wanted, gap, PLOT.top + 8, PLOT.bottom - 8);
  return curves.map(({ cell, name, style }, i) => {
    const at = placed[i]!;
    const ofEnd = withEnd ? ` to the ${cell.latency_at}` : '';
    const status = `${markPrefix(cell)}p99 ${formatMicros(cell.latency_us.p99)}${ofEnd}`;
    return element(
      'g',
      {},
      [
        element('line', {
          x1: MAX_X + 6,
          y1: wanted[i]!,
          x2: LABEL_X - 6,
          y2: at,
          stroke: '#c4cad1',
        }),
        element('line', {
          x1: LABEL_X,
          x2: LABEL_X + 34,
          y1: at,
          y2: at,
          stroke: style.colour,
          'stroke-width': style.width,
          'stroke-dasharray': style.dash,
        }),
        text(LABEL_X + 42, at, shorten(name, 22), { fill: style.colour, 'font-weight': 600 }),
        text(LABEL_X + 42, at + 16, status, { fill: verdictColour(cell, MUTED), 'font-size': 12 }),
      ].join(''),
    );
  });
}

function describe({ cell, name }: Curve): string {
  const { p50, p99, max } = cell.latency_us;
  return `${markPrefix(cell)}${name}: p50 ${formatMicros(p50)}, p99 ${formatMicros(p99)}, max ${formatMicros(max)}`;
}
