/** The cells of a plan, for `--dry-run`. Pure. */
import type { CellPlan, RunConfig } from '../../bench/config.js';
import { NO_LINK } from '../../bench/link/link-spec.js';
import { formatBytes, formatCount, formatInteger, formatSeconds } from '../../reports/format.js';
import { plural } from '../../reports/model/cells.js';
import { visibleLine } from '../../reports/visible-text.js';
import { type Column, isWithin, renderGrid } from './grid.js';
import { etaText } from './progress.js';
import type { Style } from './style.js';
import { MAX_WIDTH, wrap } from './text.js';

type Row = CellPlan & { readonly index: number };

const COLUMNS: readonly Column<Row>[] = [
  { title: '#', align: 'right', cell: ({ index }) => String(index) },
  { title: 'transport', align: 'left', cell: ({ transport }) => transport },
  { title: 'codec', align: 'left', cell: ({ codec }) => codec },
  { title: 'clients', align: 'right', cell: ({ clients }) => formatInteger(clients) },
  { title: 'feed msg/s', align: 'right', cell: rateText },
  {
    title: 'deliveries/s',
    align: 'right',
    cell: (cell) =>
      formatCount(
        cell.kind === 'target' || cell.ratePerSecond === null
          ? null
          : cell.ratePerSecond * cell.clients,
      ),
  },
  {
    title: 'payload',
    align: 'right',
    cell: sizeText,
  },
  { title: 'window', align: 'right', cell: ({ durationMs }) => formatSeconds(durationMs / 1_000) },
  { title: 'run', align: 'right', cell: ({ run }) => String(run) },
];

/** Of a server of our own: a column where it is not the same in all cells, else a word below. */
const SETTINGS = (['flush', 'repair', 'congestion', 'policy'] as const).map(
  (name): Column<Row> => ({
    title: name,
    align: 'left',
    cell: (cell) => (cell.kind === 'target' ? '' : cell[name]),
  }),
);

const LINK: Column<Row> = { title: 'link', align: 'left', cell: linkText };

function linkText(cell: CellPlan): string {
  return cell.kind === 'target' ? NO_LINK : cell.link;
}

function sizeText(cell: CellPlan): string {
  if (cell.kind === 'target') return 'its own';
  return cell.sizeBytes === 0 ? 'as is' : formatBytes(cell.sizeBytes);
}

function rateText(cell: CellPlan): string {
  if (cell.kind === 'target') return 'its own';
  const { ratePerSecond: rate } = cell;
  if (rate === null) return 'recorded';
  return Number.isInteger(rate) ? formatInteger(rate) : String(rate);
}

/** What a cell is named by: columns however narrow the terminal is. */
const NAMES = COLUMNS.filter(({ title }) => ['#', 'transport', 'codec', 'run'].includes(title));

/** The columns that are shown, and of the others what is the same in every cell. */
function layOut(
  rows: readonly Row[],
  width: number,
): { readonly columns: readonly Column<Row>[]; readonly common: readonly string[] } {
  const [first] = rows;
  const all = [
    ...COLUMNS.slice(0, 3),
    ...(first?.kind === 'target' ? [] : SETTINGS),
    ...COLUMNS.slice(3, -2),
    ...(first?.kind === 'target' ? [] : [LINK]),
    ...COLUMNS.slice(-2),
  ];
  const differs = ({ cell }: Column<Row>): boolean => new Set(rows.map(cell)).size > 1;
  const usual = all.filter((column) => COLUMNS.includes(column) || differs(column));
  const columns = isWithin(usual, rows, width)
    ? usual
    : usual.filter((column) => NAMES.includes(column) || differs(column));
  const common = all
    .filter((column) => first !== undefined && !columns.includes(column) && !differs(column))
    .map((column) => `${column.title} ${column.cell(first!)}`);
  return { columns, common };
}

/** What is to be run, in the order in which it would run, and how long it all takes. */
export interface Plan {
  readonly cells: readonly CellPlan[];
  readonly seconds: number;
  /** With `--repeat auto`: how far beyond the cells that are certain it may go. */
  readonly latest?: { readonly runs: number; readonly seconds: number } | null;
  /** What the cells do not say, as it is the same in all of them. */
  readonly setup?: Pick<RunConfig, 'warmupMs' | 'source' | 'seed'>;
}

/** A row for each cell; what is the same in all of them is said below. Ends in a newline. */
export function renderPlan(plan: Plan, width: number, style: Style): string {
  const { cells, seconds, latest = null, setup } = plan;
  const rows = cells.map((cell, i) => ({ ...cell, index: i + 1 }));
  const { columns, common } = layOut(rows, width);
  const every = [...common, ...setupTexts(setup, rows[0])].join(', ');
  const count = plural(cells.length, 'cell');
  const more =
    latest === null
      ? ''
      : `; --repeat auto may go on, to ${latest.runs} runs of each and ${etaText(latest.seconds)} at most`;
  const lines = [
    renderGrid(columns, [{ title: null, rows }], width, style),
    '',
    ...(every === '' ? [] : [wrap(`every cell: ${every}`, Math.min(width, MAX_WIDTH), '  ')]),
    wrap(`${count}, about ${etaText(seconds)}${more}`, Math.min(width, MAX_WIDTH), '  '),
  ];
  return `${lines.join('\n')}\n`;
}

function setupTexts(setup: Plan['setup'], first: Row | undefined): string[] {
  if (setup === undefined) return [];
  const warmup = `warm-up ${formatSeconds(setup.warmupMs / 1_000)}`;
  if (first?.kind === 'target') return [warmup];
  return [warmup, `source ${visibleLine(setup.source)}`, `seed ${setup.seed}`];
}
