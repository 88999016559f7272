/**
 * Latency against CPU: what each flush mode buys, and what it costs. A line for each load, a
 * labelled dot for each mode.
 */
import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { formatMicros, trimmed } from '../format.js';
import { gridLine, logTicks, spreadOut } from './axes.js';
import type { LineStyle } from './style.js';
import { element, escapeXml, GRID, INK, MUTED, shorten, svgDocument, text } from './svg.js';

const WIDTH = 960;
const HEIGHT = 440;
const PLOT = { left: 84, right: 600, top: 96, bottom: 372 } as const;
const LABEL_X = 632;
const LABEL_GAP = 18;

export interface FlushPoint {
  readonly mode: string;
  readonly cpuMicros: number;
  readonly p50Micros: number;
  /** `✘ INVALID`, or '' for a VALID cell. */
  readonly mark: string;
}

export interface FlushSeries {
  readonly name: string;
  readonly style: LineStyle;
  readonly points: readonly FlushPoint[];
}

/** The chart, or undefined when there is nothing to draw. */
export function flushChart(series: readonly FlushSeries[], subtitle: string): string | undefined {
  const points = series.flatMap(({ points: all }) => all);
  if (points.length === 0) return undefined;
  const xTicks = ticksOf(points.map(({ cpuMicros }) => cpuMicros));
  const yTicks = ticksOf(points.map(({ p50Micros }) => p50Micros));
  const x = scaleLog([xTicks[0]!, xTicks.at(-1)!], [PLOT.left, PLOT.right]);
  const y = scaleLog([yTicks[0]!, yTicks.at(-1)!], [PLOT.bottom, PLOT.top]);
  return svgDocument({
    width: WIDTH,
    height: HEIGHT,
    title: 'Flush modes: latency against CPU; further left and further down is better',
    subtitle,
    description: series.map(describe).join('; '),
    body: [
      text(PLOT.left, PLOT.top - 18, 'p50 latency, log scale', { fill: MUTED, 'font-size': 12 }),
      ...yTicks.map((tick) =>
        gridLine(PLOT.left, PLOT.right, y(tick), trimmed(formatMicros(tick))),
      ),
      ...xTicks.map(
        (tick) =>
          element('line', {
            x1: x(tick),
            x2: x(tick),
            y1: PLOT.top,
            y2: PLOT.bottom,
            stroke: GRID,
          }) +
          text(x(tick), PLOT.bottom + 22, trimmed(formatMicros(tick)), {
            'text-anchor': 'middle',
            fill: INK,
            'font-size': 12,
          }),
      ),
      text(
        (PLOT.left + PLOT.right) / 2,
        PLOT.bottom + 46,
        'server CPU per message delivered, log scale',
        {
          'text-anchor': 'middle',
          fill: MUTED,
        },
      ),
      ...series.map((one) => drawSeries(one, x, y)),
      ...legend(series),
    ],
  });
}

function ticksOf(values: readonly number[]): number[] {
  // A logarithmic axis has no zero.
  const positive = values.map((value) => Math.max(value, 0.01));
  return logTicks(Math.min(...positive), Math.max(...positive));
}

function drawSeries(
  { name, style, points }: FlushSeries,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const at = points.map((point) => ({
    point,
    cx: x(Math.max(point.cpuMicros, 0.01)),
    cy: y(Math.max(point.p50Micros, 0.01)),
  }));
  const path = line<(typeof at)[number]>()
    .x(({ cx }) => cx)
    .y(({ cy }) => cy)
    .digits(1)(at);
  return element(
    'g',
    {},
    [
      element('title', {}, escapeXml(name)),
      element('path', {
        d: path ?? '',
        fill: 'none',
        stroke: style.colour,
        'stroke-width': 1.2,
        opacity: '0.5',
      }),
      ...at.map(({ point: { mark }, cx, cy }) =>
        element('circle', {
          cx,
          cy,
          r: 5,
          fill: mark === '' ? style.colour : '#ffffff',
          stroke: style.colour,
          'stroke-width': 2,
        }),
      ),
      ...at.map(({ point: { mode, mark }, cx, cy }) =>
        text(cx + 9, cy - 7, `${mark === '' ? '' : `${mark.slice(0, 1)} `}${mode}`, {
          fill: style.colour,
          'font-size': 12,
          'font-weight': 600,
        }),
      ),
    ].join(''),
  );
}

function legend(series: readonly FlushSeries[]): string[] {
  const wanted = series.map((_, i) => PLOT.top + 8 + i * LABEL_GAP);
  const placed = spreadOut(wanted, LABEL_GAP, PLOT.top + 8, PLOT.bottom);
  const doubtful = series.some(({ points }) => points.some(({ mark }) => mark !== ''));
  return [
    ...series.flatMap(({ name, style }, i) => [
      element('circle', { cx: LABEL_X, cy: placed[i]! - 4, r: 5, fill: style.colour }),
      text(LABEL_X + 14, placed[i]!, shorten(name, 46), { fill: style.colour, 'font-size': 12 }),
    ]),
    ...(doubtful
      ? [
          text(LABEL_X, PLOT.bottom + 22, 'hollow: ⚠ SUSPECT or ✘ INVALID', {
            fill: MUTED,
            'font-size': 11,
          }),
        ]
      : []),
  ];
}

function describe({ name, points }: FlushSeries): string {
  const values = points.map(
    ({ mode, cpuMicros, p50Micros, mark }) =>
      `${mode} ${mark === '' ? '' : `${mark} `}${formatMicros(cpuMicros)}, p50 ${formatMicros(p50Micros)}`,
  );
  return `${name}: ${values.join('; ')}`;
}
