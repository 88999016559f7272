/**
 * Charts with a row for each cell, under a heading for each workload: names left, panels right of
 * them.
 */
import { type CellRuns, runsVerdict } from '../model/cell-runs.js';
import { type LineStyle, VERDICT_COLOURS } from './style.js';
import { element, escapeXml, GRID, MUTED, shorten, text } from './svg.js';

export const WIDTH = 960;
/** Where the panels begin and end. */
export const PANELS = { left: 264, right: 932 } as const;
export const ROW = 46;
const NAME_X = 24;
const HEADING = 34;
const NAME_LENGTH = 32;

/** A workload and the cells that have something to show. */
export interface RowGroup {
  /** Empty when there is only one group: the subtitle has its name. */
  readonly title: string;
  readonly rows: readonly CellRuns[];
}

export interface RowChartInput {
  readonly groups: readonly RowGroup[];
  readonly subtitle: string;
  readonly styleOf: (one: CellRuns) => LineStyle;
  /** Of the bootstrap. */
  readonly seed: number;
}

interface PlacedRow {
  readonly one: CellRuns;
  readonly group: RowGroup;
  /** The middle of the row. */
  readonly y: number;
}

interface RowLayout {
  readonly rows: readonly PlacedRow[];
  readonly headings: readonly string[];
  readonly top: number;
  readonly bottom: number;
}

/** Keeps the rows for which there is something to draw, and the groups that still have one. */
export function groupsWith(
  groups: readonly RowGroup[],
  drawn: (one: CellRuns) => boolean,
): readonly RowGroup[] {
  return groups
    .map((group) => ({ ...group, rows: group.rows.filter(drawn) }))
    .filter(({ rows }) => rows.length > 0);
}

/** Rows from `top` on, downwards. */
export function layOutRows(groups: readonly RowGroup[], top: number): RowLayout {
  const rows: PlacedRow[] = [];
  const headings: string[] = [];
  let y = top;
  for (const group of groups) {
    if (group.title !== '') {
      headings.push(text(NAME_X, y + 22, shorten(group.title, 120), { 'font-weight': 600 }));
      y += HEADING;
    }
    for (const one of group.rows) {
      rows.push({ one, group, y: y + ROW / 2 });
      y += ROW;
    }
  }
  return { rows, headings, top, bottom: y };
}

/** The mark and name of a row, and below them its figures in words. */
export function rowLabel(one: CellRuns, y: number, figures: string, { colour }: LineStyle): string {
  const mark = markPrefix(one);
  return element(
    'g',
    {},
    [
      element('title', {}, escapeXml(`${mark}${one.pair}: ${figures}`)),
      text(NAME_X, y - 2, mark + shorten(one.pair, NAME_LENGTH - mark.length), {
        fill: VERDICT_COLOURS[one.status] ?? colour,
        'font-weight': 600,
      }),
      text(NAME_X, y + 14, figures, { fill: MUTED, 'font-size': 12 }),
    ].join(''),
  );
}

/** The worst verdict of the runs in front of a name; nothing where all are VALID. */
function markPrefix(one: CellRuns): string {
  return one.status === 'VALID' ? '' : `${runsVerdict(one)} · `;
}

/** A vertical grid line from the first row to the last, its label below. */
export function columnLine(x: number, { top, bottom }: RowLayout, label: string): string {
  return [
    element('line', { x1: x, x2: x, y1: top, y2: bottom, stroke: GRID }),
    text(x, bottom + 18, label, { 'text-anchor': 'middle', fill: MUTED, 'font-size': 12 }),
  ].join('');
}

/** What the chart says, for those who cannot see it. */
export function describeRows(
  groups: readonly RowGroup[],
  figures: (one: CellRuns) => string,
): string {
  return groups
    .flatMap(({ title, rows }) =>
      rows.map(
        (one) =>
          `${markPrefix(one)}${one.pair}${title === '' ? '' : ` with ${title}`}: ${figures(one)}`,
      ),
    )
    .join('; ');
}
