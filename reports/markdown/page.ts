/** The page that a report opens with: the answer, one chart, and what each pair does and costs. */
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { cardOf } from '../card.js';
import { formatCount, formatInterval, formatMicros, formatPercent, MISSING } from '../format.js';
import { lossSweepsOf } from '../loss-sweep/sweep.js';
import { lossName, rttName } from '../loss-sweep/words.js';
import { type CellRuns, estimate, pooledLoss, runsVerdict } from '../model/cell-runs.js';
import { groupBy, listWords, loadName, plural } from '../model/cells.js';
import { COST_CLIENTS, type Cost, costOf } from '../model/cost.js';
import { type DecisiveRow, decisiveOf } from '../model/decisive.js';
import { oneWayText } from '../model/one-way.js';
import { isRelative } from '../text/target-notes.js';
import type { Picture } from './charts.js';
import { type Column, codeSpan, escapeMarkdown, section, table } from './text.js';

export function pageSection(result: LabResult, lead: Picture | undefined): string {
  return section(
    'In short',
    cardBlock(result),
    lead === undefined ? '' : `![${escapeMarkdown(lead.alt)}](${lead.file})`,
    ...figures(result),
    verdictLine(result),
  );
}

/** A quote of a line each, so that it stands apart from everything else. */
function cardBlock(result: LabResult): string {
  return cardOf(result)
    .map(({ label, text }) => `> **${label}** ${escapeMarkdown(text)}`)
    .join('\\\n');
}

function figures(result: LabResult): string[] {
  const { rows, where, isLossy } = rowsOf(result);
  if (rows.length === 0) return [];
  const columns = columnsFor(result, rows, isLossy);
  return [
    `**${escapeMarkdown(where)}: what each pair does, and what ${formatCount(COST_CLIENTS)} clients cost at this rate**`,
    table(columns, rows),
    costNote(rows),
  ];
}

interface Rows {
  readonly rows: readonly DecisiveRow[];
  readonly where: string;
  /** A sweep over losses is decided by the age of values, and not by latency. */
  readonly isLossy: boolean;
}

function rowsOf(result: LabResult): Rows {
  const [sweep] = lossSweepsOf(result);
  const point = sweep?.points.at(-1);
  if (sweep !== undefined && point !== undefined) {
    const rows = point.rows.map((one) => ({ one, carried: null }));
    const where = `${sweep.load}, RTT ${rttName(point)}, ${lossName(point)} lost`;
    return { rows, where, isLossy: true };
  }
  const { rows, load } = decisiveOf(result);
  const held = rows.some(({ carried }) => carried !== null);
  return { rows, where: load ?? (held ? 'At the highest load held' : 'Each load'), isLossy: false };
}

function columnsFor(
  result: LabResult,
  rows: readonly DecisiveRow[],
  isLossy: boolean,
): Column<DecisiveRow>[] {
  const number = (title: string, cell: (one: CellRuns) => string): Column<DecisiveRow> => ({
    title,
    kind: 'number',
    cell: ({ one }) => cell(one),
  });
  const time = (title: string, of: (cell: CellResult) => number | null): Column<DecisiveRow> =>
    number(title, (one) => {
      const known = estimate(one, of, result.seed);
      return known === null ? MISSING : formatInterval(known.median, known.interval, formatMicros);
    });
  const latency = isRelative(result)
    ? time('p99 − min', (cell) => cell.pdv_us.p99)
    : number('Latency p99', (one) => {
        const known = estimate(one, (cell) => cell.latency_us.p99, result.seed);
        const text =
          known === null ? MISSING : formatInterval(known.median, known.interval, formatMicros);
        return oneWayText(text, known?.median ?? null, one);
      });
  return [
    { title: 'Pair', kind: 'label', cell: ({ one }) => pairText(one) },
    ...loadColumns(rows, isLossy),
    isLossy ? time('Staleness p99', (cell) => cell.staleness_us?.p99 ?? null) : latency,
    number('Lost', (one) => formatPercent(pooledLoss(one))),
    ...COSTS.filter(({ of }) => rows.some(({ one }) => of(costOf(one)) !== null)).map(
      ({ title, text }) => number(title, text),
    ),
  ];
}

interface CostColumn {
  readonly title: string;
  readonly of: (cost: Cost) => number | null;
  readonly text: (one: CellRuns) => string;
}

const COSTS: readonly CostColumn[] = [
  { title: 'Cores', of: ({ cores }) => cores, text: (one) => formatCount(costOf(one).cores) },
  {
    title: 'GiB',
    of: ({ memoryBytes }) => memoryBytes,
    text: (one) => scaledText(costOf(one).memoryBytes, 1024 ** 3),
  },
  { title: 'Mbit/s', of: ({ bitsPerSecond }) => bitsPerSecond, text: networkText },
];

/** The word of the verdict wherever it is not plain VALID. */
function pairText(one: CellRuns): string {
  const mark = one.status === 'VALID' ? '✔' : runsVerdict(one);
  const cut = one.runs.filter(({ incomplete }) => incomplete).length;
  return escapeMarkdown(`${mark} ${one.pair}${cut === 0 ? '' : ` (${cut} cut short)`}`);
}

function loadColumns(rows: readonly DecisiveRow[], isLossy: boolean): Column<DecisiveRow>[] {
  const column = (title: string, cell: (row: DecisiveRow) => string): Column<DecisiveRow> => ({
    title,
    kind: 'label',
    cell: (row) => escapeMarkdown(cell(row)),
  });
  if (isLossy) return [];
  if (rows.some(({ carried }) => carried !== null))
    return [
      column('Held', ({ carried }) => carried?.highest?.name ?? 'none of the loads'),
      column('Broke at', ({ carried }) => carried?.broke?.name ?? 'not found'),
    ];
  const loads = new Set(rows.map(({ one }) => loadName(one.typical)));
  return loads.size === 1 ? [] : [column('Load', ({ one }) => loadName(one.typical))];
}

function scaledText(value: number | null, unit: number): string {
  return formatCount(value === null ? null : value / unit);
}

function networkText(one: CellRuns): string {
  const text = scaledText(costOf(one).bitsPerSecond, 1e6);
  const isEstimated = one.counted.some(({ wire }) => wire.ip_bytes_source === 'estimated');
  return isEstimated && text !== MISSING ? `≈ ${text}` : text;
}

function costNote(rows: readonly DecisiveRow[]): string {
  const costs = rows.map(({ one }) => costOf(one));
  const unknown = COSTS.filter(({ of }) => costs.some((cost) => of(cost) === null));
  const isOfAll = unknown.every(({ of }) => costs.every((cost) => of(cost) === null));
  const reasons = rows.flatMap(({ one }) =>
    one.counted.map(({ rss_bytes: { server_per_client_reason: reason } }) => reason),
  );
  const reason = reasons.find((one) => one !== null);
  const isMemory = unknown.some(({ title }) => title === 'GiB');
  const why = isMemory && reason != null ? ` (${escapeMarkdown(reason)})` : '';
  const names = listWords(unknown.map(({ title }) => title));
  const gaps =
    unknown.length === 0 ? '' : ` Not known of ${isOfAll ? 'any' : 'all'}: ${names}${why}.`;
  return `Cores: CPU of the server. GiB: what it holds for connected clients, at least. Mbit/s: both directions, with headers. The measured load is scaled linearly to so many clients: a bill, and no promise that one server carries it.${gaps}`;
}

/** More than this are below. */
const MOST_REASONS = 3;

/** `27 VALID, 21 SUSPECT, 0 INVALID: INSTRUMENT_DOMINATES in 18, SUBSCRIBER_BUSY in 3.` */
function verdictLine({ cells }: LabResult): string {
  if (cells.length === 0) return '';
  const of = (status: CellResult['verdict']['status']): number =>
    cells.filter(({ verdict }) => verdict.status === status).length;
  if (of('VALID') === cells.length)
    return `**Verdicts** ${plural(cells.length, 'cell')}, all ✔ VALID.`;
  const codes = cells.flatMap(({ verdict }) => [
    ...new Set(verdict.reasons.map(({ code }) => code)),
  ]);
  const found = [...groupBy(codes, (code) => code)].sort(([, a], [, b]) => b.length - a.length);
  const more = found.length - MOST_REASONS;
  const reasons = [
    ...found.slice(0, MOST_REASONS).map(([code, all]) => `${codeSpan(code)} in ${all.length}`),
    ...(more > 0 ? [plural(more, 'other reason')] : []),
  ];
  const why = reasons.length === 0 ? '' : `: ${listWords(reasons)}`;
  return `**Verdicts** ✔ ${of('VALID')} VALID, ⚠ ${of('SUSPECT')} SUSPECT, ✘ ${of('INVALID')} INVALID${why}. What to do about each is below.`;
}
