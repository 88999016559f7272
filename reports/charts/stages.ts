/**
 * Where the time of a delivery goes, and whether the last client to join is the last to be served.
 */
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { CellResult } from '../../bench/result/result.js';
import { formatMicros, formatRatio } from '../format.js';
import { type CellRuns, medianOf } from '../model/cell-runs.js';
import {
  describeRows,
  groupsWith,
  layOutRows,
  PANELS,
  type RowChartInput,
  type RowGroup,
  rowLabel,
  WIDTH,
} from './rows.js';
import type { LineStyle } from './style.js';
import { element, INK, MUTED, svgDocument, text } from './svg.js';

const TOP = 122;
const BAR = { from: PANELS.left, to: 620 } as const;
const POSITION = { from: 672, lineTo: 816, to: PANELS.right } as const;

type Stage = keyof CellResult['stages_us'];

/**
 * In the order in which a message passes them. Light enough for dark text, dark enough on white,
 * told apart by lightness too.
 */
const STAGES: readonly { readonly name: Stage; readonly colour: string; readonly ink: string }[] = [
  { name: 'schedule', colour: '#c9ced6', ink: INK },
  { name: 'encode', colour: '#e69f00', ink: INK },
  { name: 'queue', colour: '#8cc8ee', ink: INK },
  { name: 'network', colour: '#0072b2', ink: '#ffffff' },
  // After the arrival: the bar goes on beyond the latency here.
  { name: 'instrument', colour: '#d3a6c9', ink: INK },
  { name: 'decode', colour: '#00543c', ink: '#ffffff' },
];

const LEGEND: Readonly<Partial<Record<Stage, string>>> = {
  network: 'kernel and network',
  decode: 'decode, after arrival',
};

/** The chart, or undefined when no cell has a stage to draw. */
export function stagesChart(input: RowChartInput): string | undefined {
  const groups = groupsWith(input.groups, (one) => totalOf(one) > 0);
  if (groups.length === 0) return undefined;
  const layout = layOutRows(groups, TOP);
  return svgDocument({
    width: WIDTH,
    height: layout.bottom + 20,
    title: 'Where the time of a delivery goes',
    subtitle: `${input.subtitle} · means, the bars of one workload to one scale${hiddenQueue(groups)}`,
    description: describeRows(groups, stageWords),
    body: [
      ...legend(),
      ...layout.headings,
      ...layout.rows.map(({ one, group, y }) => {
        const style = input.styleOf(one);
        const figures = meanWords(one);
        return (
          rowLabel(one, y, figures, style) +
          stageBar(one, group, y) +
          positionLine(one, group, y, style)
        );
      }),
    ],
  });
}

/** Over TCP nobody can tell waiting in a queue from the way through the kernel. */
function hiddenQueue(groups: readonly RowGroup[]): string {
  const hidden = (stage: Stage): boolean =>
    groups.some(({ rows }) =>
      rows.some((one) => stageOf(one, stage) === null && stageOf(one, 'network') !== null),
    );
  const parts = [
    ...(hidden('queue') ? ['queue'] : []),
    ...(hidden('instrument') ? ['instrument'] : []),
  ];
  return parts.length === 0 ? '' : ` · where no ${parts.join(' or ')} is shown, it is in network`;
}

function stageOf(one: CellRuns, stage: Stage): number | null {
  return medianOf(one, (cell) => cell.stages_us[stage]);
}

/** A stage below zero (stamps of two processes disagree) has no length; the table has its value. */
function lengthOf(one: CellRuns, stage: Stage): number {
  return Math.max(0, stageOf(one, stage) ?? 0);
}

function totalOf(one: CellRuns): number {
  return STAGES.reduce((sum, { name }) => sum + lengthOf(one, name), 0);
}

function meanWords(one: CellRuns): string {
  return `mean latency ${formatMicros(medianOf(one, (cell) => cell.latency_us.mean))}`;
}

function stageWords(one: CellRuns): string {
  return STAGES.map(({ name }) => `${name} ${formatMicros(stageOf(one, name))}`).join(', ');
}

function legend(): string[] {
  const y = 96;
  let x = 24;
  const parts = STAGES.map(({ name, colour }) => {
    const title = LEGEND[name] ?? name;
    const entry =
      element('rect', { x, y: y - 10, width: 12, height: 12, fill: colour }) +
      text(x + 17, y, title, { fill: MUTED, 'font-size': 12 });
    x += 30 + title.length * 6.5;
    return entry;
  });
  return [
    ...parts,
    text(POSITION.from, y, 'mean latency by tenth of', { fill: MUTED, 'font-size': 12 }),
    text(POSITION.from, y + 15, 'the order of joining, from 0', { fill: MUTED, 'font-size': 12 }),
  ];
}

function stageBar(one: CellRuns, { rows }: RowGroup, y: number): string {
  const longest = Math.max(...rows.map(totalOf));
  const width = scaleLinear([0, longest], [0, BAR.to - BAR.from]);
  let x: number = BAR.from;
  const parts = STAGES.map(({ name, colour, ink }) => {
    const size = width(lengthOf(one, name));
    const value = formatMicros(stageOf(one, name));
    const from = x;
    x += size;
    // A hairline of white keeps neighbours apart without their colours.
    const rect = element('rect', {
      x: from,
      y: y - 11,
      width: Math.max(0, size - 0.6),
      height: 22,
      fill: colour,
    });
    const fits = size >= value.length * 6.6 + 8;
    return size === 0
      ? ''
      : rect +
          (fits
            ? text(from + size / 2, y + 4, value, {
                'text-anchor': 'middle',
                fill: ink,
                'font-size': 11,
              })
            : '');
  });
  return parts.join('');
}

function positionsOf(one: CellRuns): number[] | null {
  const tenths = Array.from({ length: 10 }, (_, i) =>
    medianOf(one, (cell) => cell.position_us?.[i] ?? null),
  );
  return tenths.every((value) => value !== null) ? tenths : null;
}

/**
 * Ten dots from the first to join to the last, all of a workload to one scale, and how the ends
 * compare.
 */
function positionLine(one: CellRuns, { rows }: RowGroup, y: number, { colour }: LineStyle): string {
  const tenths = positionsOf(one);
  if (tenths === null) {
    return text(POSITION.from, y + 4, 'fewer than 10 clients', { fill: MUTED, 'font-size': 12 });
  }
  const highest = Math.max(1, ...rows.flatMap((row) => positionsOf(row) ?? []));
  const x = scaleLinear([0, 9], [POSITION.from, POSITION.lineTo]);
  const height = scaleLinear([0, highest], [y + 14, y - 14]);
  const points = tenths.map((value, i): [number, number] => [x(i), height(Math.max(0, value))]);
  const [first, last] = [tenths[0]!, tenths[9]!];
  return [
    element('line', { x1: x(0), x2: x(9), y1: y + 14, y2: y + 14, stroke: '#c4cad1' }),
    element('path', {
      d: line().digits(1)(points) ?? '',
      fill: 'none',
      stroke: colour,
      'stroke-width': 1.6,
    }),
    ...points.map(([cx, cy]) => element('circle', { cx, cy, r: 2.2, fill: colour })),
    first > 0
      ? text(POSITION.to, y + 4, `last ${formatRatio(last / first)} first`, {
          'text-anchor': 'end',
          'font-size': 12,
        })
      : '',
  ].join('');
}
