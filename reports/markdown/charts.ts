/**
 * Which charts a report gets. Charts with a row for each cell hold the whole result; those with a
 * line for each cell come once per workload, split so that every line can still be told apart, and
 * show one run of a repeated cell.
 */
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { type ChartInput, latencyChart } from '../charts/latency.js';
import { completionChart, stalenessChart } from '../charts/ranges.js';
import { repeatsChart } from '../charts/repeats.js';
import type { RowChartInput, RowGroup } from '../charts/rows.js';
import { seriesChart } from '../charts/series.js';
import { stagesChart } from '../charts/stages.js';
import { MOST_LINES, stylesFor } from '../charts/style.js';
import { flushPicture, scalingPictures } from '../charts/sweeps.js';
import { lossSweepPictures } from '../loss-sweep/of-result.js';
import { type CellRuns, cellRunsOf } from '../model/cell-runs.js';
import { isRepeated, loadName, pairName, plural, workloadsOf } from '../model/cells.js';
import { escapeMarkdown, section } from './text.js';

/** A report with more pictures than this is not read. The tables still have every cell. */
const MOST_GROUPS = 12;
/** A picture with more rows than this fits no screen. */
const MOST_ROWS = 32;

interface Drawing {
  /** SVG by file name. */
  readonly files: ReadonlyMap<string, string>;
  /** The one that shows the answer; undefined where nothing is drawn. */
  readonly lead: Picture | undefined;
  /** A section with the others. */
  readonly markdown: string;
}

export interface Picture {
  readonly file: string;
  readonly alt: string;
  readonly svg: string | undefined;
}

export function drawCharts(result: LabResult): Drawing {
  const groups = groupsOf(result);
  const lines = groups.slice(0, MOST_GROUPS).map((group, i) => {
    const suffix = groups.length === 1 ? '' : `-${i + 1}`;
    return linePictures(group, suffix, groups);
  });
  const rows = rowInput(result);
  const subtitle = rows.subtitle;
  const pictures: Picture[] = [
    ...lossSweepPictures(result),
    ...scalingPictures(result),
    flushPicture(result),
    {
      file: 'repeats.svg',
      alt: `Median and 95 % interval over the runs: ${subtitle}`,
      svg: repeatsChart(rows),
    },
    ...lines.map(([latency]) => latency),
    {
      file: 'completion.svg',
      alt: `Time until the last client has a message: ${subtitle}`,
      svg: completionChart(rows),
    },
    {
      file: 'staleness.svg',
      alt: `Age of what a client holds: ${subtitle}`,
      svg: stalenessChart(rows),
    },
    { file: 'stages.svg', alt: `Stages of a delivery: ${subtitle}`, svg: stagesChart(rows) },
    ...lines.map(([, series]) => series),
  ];
  const drawn = pictures.filter(({ svg }) => svg !== undefined);
  const files = new Map(drawn.map(({ file, svg }) => [file, svg!]));
  const [lead, ...others] = drawn;
  return {
    files,
    lead,
    markdown: section(
      'Charts',
      ...others.map(({ file, alt }) => `![${escapeMarkdown(alt)}](${file})`),
      ...remarks(result, files, groups.length),
    ),
  };
}

/** What is not drawn, and why. */
function remarks(result: LabResult, files: ReadonlyMap<string, string>, groups: number): string[] {
  if (files.size === 0) return ['There is no chart: no cell has enough samples to draw.'];
  const notes: string[] = [];
  if (isRepeated(result)) {
    notes.push(
      'A line over percentiles or seconds shows one run of each cell (#): that with the median p99. Every other chart shows all runs.',
    );
  }
  const absent = ABSENT.filter(({ file }) => !files.has(file)).map(({ what }) => what);
  if (absent.length > 0)
    notes.push(`Not drawn, because no cell has the figures: ${absent.join(', ')}.`);
  if (groups > MOST_GROUPS) {
    notes.push(
      `Charts are drawn for the first ${MOST_GROUPS} of ${groups} groups of cells; the tables have all.`,
    );
  }
  const rows = workloadsOf(result).flatMap((workload) => cellRunsOf(result, workload)).length;
  if (rows > MOST_ROWS)
    notes.push(
      `Charts with a row for each cell have the first ${MOST_ROWS} of ${plural(rows, 'cell')}.`,
    );
  return notes;
}

const ABSENT = [
  { file: 'completion.svg', what: 'completion' },
  { file: 'staleness.svg', what: 'staleness' },
  { file: 'stages.svg', what: 'stages' },
] as const;

/** All cells, a group for each workload. */
function rowInput(result: LabResult): RowChartInput {
  const workloads = workloadsOf(result);
  const [only] = workloads;
  let room = MOST_ROWS;
  const groups = workloads.map((workload): RowGroup => {
    const rows = cellRunsOf(result, workload).slice(0, room);
    room -= rows.length;
    return { title: workloads.length === 1 ? '' : workload.name, rows };
  });
  const style = stylesFor(result.cells.map(pairName));
  return {
    groups,
    subtitle: workloads.length === 1 ? only!.name : plural(workloads.length, 'workload'),
    styleOf: (one) => style(one.pair, one.typical),
    seed: result.seed,
  };
}

interface Group {
  readonly title: string;
  readonly cells: readonly CellResult[];
  readonly nameOf: (cell: CellResult) => string;
  /** What a line's style stands for. */
  readonly styleKey: (cell: CellResult) => string;
}

function linePictures(group: Group, suffix: string, groups: readonly Group[]): [Picture, Picture] {
  const style = stylesFor(groups.flatMap(({ cells, styleKey }) => cells.map(styleKey)));
  const input: ChartInput = {
    cells: group.cells,
    subtitle: group.title,
    nameOf: group.nameOf,
    styleOf: (cell) => style(group.styleKey(cell), cell),
  };
  return [
    {
      file: `latency${suffix}.svg`,
      alt: `Latency by percentile: ${group.title}`,
      svg: latencyChart(input),
    },
    {
      file: `series${suffix}.svg`,
      alt: `Delivered and p99 per second: ${group.title}`,
      svg: seriesChart(input),
    },
  ];
}

/**
 * A group per workload. A sweep of one pair over many workloads is one group, or each chart would
 * have a single line.
 */
function groupsOf(result: LabResult): Group[] {
  const workloads = workloadsOf(result).map((workload) => ({
    name: workload.name,
    rows: cellRunsOf(result, workload),
  }));
  const nameOf = runNames(workloads.flatMap(({ rows }) => rows));
  if (workloads.length > 1 && workloads.every(({ rows }) => rows.length === 1)) {
    const cells = workloads.flatMap(({ rows }) => rows.map(({ typical }) => typical));
    const wholeName = (cell: CellResult): string => `${nameOf(cell)} ${loadName(cell)}`;
    return split('Each line is another workload', cells, wholeName, wholeName);
  }
  return workloads.flatMap(({ name, rows }) =>
    split(
      name,
      rows.map(({ typical }) => typical),
      nameOf,
      pairName,
    ),
  );
}

/** `tcp/msgpack`, and of a repeated cell which run is shown: `tcp/msgpack #3`. */
function runNames(rows: readonly CellRuns[]): (cell: CellResult) => string {
  const runsOf = new Map(rows.map(({ typical, runs }) => [typical, runs.length]));
  return (cell) => {
    const runs = runsOf.get(cell) ?? 1;
    return runs === 1 ? pairName(cell) : `${pairName(cell)} #${cell.run}`;
  };
}

function split(
  title: string,
  cells: readonly CellResult[],
  nameOf: Group['nameOf'],
  styleKey: Group['styleKey'],
): Group[] {
  const parts = Math.ceil(cells.length / MOST_LINES);
  return Array.from({ length: parts }, (_, i) => ({
    title: parts === 1 ? title : `${title} (${i + 1} of ${parts})`,
    cells: cells.slice(i * MOST_LINES, (i + 1) * MOST_LINES),
    nameOf,
    styleKey,
  }));
}
