/** The one look of all tables: two spaces between columns, a rule under the head, nothing else. */
import Table from 'cli-table3';
import { visibleLine } from '../../reports/visible-text.js';
import type { Style } from './style.js';
import { MAX_WIDTH, truncate, wrap } from './text.js';

/** A column of a table of `Row`s. */
export interface Column<Row> {
  /** One or two lines. */
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string;
  /** Colour of the text, if any. */
  readonly format?: (row: Row) => Parameters<Style>[0] | null;
  /** Left out when the terminal is too narrow, the highest first. */
  readonly spare?: number;
  /** What it is called where it is left out; else its title. */
  readonly name?: string;
  /** May be cut to this many columns at the least. */
  readonly shrinkTo?: number;
}

/** Rows under a heading of their own; `title: null` for rows without one. */
export interface Group<Row> {
  readonly title: string | null;
  readonly rows: readonly Row[];
}

const GAP = 2;
const SIDES = ['top', 'bottom', 'left', 'right'] as const;
const NO_LINES = Object.fromEntries(
  [
    ...SIDES,
    ...['top-', 'bottom-'].flatMap((side) => [`${side}mid`, `${side}left`, `${side}right`]),
  ]
    .concat(['left-mid', 'right-mid', 'mid', 'mid-mid'])
    .map((name) => [name, '']),
);

/**
 * A table that is never wider than `width` columns, as long as the columns that must stay fit.
 * @param elsewhere where else the columns that are left out can be seen: then a line below says
 * which they are
 */
export function renderGrid<Row>(
  columns: readonly Column<Row>[],
  groups: readonly Group<Row>[],
  width: number,
  style: Style,
  elsewhere: string | null = null,
): string {
  const rows = groups.flatMap((group) => group.rows);
  const { kept, widths } = layOut(columns, rows, width);
  // Line by line: whoever lays the table out knows only of common sequences that they go on in the
  // next line.
  const bold = (title: string): string =>
    title
      .split('\n')
      .map((line) => style('bold', line))
      .join('\n');
  const aligns = kept.map(({ align }) => align);
  const head: Line[] = [
    kept.map(({ title }) => ({ content: bold(title), vAlign: 'bottom' })),
    widths.map((columns) => ({ content: style('dim', '─'.repeat(columns)) })),
  ];
  const parts = [drawn(head, widths, aligns)];
  for (const group of groups) {
    if (group.title !== null)
      parts.push(style('cyan', wrap(visibleLine(group.title), width, '  ')));
    const lines = group.rows.map((row) =>
      kept.map((column, i) => {
        const text = truncate(visibleLine(column.cell(row)), widths[i]!);
        const format = column.format?.(row) ?? null;
        return { content: format === null ? text : style(format, text) };
      }),
    );
    // The library's work grows with the square of a table's lines. The widths are given, so parts
    // fit together.
    for (let i = 0; i < lines.length; i += LINES_AT_ONCE)
      parts.push(drawn(lines.slice(i, i + LINES_AT_ONCE), widths, aligns));
  }
  const hidden = columns.filter((column) => !kept.includes(column)).map(nameOf);
  if (elsewhere !== null && hidden.length > 0) {
    const text = `hidden: ${hidden.join(', ')}; wider terminal or ${elsewhere}`;
    parts.push(style('dim', wrap(text, Math.min(width, MAX_WIDTH), '  ')));
  }
  return parts.join('\n');
}

function nameOf({ name, title }: Pick<Column<never>, 'name' | 'title'>): string {
  return name ?? title.replace('\n', ' ');
}

type Line = { content: string; vAlign?: 'bottom' }[];

const LINES_AT_ONCE = 64;

function drawn(lines: readonly Line[], widths: number[], aligns: ('left' | 'right')[]): string {
  const table = new Table({
    chars: { ...NO_LINES, middle: ' '.repeat(GAP) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widths,
    colAligns: aligns,
  });
  table.push(...lines);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Drops spare columns, then cuts those that may be cut, until the table fits. */
function layOut<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): { kept: readonly Column<Row>[]; widths: number[] } {
  let kept = columns;
  let widths = naturalWidths(kept, rows);
  while (lineWidth(widths) > width) {
    const spare = Math.max(...kept.map((column) => column.spare ?? 0));
    if (spare === 0) break;
    kept = kept.filter((column) => column.spare !== spare);
    widths = naturalWidths(kept, rows);
  }
  kept.forEach((column, i) => {
    const excess = lineWidth(widths) - width;
    if (column.shrinkTo !== undefined && excess > 0) {
      widths[i] = Math.max(Math.min(widths[i]!, column.shrinkTo), widths[i]! - excess);
    }
  });
  return { kept, widths };
}

function naturalWidths<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number[] {
  return columns.map(({ title, cell }) =>
    rows.reduce(
      (widest, row) => Math.max(widest, length(visibleLine(cell(row)))),
      Math.max(...title.split('\n').map(length)),
    ),
  );
}

/** Whether a table of these columns fits without one left out or cut. */
export function isWithin<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): boolean {
  return lineWidth(naturalWidths(columns, rows)) <= width;
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, 0) + GAP * (widths.length - 1);
}

function length(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
