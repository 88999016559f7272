/**
 * What a sweep tells: cost per delivery and tail latency against the number of clients, or against
 * the rate; a line for each series.
 */
import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { formatMicros, formatSetting, trimmed } from '../format.js';
import { gridLine, logTicks, spreadOut } from './axes.js';
import type { LineStyle } from './style.js';
import { element, escapeXml, GRID, INK, MUTED, shorten, svgDocument, text } from './svg.js';

const WIDTH = 960;
const HEIGHT = 420;
const TOP = 112;
const BOTTOM = 352;
const PANELS = [
  { from: 84, to: 360 },
  { from: 470, to: 746 },
] as const;
const LABEL_X = 772;
const LABEL_GAP = 18;

/** One cell, or the runs of it. */
export interface ScalingPoint {
  readonly x: number;
  /** CPU-µs of the server per message delivered; null where it is not known. */
  readonly cpuMicros: number | null;
  /** p99 latency, µs. */
  readonly p99Micros: number | null;
  /** `✘ INVALID`, or '' for a VALID cell. */
  readonly mark: string;
}

export interface ScalingSeries {
  readonly name: string;
  readonly style: LineStyle;
  /** By ascending x. */
  readonly points: readonly ScalingPoint[];
}

export interface ScalingInput {
  readonly series: readonly ScalingSeries[];
  /** What is swept, as in `clients`. */
  readonly axis: string;
  readonly subtitle: string;
}

type Scale = (value: number) => number;

/** The chart, or undefined when there is nothing to draw. */
export function scalingChart(input: ScalingInput): string | undefined {
  const points = input.series.flatMap(({ points: all }) => all);
  const measured = points.filter(
    ({ cpuMicros, p99Micros }) => cpuMicros !== null || p99Micros !== null,
  );
  if (measured.length === 0) return undefined;
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  return svgDocument({
    width: WIDTH,
    height: HEIGHT,
    title: `CPU per delivery and p99 latency against ${input.axis}`,
    subtitle: input.subtitle,
    description: input.series.map(describe).join('; '),
    body: [
      ...panel(0, 'server CPU per delivery', xs, input, ({ cpuMicros }) => cpuMicros, formatMicros),
      ...panel(1, 'p99 latency', xs, input, ({ p99Micros }) => p99Micros, formatMicros),
      ...legend(input.series),
    ],
  });
}

function panel(
  index: 0 | 1,
  title: string,
  xs: readonly number[],
  { series, axis }: ScalingInput,
  of: (point: ScalingPoint) => number | null,
  format: (value: number) => string,
): string[] {
  const { from, to } = PANELS[index];
  const values = series.flatMap(({ points }) => points.map(of)).filter((value) => value !== null);
  const heading = text(from, TOP - 18, title, { 'font-weight': 600 });
  if (values.length === 0) return [heading, text(from, TOP + 30, 'not measured', { fill: MUTED })];
  // A logarithmic axis has no zero.
  const floor = Math.min(...values.filter((value) => value > 0), 1);
  const ticks = logTicks(Math.max(floor, Math.min(...values)), Math.max(floor, ...values));
  const y: Scale = scaleLog([ticks[0]!, ticks.at(-1)!], [BOTTOM, TOP]).clamp(true);
  const x: Scale = scaleLog([xs[0]!, Math.max(xs.at(-1)!, xs[0]! * 1.001)], [from + 12, to - 12]);
  return [
    heading,
    text(to, TOP - 18, 'log scale', { fill: MUTED, 'font-size': 12, 'text-anchor': 'end' }),
    ...ticks.map((tick) => gridLine(from, to, y(tick), trimmed(format(tick)))),
    ...xs.map((value) => xTick(x(value), formatSetting(value))),
    text((from + to) / 2, BOTTOM + 46, axis, { fill: MUTED, 'text-anchor': 'middle' }),
    ...series.map((one) => drawSeries(one, x, y, floor, of)),
  ];
}

function xTick(at: number, label: string): string {
  return (
    element('line', { x1: at, x2: at, y1: TOP, y2: BOTTOM, stroke: GRID }) +
    text(at, BOTTOM + 22, label, { 'text-anchor': 'middle', fill: INK, 'font-size': 12 })
  );
}

function drawSeries(
  { name, style, points }: ScalingSeries,
  x: Scale,
  y: Scale,
  floor: number,
  of: (point: ScalingPoint) => number | null,
): string {
  const at = (point: ScalingPoint): number => y(Math.max(floor, of(point) ?? floor));
  const path = line<ScalingPoint>()
    .defined((point) => of(point) !== null)
    .x((point) => x(point.x))
    .y(at)
    .digits(1)([...points]);
  const drawn = points.filter((point) => of(point) !== null);
  const dots = drawn.map((point) =>
    element('circle', {
      cx: x(point.x),
      cy: at(point),
      r: point.mark === '' ? 3.4 : 4.6,
      fill: point.mark === '' ? style.colour : '#ffffff',
      stroke: style.colour,
      'stroke-width': 2,
    }),
  );
  return element(
    'g',
    {},
    [
      element('title', {}, escapeXml(name)),
      element('path', {
        d: path ?? '',
        fill: 'none',
        stroke: style.colour,
        'stroke-width': style.width,
        'stroke-dasharray': style.dash,
        'stroke-linejoin': 'round',
      }),
      ...dots,
      // In words, as colour and shape alone are not seen by everybody: a doubtful point must not
      // pass for a good one.
      ...drawn
        .filter(({ mark }) => mark !== '')
        .map((point) =>
          text(x(point.x), at(point) - 9, point.mark.slice(0, 1), {
            'text-anchor': 'middle',
            'font-size': 11,
            fill: style.colour,
          }),
        ),
    ].join(''),
  );
}

function legend(series: readonly ScalingSeries[]): string[] {
  const placed = spreadOut(
    series.map((_, i) => TOP + i * LABEL_GAP),
    LABEL_GAP,
    TOP,
    BOTTOM,
  );
  const doubtful = series.some(({ points }) => points.some(({ mark }) => mark !== ''));
  return [
    ...series.map(({ name, style }, i) =>
      element(
        'g',
        {},
        [
          element('line', {
            x1: LABEL_X,
            x2: LABEL_X + 30,
            y1: placed[i]! - 4,
            y2: placed[i]! - 4,
            stroke: style.colour,
            'stroke-width': style.width,
            'stroke-dasharray': style.dash,
          }),
          text(LABEL_X + 38, placed[i]!, shorten(name, 24), {
            fill: style.colour,
            'font-size': 12,
          }),
        ].join(''),
      ),
    ),
    ...(doubtful
      ? [
          text(LABEL_X, BOTTOM + 22, 'hollow: ⚠ SUSPECT or ✘ INVALID', {
            fill: MUTED,
            'font-size': 11,
          }),
        ]
      : []),
  ];
}

function describe({ name, points }: ScalingSeries): string {
  const values = points.map(
    ({ x, cpuMicros, p99Micros, mark }) =>
      `${formatSetting(x)}: ${mark === '' ? '' : `${mark}, `}${formatMicros(cpuMicros)}, p99 ${formatMicros(p99Micros)}`,
  );
  return `${name} at ${values.join('; ')}`;
}
