/** A chart of the page's model, with zoom and hover: uPlot on a canvas, in the page's colours. */
import uPlot from 'uplot';
import { percentileTicks, xName, yName } from '../view/axes.js';
import type { ChartModel, SeriesModel } from '../view/model.js';
import { colour } from './elements.js';

/** As in the charts that are drawn without a script: reports/charts/style.ts. */
const DASHES = [
  [],
  [9, 4],
  [2.5, 3],
  [12, 3, 2.5, 3],
  [5, 3],
  [16, 4],
  [2.5, 2.5, 8, 2.5],
  [6, 2, 1.5, 2, 1.5, 2],
] as const;
/** Steps of an axis of whole seconds. */
const SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600];
const HEIGHT = 320;
const MARKS = { VALID: '', SUSPECT: '⚠ ', INVALID: '✘ ' } as const;

/** A chart that is on the page; give it a new model of the same kind, or remove it. */
export interface DrawnChart {
  update(model: ChartModel): void;
  remove(): void;
}

/** Draws into `room` and follows its width and the colour scheme. */
export function drawChart(room: HTMLElement, first: ChartModel): DrawnChart {
  let model = first;
  let plot = plotOf(room, model);
  const again = (): void => {
    plot.destroy();
    plot = plotOf(room, model);
  };
  const width = new ResizeObserver(() => {
    if (room.clientWidth > 0) plot.setSize({ width: room.clientWidth, height: HEIGHT });
  });
  width.observe(room);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', again);
  return {
    update(next) {
      const same =
        next.series.map(({ name, status }) => name + status).join('\n') ===
        model.series.map(({ name, status }) => name + status).join('\n');
      model = next;
      if (same) plot.setData(dataOf(model));
      else again();
    },
    remove() {
      width.disconnect();
      scheme.removeEventListener('change', again);
      plot.destroy();
    },
  };
}

function plotOf(room: HTMLElement, model: ChartModel): uPlot {
  const { x, y, series } = model;
  const axis = { stroke: colour('muted'), grid: { stroke: colour('grid'), width: 1 } };
  const options: uPlot.Options = {
    width: Math.max(200, room.clientWidth),
    height: HEIGHT,
    scales: {
      x: x.kind === 'percentile' ? { time: false, distr: 3, log: 10 } : { time: false },
      y:
        y.kind === 'us'
          ? { distr: 3, log: 10 }
          : { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] },
    },
    axes: [
      {
        ...axis,
        label: x.label,
        values: (_, ticks) => ticks.map((tick) => xName(x.kind, tick)),
        ...(x.kind === 'percentile'
          ? { splits: (_, __, from, to) => percentileTicks(from, to), filter: (_, all) => all }
          : { incrs: SECONDS }),
      },
      {
        ...axis,
        label: y.label,
        size: 76,
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : yName(y.kind, tick))),
      },
    ],
    series: [
      { label: x.kind === 'percentile' ? 'percentile' : 'second', value: nameAt(x.kind) },
      ...series.map((one) => seriesOf(one, y.kind)),
    ],
    // The name of the last percentile is centred below the end of the axis.
    padding: [null, 44, null, null],
    legend: { live: true },
    cursor: { drag: { x: true, y: false } },
  };
  return new uPlot(options, dataOf(model), room);
}

function nameAt(kind: ChartModel['x']['kind']): NonNullable<uPlot.Series['value']> {
  return (_, value) => (value === null ? '–' : xName(kind, value));
}

function seriesOf(
  { name, status, style }: SeriesModel,
  kind: ChartModel['y']['kind'],
): uPlot.Series {
  const invalid = status === 'INVALID';
  return {
    label: `${MARKS[status]}${name}`,
    stroke: colour(invalid ? 'doubtful' : `s${style % DASHES.length}`),
    dash: invalid ? [3, 5] : [...DASHES[style % DASHES.length]!],
    width: invalid ? 1.6 : 2,
    points: { show: false },
    value: (_, value) => (value === null ? '–' : yName(kind, value)),
  };
}

function dataOf({ x, y, series }: ChartModel): uPlot.AlignedData {
  // A logarithmic axis has no zero; the lowest bucket of a histogram means "below 1 µs".
  const shown = (value: number | null): number | null =>
    value === null ? null : y.kind === 'us' ? Math.max(1, value) : value;
  return [[...x.at], ...series.map(({ values }) => values.map(shown))];
}
