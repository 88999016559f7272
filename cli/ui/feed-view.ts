/** A feed as a table that fits the window. Pure. */
import {
  formatBytes,
  formatCount,
  formatInteger,
  formatMicros,
  formatPercent,
  MISSING,
} from '../../reports/format.js';
import { visibleLine } from '../../reports/visible-text.js';
import type { FeedStats } from '../../src/client/feed-stats.js';
import type { KeyRow } from './feed-board.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { truncate } from './text.js';

export interface FeedFrame {
  readonly url: string;
  readonly stats: FeedStats;
  /** In order; those that do not fit are counted. */
  readonly rows: readonly KeyRow[];
  /** Keys seen, those not in `rows` included. */
  readonly keys: number;
  /** Messages of keys beyond the most that are shown. */
  readonly untracked: number;
  /** What happened last, one line each, the newest last. */
  readonly notices: readonly string[];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Lines above the keys: two of figures, a blank one, the head of the table and its rule. */
const HEADER_LINES = 5;
const MAX_NOTICES = 3;

/**
 * Keys that fit into a window below the header, when the notices and the line that counts the rest
 * are shown too.
 */
export function visibleKeys({ rows }: Size, notices: number): number {
  // One line stays free: a full window would scroll.
  return Math.max(1, rows - HEADER_LINES - Math.min(notices, MAX_NOTICES) - 2);
}

/** No line is wider than the window, and there are no more lines than it has. */
export function renderFeed(frame: FeedFrame, size: Size, style: Style): string {
  const { columns } = size;
  const notices = frame.notices.slice(-MAX_NOTICES);
  const rows = frame.rows.slice(0, visibleKeys(size, notices.length));
  const more = frame.keys - rows.length;
  const rest = [
    ...(more > 0 ? [`… and ${formatInteger(more)} more ${more === 1 ? 'key' : 'keys'}`] : []),
    ...(frame.untracked > 0
      ? [`${formatInteger(frame.untracked)} messages of keys beyond the most that are shown`]
      : []),
  ].join('; ');
  const lines = [
    ...header(frame, columns, style),
    '',
    ...renderGrid(COLUMNS, [{ title: null, rows }], columns, style).split('\n'),
    ...(rest === '' ? [] : [style('dim', truncate(rest, columns))]),
    ...notices.map((notice) => style('yellow', truncate(visibleLine(notice), columns))),
  ];
  return lines.slice(0, Math.max(1, size.rows - 1)).join('\n');
}

function header({ url, stats }: FeedFrame, columns: number, style: Style): string[] {
  const state = stats.connected ? 'connected' : 'not connected';
  const { p50, p99, negative } = stats.latency;
  const skewed = negative > 0 ? `, ${formatCount(negative)} from the future` : '';
  const loss =
    stats.missed === 0
      ? 'nothing missing'
      : `missing ${formatInteger(stats.missed)} (${formatPercent(stats.expected === 0 ? null : stats.missed / stats.expected)}) in ${formatInteger(stats.gaps)} gaps`;
  const figures = [
    `${formatCount(Math.round(stats.rate))} msg/s`,
    `latency p50 ${formatMicros(p50)} p99 ${formatMicros(p99)}${skewed}`,
    loss,
    `reconnects ${formatInteger(stats.reconnects)}`,
  ];
  const first = truncate(
    `${visibleLine(url)} · ${state} · ${formatInteger(stats.received + stats.snapshot)} messages`,
    columns,
  );
  return [
    style(stats.connected ? 'bold' : ['bold', 'red'], first),
    style(stats.missed === 0 ? 'dim' : 'red', truncate(figures.join(' · '), columns)),
  ];
}

const MAX_VALUE = 24;

const COLUMNS: readonly Column<KeyRow>[] = [
  { title: 'key', align: 'left', cell: ({ key }) => truncate(visibleLine(key), 32), shrinkTo: 6 },
  { title: 'value', align: 'right', cell: valueText, shrinkTo: 8 },
  {
    title: 'change',
    align: 'right',
    cell: ({ change }) => signed(change),
    format: ({ change }) => trend(change),
    spare: 2,
  },
  {
    title: '%',
    align: 'right',
    cell: ({ changeShare: share }) =>
      share === null ? MISSING : `${share > 0 ? '+' : ''}${(share * 100).toFixed(2)}`,
    format: ({ change }) => trend(change),
    spare: 3,
  },
  {
    title: 'updates/s',
    align: 'right',
    cell: ({ updatesPerSecond: rate }) => rate.toFixed(rate < 10 ? 1 : 0),
    spare: 4,
  },
  { title: 'age', align: 'right', cell: ({ ageMicros }) => ageText(ageMicros), spare: 1 },
];

function valueText({ number, value }: KeyRow): string {
  if (number !== null) return String(Number(number.toPrecision(12)));
  if (value instanceof Uint8Array) return formatBytes(value.length);
  return truncate(visibleLine(JSON.stringify(value).slice(0, 4 * MAX_VALUE)), MAX_VALUE);
}

function signed(change: number | null): string {
  if (change === null) return MISSING;
  const text = String(Number(change.toPrecision(6)));
  return change > 0 ? `+${text}` : text;
}

function trend(change: number | null): 'green' | 'red' | null {
  return change === null || change === 0 ? null : change > 0 ? 'green' : 'red';
}

/**
 * Whole tenths of a second: finer would only flicker. A clock that is behind the publisher's shows
 * as a negative age.
 */
function ageText(micros: number): string {
  const seconds = micros / 1e6;
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)} h`;
  if (seconds >= 100) return `${Math.floor(seconds / 60)} min`;
  return `${seconds.toFixed(1)} s`;
}
