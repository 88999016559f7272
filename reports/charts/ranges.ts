/** Percentiles as ranges, a row for each cell: completion beside latency, and staleness. */
import { scaleLog } from 'd3-scale';
import type { CellResult, Distribution } from '../../bench/result/result.js';
import { formatMicros, trimmed } from '../format.js';
import { type CellRuns, medianOf } from '../model/cell-runs.js';
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

const TOP = 106;

/** Percentiles, medians over the runs; null where they are not supported. */
interface Range {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}

/** How long until the last client has a message, under how long until one client has it. */
export function completionChart(input: RowChartInput): string | undefined {
  return rangeChart(input, {
    title: 'Until the last client has it: lower is better',
    main: (cell) => cell.completion_us,
    mainName: 'last client',
    beside: (cell) => cell.latency_us,
    besideName: 'one client (latency)',
  });
}

/** How old the newest value is that a client holds. */
export function stalenessChart(input: RowChartInput): string | undefined {
  return rangeChart(input, {
    title: 'How old is what a client holds? Lower is better',
    main: (cell) => cell.staleness_us,
    mainName: 'age of the newest value held, of each key',
    beside: null,
    besideName: '',
  });
}

interface RangeChart {
  readonly title: string;
  readonly main: (cell: CellResult) => Distribution | null;
  readonly mainName: string;
  /** A second range above the first, for comparison. */
  readonly beside: ((cell: CellResult) => Distribution | null) | null;
  readonly besideName: string;
}

/** The chart, or undefined when no cell has a median to draw. */
function rangeChart(input: RowChartInput, chart: RangeChart): string | undefined {
  const main = (one: CellRuns): Range => rangeOf(one, chart.main);
  const groups = groupsWith(input.groups, (one) => main(one).p50 !== null);
  const rows = groups.flatMap((group) => group.rows);
  if (rows.length === 0) return undefined;
  const beside = (one: CellRuns): Range | null =>
    chart.beside === null ? null : rangeOf(one, chart.beside);
  const values = rows
    .flatMap((one) => [main(one), beside(one)])
    .flatMap((range) => (range === null ? [] : [range.p50, range.p90, range.p99]))
    .filter((value) => value !== null);
  const ticks = logTicks(Math.max(1, Math.min(...values)), Math.max(1, ...values));
  const x = scaleLog([ticks[0]!, ticks.at(-1)!], [PANELS.left, PANELS.right]).clamp(true);
  const layout = layOutRows(groups, TOP);
  const figures = (one: CellRuns): string => figuresOf(main(one));
  return svgDocument({
    width: WIDTH,
    height: layout.bottom + 36,
    title: chart.title,
    subtitle: `${input.subtitle} · log scale`,
    description: describeRows(groups, figures),
    body: [
      ...legend(chart),
      ...ticks.map((tick) => columnLine(x(tick), layout, trimmed(formatMicros(tick)))),
      ...layout.headings,
      ...layout.rows.map(({ one, y }) => {
        const style = input.styleOf(one);
        const second = beside(one);
        const offset = second === null ? 0 : 7;
        return [
          rowLabel(one, y, figures(one), style),
          second === null ? '' : drawRange(second, y - offset, x, { ...style, width: 1.6 }),
          drawRange(main(one), y + offset, x, { ...style, width: 5 }),
        ].join('');
      }),
    ],
  });
}

function rangeOf(one: CellRuns, of: RangeChart['main']): Range {
  const percentile = (key: keyof Range): number | null =>
    medianOf(one, (cell) => of(cell)?.[key] ?? null);
  return { p50: percentile('p50'), p90: percentile('p90'), p99: percentile('p99') };
}

function figuresOf({ p50, p90, p99 }: Range): string {
  if (p99 !== null) return `p50 ${formatMicros(p50)}, p99 ${formatMicros(p99)}`;
  // Completion has one value a message: often enough for p90, not for p99.
  return p90 === null
    ? `p50 ${formatMicros(p50)}, too few for p90`
    : `p50 ${formatMicros(p50)}, p90 ${formatMicros(p90)} (no p99)`;
}

function legend({ mainName, besideName }: RangeChart): string[] {
  const y = 86;
  const style = { colour: INK, dash: 'none' };
  const range: Range = { p50: 0, p90: 36, p99: 60 };
  const note = (x: number, content: string): string =>
    text(x, y, content, { fill: MUTED, 'font-size': 12 });
  const above =
    besideName === ''
      ? []
      : [
          drawRange(range, y - 4, (value) => 490 + value, { ...style, width: 1.6 }),
          note(560, besideName),
        ];
  return [
    drawRange(range, y - 4, (value) => 24 + value, { ...style, width: 5 }),
    note(94, mainName),
    ...above,
    note(PANELS.right - 208, '● p50   ❘ p90   ○ p99, where known'),
  ];
}

function drawRange(
  { p50, p90, p99 }: Range,
  y: number,
  x: (value: number) => number,
  { colour, width }: LineStyle,
): string {
  if (p50 === null) return '';
  const last = p99 ?? p90 ?? p50;
  const at = (value: number): number => x(value);
  return [
    element('line', {
      x1: at(p50),
      x2: at(last),
      y1: y,
      y2: y,
      stroke: colour,
      'stroke-width': width,
      opacity: width > 2 ? '0.55' : '0.9',
    }),
    element('circle', { cx: at(p50), cy: y, r: width > 2 ? 5 : 3, fill: colour }),
    p90 === null
      ? ''
      : element('line', {
          x1: at(p90),
          x2: at(p90),
          y1: y - (width > 2 ? 7 : 4),
          y2: y + (width > 2 ? 7 : 4),
          stroke: colour,
          'stroke-width': 2,
        }),
    p99 === null
      ? ''
      : element('circle', {
          cx: at(p99),
          cy: y,
          r: width > 2 ? 5 : 3,
          fill: '#ffffff',
          stroke: colour,
          'stroke-width': 2,
        }),
  ].join('');
}
