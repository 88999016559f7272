/** The cells of a plan, for `--dry-run`. Pure. */
import type { CellPlan } from '../../bench/config.js';
import { NO_LINK } from '../../bench/link/link-spec.js';
import { formatBytes, formatCount, formatInteger, formatSeconds } from '../../reports/format.js';
import { type Column, renderGrid } from './grid.js';
import { etaText } from './progress.js';
import type { Style } from './style.js';

type Row = CellPlan & { readonly index: number };

const COLUMNS: readonly Column<Row>[] = [
  { title: '#', align: 'right', cell: ({ index }) => String(index) },
  { title: 'transport', align: 'left', cell: ({ transport }) => transport },
  { title: 'codec', align: 'left', cell: ({ codec }) => codec, shrinkTo: 8 },
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

/** Of a server of our own: shown where it is not the same in all cells. */
const SETTINGS = (['flush', 'repair', 'congestion', 'policy'] as const).map(
  (name): Column<Row> => ({
    title: name,
    align: 'left',
    cell: (cell) => (cell.kind === 'target' ? '' : cell[name]),
  }),
);

/** Shown where there is any. */
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

/**
 * Every cell in the order it would run, and how long it all takes. With `--repeat auto`, `latest`
 * says how far beyond the cells that are certain it may go.
 */
export function renderPlan(
  cells: readonly CellPlan[],
  seconds: number,
  width: number,
  style: Style,
  latest: { readonly runs: number; readonly seconds: number } | null = null,
): string {
  const rows = cells.map((cell, i) => ({ ...cell, index: i + 1 }));
  const links = rows.some((cell) => linkText(cell) !== NO_LINK) ? [LINK] : [];
  const settings = SETTINGS.filter(({ cell: text }) => new Set(rows.map(text)).size > 1);
  const columns = [
    ...COLUMNS.slice(0, 3),
    ...settings,
    ...COLUMNS.slice(3, -2),
    ...links,
    ...COLUMNS.slice(-2),
  ];
  const count = `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}`;
  const more =
    latest === null
      ? ''
      : `; --repeat auto may go on, to ${latest.runs} runs of each and ${etaText(latest.seconds)} at most`;
  return `${renderGrid(columns, [{ title: null, rows }], width, style)}\n\n${count}, about ${etaText(seconds)}${more}\n`;
}
