/** Which charts a report gets: one pair of charts per workload, split so that every line can still be told apart. */
import type { CellResult, LabResult } from '../bench/result.js';
import { loadName, pairName, type Workload, workloadsOf } from './cells.js';
import { type ChartInput, latencyChart } from './charts/latency.js';
import { seriesChart } from './charts/series.js';
import { chartName, MOST_LINES, stylesFor } from './charts/style.js';
import { escapeMarkdown, section } from './markdown-text.js';

/** A report with more pictures than this is not read. The tables still have every cell. */
const MOST_GROUPS = 12;

interface Drawing {
  /** SVG by file name. */
  readonly files: ReadonlyMap<string, string>;
  readonly markdown: string;
}

interface Group {
  readonly title: string;
  readonly cells: readonly CellResult[];
  readonly nameOf: (cell: CellResult) => string;
  /** What a line's style stands for. */
  readonly styleKey: (cell: CellResult) => string;
}

export function drawCharts(result: LabResult): Drawing {
  const groups = groupsOf(result);
  const files = new Map<string, string>();
  const blocks: string[] = [];
  groups.slice(0, MOST_GROUPS).forEach((group, i) => {
    const suffix = groups.length === 1 ? '' : `-${i + 1}`;
    const style = stylesFor(groups.flatMap(({ cells, styleKey }) => cells.map(styleKey)));
    const input: ChartInput = {
      cells: group.cells,
      subtitle: group.title,
      nameOf: group.nameOf,
      styleOf: (cell) => style(group.styleKey(cell), cell),
    };
    const pictures = [
      { file: `latency${suffix}.svg`, alt: 'Latency by percentile', svg: latencyChart(input) },
      { file: `series${suffix}.svg`, alt: 'Delivered and p99 per second', svg: seriesChart(input) },
    ];
    for (const { file, alt, svg } of pictures) {
      if (svg === undefined) continue;
      files.set(file, svg);
      blocks.push(`![${escapeMarkdown(`${alt}: ${group.title}`)}](${file})`);
    }
  });
  if (files.size === 0) blocks.push('There is no chart: no cell has enough samples to draw.');
  if (groups.length > MOST_GROUPS) {
    blocks.push(
      `Charts are drawn for the first ${MOST_GROUPS} of ${groups.length} groups of cells; the tables have all.`,
    );
  }
  return { files, markdown: section('Charts', ...blocks) };
}

/** A group per workload. A sweep of one pair over many workloads is one group, or each chart would have a single line. */
function groupsOf(result: LabResult): Group[] {
  const workloads = workloadsOf(result);
  const lonely =
    workloads.length > 1 && workloads.every(({ cells }) => new Set(cells.map(pairName)).size === 1);
  if (lonely) {
    const nameOf = (cell: CellResult): string => `${chartName(cell, result)} ${loadName(cell)}`;
    return split('Each line is another workload', result.cells, nameOf, nameOf);
  }
  return workloads.flatMap(({ name, cells }: Workload) =>
    split(name, cells, (cell) => chartName(cell, result), pairName),
  );
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
