/**
 * Staleness against loss: a panel for each round trip, a row of them for each burst (of one round
 * trip, those beside each other), a line for each stack with the interval of its median at every
 * point.
 */
import { logTicks } from '../charts/axes.js';
import { stylesFor } from '../charts/style.js';
import { MUTED, svgDocument, text } from '../charts/svg.js';
import { type CellRuns, estimate, runsVerdict } from '../model/cell-runs.js';
import { plural } from '../model/cells.js';
import {
  describe,
  drawAbove,
  drawPanel,
  PANEL_HEIGHT,
  type Panel,
  type Point,
  type Series,
} from './panel.js';
import type { LossSweep, StackName, SweepPoint } from './sweep.js';
import { lossName, rttName } from './words.js';

const WIDTH = 960;
const LEFT = 76;
const RIGHT = 12;
/** Beside each panel, for the names of its lines. */
const LABELS = 112;
const WIDEST_PANEL = 380;
const TOP = 126;
const ROW_HEIGHT = PANEL_HEIGHT + 108;
/** Intervals of two lines at one loss stand beside each other. */
const DODGE = 3.5;

export type StalenessQuantile = 'p50' | 'p99';

/** The chart, or undefined when nothing of it was measured. */
export function lossChart(
  sweep: LossSweep,
  quantile: StalenessQuantile,
  seed: number,
): string | undefined {
  const bursts = distinct(sweep.points.filter(({ loss }) => loss > 0).map(({ burst }) => burst));
  const losses = distinct(sweep.points.map(({ loss }) => loss)).sort((a, b) => a - b);
  const panels = panelsOf(sweep, bursts, losses, quantile, seed);
  const points = panels.flatMap(({ series }) => series.flatMap((one) => one.points));
  const values = points.flatMap(({ value: { median, interval } }) => [
    median,
    ...(interval === null ? [] : [interval.low, interval.high]),
  ]);
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return undefined;
  const ticks = logTicks(Math.min(...positive), Math.max(...positive));
  const rows = new Set(panels.map(({ top }) => top)).size;
  const runs = Math.max(...sweep.points.flatMap(({ rows }) => rows.map((row) => row.runs.length)));
  const bars = runs >= 3 ? `; bars: 95 % interval of the median of ${plural(runs, 'run')}` : '';
  const hollow = points.some(({ mark }) => mark !== '');
  const height = TOP + ROW_HEIGHT * rows - 44 + (hollow ? 14 : 0);
  return svgDocument({
    width: WIDTH,
    height,
    title: `Staleness ${quantile} against loss: how old the newest value is that a client holds`,
    subtitle: `Lower is better, log scale. ${sweep.load}${bars}`,
    description: panels.map(describe).join('; '),
    body: [
      ...panels.flatMap((panel) => drawPanel(panel, ticks, losses)),
      ...panels.filter(({ above }) => above !== '').map(drawAbove),
      ...(hollow
        ? [
            text(LEFT, height - 12, 'hollow: ⚠ SUSPECT or ✘ INVALID in some run', {
              fill: MUTED,
              'font-size': 11,
            }),
          ]
        : []),
    ],
  });
}

function panelsOf(
  { points, stacks }: LossSweep,
  bursts: readonly (number | null)[],
  losses: readonly number[],
  quantile: StalenessQuantile,
  seed: number,
): Panel[] {
  const rtts = distinct(points.map(({ rttMicros }) => rttMicros));
  const isOneRow = rtts.length === 1;
  const columns = isOneRow ? bursts.length : rtts.length;
  const slot = Math.min(WIDEST_PANEL + LABELS, (WIDTH - LEFT - RIGHT) / columns);
  const style = stylesFor(stacks.map(({ pair }) => pair));
  return bursts.flatMap((burst, place) =>
    rtts.map((rttMicros, i): Panel => {
      const [row, column] = isOneRow ? [0, place] : [place, i];
      const there = points.filter(
        (point) => point.rttMicros === rttMicros && (point.loss === 0 || point.burst === burst),
      );
      const series = stacks.map((stack, i): Series => {
        const rows = there.flatMap((point) => rowOf(point, stack, losses, quantile, seed));
        return {
          stack,
          style: style(stack.pair, asValid(points, stack)),
          shift: (i - (stacks.length - 1) / 2) * DODGE,
          points: rows.sort((a, b) => a.at - b.at),
        };
      });
      const from = LEFT + column * slot;
      const top = TOP + row * ROW_HEIGHT;
      const to = from + slot - LABELS;
      const above = column === 0 || isOneRow ? rowTitle(burst, bursts) : '';
      const hasAxis = column === 0;
      return { title: `RTT ${rttName({ rttMicros })}`, above, hasAxis, from, to, top, series };
    }),
  );
}

function rowOf(
  point: SweepPoint,
  { pair }: StackName,
  losses: readonly number[],
  quantile: StalenessQuantile,
  seed: number,
): Point[] {
  const one = point.rows.find((row) => row.pair === pair);
  const value =
    one === undefined ? null : estimate(one, (cell) => cell.staleness_us?.[quantile] ?? null, seed);
  if (one === undefined || value === null) return [];
  const mark = one.status === 'VALID' ? '' : runsVerdict(one);
  return [{ at: losses.indexOf(point.loss), value, mark }];
}

/** The marks of the points say which of them count: the line itself is never grey. */
function asValid(points: readonly SweepPoint[], { pair }: StackName): CellRuns['typical'] {
  const row = points.flatMap(({ rows }) => rows).find((one) => one.pair === pair)!;
  return { ...row.typical, verdict: { status: 'VALID', reasons: [] } };
}

function rowTitle(burst: number | null, bursts: readonly (number | null)[]): string {
  if (burst !== null) return `Lost in bursts of ${burst} on average`;
  return bursts.length > 1 ? 'Each packet lost on its own' : '';
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** What a chart is called beside it. */
export function chartAlt({ load, points }: LossSweep, quantile: StalenessQuantile): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  const [near, far] = [rttName(first), rttName(last)];
  return `Staleness ${quantile} against loss, RTT ${near === far ? near : `${near} to ${far}`}, up to ${lossName(last)}: ${load}`;
}
