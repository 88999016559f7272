/** A panel of the chart of a sweep: a line for each stack against loss. */

import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { gridLine, spreadOut } from '../charts/axes.js';
import type { LineStyle } from '../charts/style.js';
import { element, GRID, INK, MUTED, shorten, text } from '../charts/svg.js';
import { formatMicros, formatPercent, trimmed } from '../format.js';
import type { Estimate } from '../model/cell-runs.js';
import type { StackName } from './sweep.js';

const LABEL_GAP = 15;
const LABEL_CHARACTERS = 15;
export const PANEL_HEIGHT = 214;

/** A stack at one loss of a panel. */
export interface Point {
  readonly at: number;
  readonly value: Estimate;
  /** `✘ INVALID 1/5`; '' where all runs are VALID. */
  readonly mark: string;
}

export interface Series {
  readonly stack: StackName;
  readonly style: LineStyle;
  readonly shift: number;
  readonly points: readonly Point[];
}

export interface Panel {
  readonly title: string;
  /** How packets are lost in it, where that is not said beside it. */
  readonly above: string;
  /** Whether its ticks have their figures: one of a row is enough. */
  readonly hasAxis: boolean;
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly series: readonly Series[];
}

export function drawAbove({ above, from, top }: Panel): string {
  return text(from, top - 38, above, { 'font-weight': 600 });
}

export function drawPanel(
  { title, hasAxis, from, to, top, series }: Panel,
  ticks: readonly number[],
  losses: readonly number[],
): string[] {
  const bottom = top + PANEL_HEIGHT;
  const y = scaleLog([ticks[0]!, ticks.at(-1)!], [bottom, top]).clamp(true);
  const pad = 22;
  const step = losses.length < 2 ? 0 : (to - from - 2 * pad) / (losses.length - 1);
  const x = (at: number): number => from + pad + at * step;
  return [
    text(from, top - 14, title, { 'font-size': 14, 'font-weight': 600 }),
    ...ticks.map((tick) =>
      hasAxis
        ? gridLine(from, to, y(tick), trimmed(formatMicros(tick)))
        : element('line', { x1: from, x2: to, y1: y(tick), y2: y(tick), stroke: GRID }),
    ),
    ...losses.map((loss, at) =>
      text(x(at), bottom + 20, trimmed(formatPercent(loss)), {
        'text-anchor': 'middle',
        fill: INK,
        'font-size': 12,
      }),
    ),
    text((from + to) / 2, bottom + 38, 'packets lost, each way', {
      fill: MUTED,
      'font-size': 12,
      'text-anchor': 'middle',
    }),
    ...series.map((one) => drawSeries(one, x, y)),
    ...labels(series, x, y, top, bottom),
  ];
}

type Scale = (value: number) => number;

function drawSeries({ stack, style, shift, points }: Series, x: Scale, y: Scale): string {
  const at = ({ at: place }: Point): number => x(place) + shift;
  const path = line<Point>()
    .x(at)
    .y(({ value }) => y(value.median))
    .digits(1)([...points]);
  const stroke = { stroke: style.colour, fill: 'none' };
  return element(
    'g',
    {},
    [
      element('title', {}, stack.name),
      element('path', {
        d: path ?? '',
        ...stroke,
        'stroke-width': style.width,
        'stroke-dasharray': style.dash,
        'stroke-linejoin': 'round',
      }),
      ...points.flatMap(({ value: { interval }, ...point }) =>
        interval === null
          ? []
          : [
              element('line', {
                ...{ x1: x(point.at) + shift, x2: x(point.at) + shift },
                ...{ y1: y(interval.low), y2: y(interval.high) },
                ...{ stroke: style.colour, 'stroke-width': 1.4 },
              }),
            ],
      ),
      ...points.map((point) =>
        element('circle', {
          cx: at(point),
          cy: y(point.value.median),
          r: 3,
          fill: point.mark === '' ? style.colour : '#ffffff',
          stroke: style.colour,
          'stroke-width': 1.6,
        }),
      ),
    ].join(''),
  );
}

/** Each at the end of its line, moved apart where they would overlap. */
function labels(
  series: readonly Series[],
  x: Scale,
  y: Scale,
  top: number,
  bottom: number,
): string[] {
  const drawn = series.filter(({ points }) => points.length > 0);
  const ends = drawn.map(({ points }) => y(points.at(-1)!.value.median));
  const placed = spreadOut(ends, LABEL_GAP, top + 4, bottom);
  const right = Math.max(...drawn.map(({ points }) => x(points.at(-1)!.at)));
  return drawn.flatMap(({ stack, style, shift, points }, i) => {
    const from = x(points.at(-1)!.at) + shift + 4;
    const to = right + 26;
    const at = placed[i]!;
    return [
      element('line', {
        ...{ x1: from, x2: to, y1: ends[i]!, y2: at },
        ...{ stroke: style.colour, 'stroke-width': 0.8, opacity: 0.7 },
      }),
      text(to + 4, at + 4, shorten(stack.name, LABEL_CHARACTERS), {
        fill: style.colour,
        'font-size': 12,
      }),
    ];
  });
}

export function describe({ title, series }: Panel): string {
  const lines = series
    .filter(({ points }) => points.length > 0)
    .map(({ stack, points }) => {
      const values = points.map(
        ({ value, mark }) => `${mark === '' ? '' : `${mark} `}${formatMicros(value.median)}`,
      );
      return `${stack.name} ${values.join(', ')}`;
    });
  return `${title}: ${lines.join('; ')}`;
}
