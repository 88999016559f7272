/**
 * All shifts of a comparison in one picture: each with its interval, in margins, so that metrics of
 * any unit stand on one axis; what is better lies to the right.
 */
import { scaleLinear } from 'd3-scale';
import type { MetricComparison } from '../../../bench/compare/comparison.js';
import { element, GRID, INK, MUTED, shorten, svgDocument, text } from '../../charts/svg.js';
import { plural } from '../../model/cells.js';
import { formatShift, metricTitle } from '../../text/compare-format.js';
import type { ComparedMetric } from './metrics-table.js';

const WIDTH = 960;
const PLOT = { left: 290, right: 850, top: 116 } as const;
const ROW = 26;
/** A picture with more rows fits no screen; the table has them all. */
const MOST_ROWS = 40;
/** Margins to each side: at least so many are shown, and at most. */
const SPAN = { least: 3, most: 12 } as const;

const COLOURS = {
  better: '#009e73',
  worse: '#b42318',
  equivalent: '#59636e',
  inconclusive: '#8a929a',
} as const;
const ORDER = ['worse', 'better', 'inconclusive', 'equivalent'] as const;

interface Row {
  readonly one: ComparedMetric;
  /** In margins, better above zero. */
  readonly shift: number;
  readonly low: number;
  readonly high: number;
}

/** Undefined where no metric has an interval. */
export function forestChart(metrics: readonly ComparedMetric[]): string | undefined {
  const all = metrics.flatMap(rowOf);
  if (all.length === 0) return undefined;
  const place = ({ one }: Row): number => ORDER.indexOf(one.metric.verdict);
  const rows = all.toSorted((a, b) => place(a) - place(b)).slice(0, MOST_ROWS);
  const widest = Math.max(...rows.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
  const span = Math.min(SPAN.most, Math.max(SPAN.least, Math.ceil(widest)));
  const x = scaleLinear([-span, span], [PLOT.left, PLOT.right]).clamp(true);
  const bottom = PLOT.top + rows.length * ROW;
  const more = all.length > rows.length ? `, the first ${rows.length} of ${all.length}` : '';
  return svgDocument({
    width: WIDTH,
    height: bottom + 60,
    title: 'How far each figure moved',
    subtitle: `Shift and 95 % interval of ${plural(rows.length, 'metric')}${more}, in smallest differences that matter (margins)`,
    description: rows.map(({ one }) => describe(one)).join('; '),
    body: [
      element('rect', {
        ...{ x: x(-1), y: PLOT.top - 8, width: x(1) - x(-1), height: bottom - PLOT.top + 8 },
        fill: GRID,
      }),
      text(PLOT.left, PLOT.top - 20, '◀ worse', { fill: MUTED, 'font-size': 12 }),
      text((PLOT.left + PLOT.right) / 2, PLOT.top - 20, 'no difference that matters', {
        ...{ fill: MUTED, 'font-size': 12, 'text-anchor': 'middle' },
      }),
      text(PLOT.right, PLOT.top - 20, 'better ▶', {
        ...{ fill: MUTED, 'font-size': 12, 'text-anchor': 'end' },
      }),
      ...x.ticks(7).map((tick) => axisTick(x(tick), bottom, tick)),
      ...rows.map((row, i) => drawRow(row, PLOT.top + i * ROW + ROW / 2, x)),
      text((PLOT.left + PLOT.right) / 2, bottom + 44, 'margins', {
        ...{ fill: MUTED, 'font-size': 12, 'text-anchor': 'middle' },
      }),
    ],
  });
}

function rowOf(one: ComparedMetric): Row[] {
  const { shift, shift_ci: interval, margin, better } = one.metric;
  if (shift === null || interval === null || margin <= 0) return [];
  const sign = better === 'lower' ? -1 : 1;
  const ends = [interval.low, interval.high].map((end) => (sign * end) / margin);
  return [{ one, shift: (sign * shift) / margin, low: Math.min(...ends), high: Math.max(...ends) }];
}

function axisTick(at: number, bottom: number, tick: number): string {
  return (
    element('line', { x1: at, x2: at, y1: PLOT.top - 8, y2: bottom, stroke: '#c4cad1' }) +
    text(at, bottom + 22, tick > 0 ? `+${tick}` : String(tick).replace('-', '−'), {
      ...{ 'text-anchor': 'middle', 'font-size': 12 },
    })
  );
}

/** What goes beyond the axis ends in an arrow. */
function drawRow({ one, shift, low, high }: Row, y: number, x: (value: number) => number): string {
  const { verdict } = one.metric;
  const colour = COLOURS[verdict];
  const ends = [
    ...(x(low) <= PLOT.left ? [text(PLOT.left - 12, y + 4, '◀', { fill: colour })] : []),
    ...(x(high) >= PLOT.right ? [text(PLOT.right, y + 4, '▶', { fill: colour })] : []),
  ];
  return element(
    'g',
    {},
    [
      element('title', {}, text(0, 0, describe(one)).replace(/<[^>]*>/g, '')),
      text(24, y + 4, shorten(`${metricTitle(one.metric)} · ${one.cell}`, 38), {
        ...{ fill: INK, 'font-size': 12 },
      }),
      element('line', { x1: x(low), x2: x(high), y1: y, y2: y, stroke: colour, 'stroke-width': 3 }),
      element('circle', { cx: x(shift), cy: y, r: 5, fill: colour }),
      ...ends,
      text(WIDTH - 24, y + 4, formatShift(one.metric), {
        ...{ fill: colour, 'font-size': 12, 'text-anchor': 'end', 'font-weight': 600 },
      }),
    ].join(''),
  );
}

function describe({ metric, cell }: { metric: MetricComparison; cell: string }): string {
  return `${metric.verdict}: ${metricTitle(metric)} of ${cell} ${formatShift(metric)}`;
}
