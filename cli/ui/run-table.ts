/** A result on a terminal: one table, why a cell is doubtful, and beside what to read it. Pure. */

import type {
  Baselines,
  CellResult,
  LabResult,
  RoundTrip,
  VerdictReason,
} from '../../bench/result/result.js';
import { isTarget, localServer } from '../../bench/result/server.js';
import { missingShare } from '../../bench/result/survivors.js';
import {
  formatBytes,
  formatCount,
  formatCpuMicros,
  formatInteger,
  formatInterval,
  formatMicros,
  formatPercent,
  formatRatio,
  MISSING,
} from '../../reports/format.js';
import {
  type CellRuns,
  cellRunsOf,
  estimate,
  largestOf,
  medianOf,
  pooledLoss,
  runsVerdict,
  singleRun,
} from '../../reports/model/cell-runs.js';
import {
  groupBy,
  inPlanOrder,
  isRepeated,
  listWords,
  loadSuffix,
  pairName,
  plural,
  verdictMark,
  workloadsOf,
} from '../../reports/model/cells.js';
import { oneWayText } from '../../reports/model/one-way.js';
import { echoName } from '../../reports/text/echo-name.js';
import { latencySentences } from '../../reports/text/latency-notes.js';
import { repeatSentence } from '../../reports/text/repeat-notes.js';
import { sessionSentences } from '../../reports/text/session-notes.js';
import { summarize } from '../../reports/text/summary.js';
import { isRelative, targetSentences } from '../../reports/text/target-notes.js';
import { visibleLine } from '../../reports/visible-text.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { wrap } from './text.js';

/**
 * Tables stay within this many columns however wide the terminal is: they are read, quoted and
 * pasted.
 */
export const MAX_WIDTH = 100;

const COLORS = { VALID: 'green', SUSPECT: 'yellow', INVALID: 'red' } as const satisfies Record<
  CellResult['verdict']['status'],
  string
>;

/** More findings than this are in the report only. */
const MAX_FINDINGS = 16;

/** Differences below this are rounding: the ledger itself may leave as much unexplained. */
const SHOWN_MISSING = 1e-4;

/**
 * From this many runs on, a cell is one row with its median and interval; below, each run has a
 * row.
 */
const FEWEST_FOR_ONE_ROW = 3;

/**
 * The table, the findings and the yardstick, ending in a newline. `width`: columns of the terminal.
 */
export function renderRun(measured: LabResult, width: number, style: Style): string {
  const columns = Math.min(width, MAX_WIDTH);
  const joined = isJoined(measured);
  const result = inPlanOrder(measured);
  const groups = workloadsOf(result).map((workload) => ({
    title: workload.name + offered(workload.cells[0]!),
    rows: joined ? cellRunsOf(result, workload) : workload.cells.map(singleRun),
  }));
  const summary = summarize(result);
  const blocks = [
    badFindings(result, columns, style),
    result.cells.length === 0 ? '' : renderGrid(runColumns(result, joined), groups, columns, style),
    joined ? wrap(JOINED_NOTE, columns) : '',
    wrap(latencySentences(result).join(' '), columns),
    wrap(summary.headline, columns),
    summary.carried.map((text) => wrap(text, columns, '  ')).join('\n'),
    findings(result, columns, style),
    facts(result, columns, style, summary.rankingCommand),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** What the doctor found to spoil every figure below, before anybody reads one. */
function badFindings({ environment }: LabResult, width: number, style: Style): string {
  return environment.doctor
    .filter(({ status }) => status === 'bad')
    .flatMap(({ check, value, advice }) => [
      wrap(`✘ ${check}: ${value}`, width, '  ').replace('✘', style('red', '✘')),
      ...(advice === null ? [] : [`  ${wrap(`→ ${advice}`, width - 2, '    ')}`]),
    ])
    .join('\n');
}

const JOINED_NOTE =
  'Medians over the runs that are neither INVALID nor cut short, the worst verdict of all runs with its count; [ ] is the 95 % bootstrap interval of the median; loss is of these runs together, max the highest.';

/** Are there enough runs of some cell for a row that stands for all of them? */
function isJoined({ cells }: LabResult): boolean {
  return cells.some(({ run }) => run >= FEWEST_FOR_ONE_ROW);
}

function offered({ clients, rate_per_s: rate }: CellResult): string {
  return rate === null ? '' : ` → ${formatCount(clients * rate)} deliveries/s offered`;
}

function runColumns(result: LabResult, joined: boolean): Column<CellRuns>[] {
  const relative = isRelative(result);
  const above = relative ? '\n− min' : '';
  const percentile =
    (key: 'p50' | 'p99') =>
    (cell: CellResult): number | null =>
      relative ? cell.pdv_us[key] : cell.latency_us[key];
  const p99 = (one: CellRuns): string => {
    const known = estimate(one, percentile('p99'), result.seed);
    if (known === null) return MISSING;
    const text = formatInterval(known.median, known.interval, formatMicros);
    return relative ? text : oneWayText(text, known.median, one);
  };
  const ofOurs: Column<CellRuns>[] = [
    {
      title: 'server\nCPU/msg',
      align: 'right',
      cell: (one) => formatCpuMicros(medianOf(one, (cell) => cell.cpu_us_per_delivery.server)),
      spare: 3,
    },
  ];
  const ofOneClock: Column<CellRuns>[] = [
    {
      title: 'max',
      align: 'right',
      cell: (one) => formatMicros(largestOf(one, (cell) => cell.latency_us.max)),
      spare: 2,
    },
    {
      title: 'p50 ×\nRTT/2',
      align: 'right',
      cell: (one) => formatRatio(medianOf(one, (cell) => cell.ping_ratio.p50)),
      spare: 1,
    },
  ];
  return [
    {
      title: 'verdict',
      align: 'left',
      cell: runsVerdict,
      format: ({ status }) => COLORS[status],
    },
    {
      title: 'cell',
      align: 'left',
      cell: ({ pair, typical }) => (joined ? pair : cellName(typical, result)),
      shrinkTo: 8,
    },
    {
      title: joined ? 'delivered\n/s' : 'delivered/s',
      align: 'right',
      cell: (one) => formatCount(medianOf(one, ({ goodput }) => goodput.messages_per_s)),
    },
    {
      title: 'loss',
      align: 'right',
      cell: (one) => formatPercent(pooledLoss(one)),
      format: (one) => ((pooledLoss(one) ?? 0) > 0 ? 'yellow' : null),
    },
    {
      title: `p50${above}`,
      align: 'right',
      cell: (one) => {
        const median = medianOf(one, percentile('p50'));
        return relative ? formatMicros(median) : oneWayText(formatMicros(median), median, one);
      },
    },
    { title: `${joined ? 'p99 [95 %]' : 'p99'}${above}`, align: 'right', cell: p99 },
    ...(relative ? [] : ofOneClock),
    ...instrument(result),
    ...(result.cells.every(isTarget) ? [] : ofOurs),
    ...memoryPerClient(result),
  ];
}

/** What the lab's own clients add to an arrival: known only where the kernel stamped it. */
function instrument({ cells }: LabResult): Column<CellRuns>[] {
  if (cells.every(({ instrument_us }) => instrument_us === null)) return [];
  return [
    {
      title: 'instru-\nment p99',
      align: 'right',
      cell: (one) => formatMicros(medianOf(one, (cell) => cell.instrument_us?.p99 ?? null)),
      spare: 3,
    },
  ];
}

/** What an idle client costs: measured only where there are many. */
function memoryPerClient({ cells }: LabResult): Column<CellRuns>[] {
  if (cells.every(({ rss_bytes: { server_per_client: bytes } }) => bytes === null)) return [];
  return [
    {
      title: 'memory\n/client',
      align: 'right',
      cell: (one) => formatBytes(medianOf(one, (cell) => cell.rss_bytes.server_per_client)),
      spare: 4,
    },
  ];
}

function cellName(cell: CellResult, result: LabResult): string {
  return isRepeated(result) ? `${pairName(cell)} #${cell.run}` : pairName(cell);
}

/** What stands against the cells, the worst first, and what to do about it; each hint once. */
function findings(result: LabResult, width: number, style: Style): string {
  const joined = isJoined(result);
  const found = result.cells.flatMap((cell) => remarks(cell).map((reason) => ({ cell, reason })));
  // Over many runs the same reason comes again and again with other figures.
  const groups = groupBy(found, ({ reason }) =>
    JSON.stringify([reason.code, joined ? reason.severity : reason.message]),
  );
  const ordered = [...groups.values()].sort((a, b) => rank(a[0]!.reason) - rank(b[0]!.reason));
  const hinted = new Set<string>();
  const lines = ordered.slice(0, MAX_FINDINGS).flatMap((group) => {
    const { reason } = group[0]!;
    const runs = groupBy(group, ({ cell }) => nameOf(cell, result, joined));
    const names = joined
      ? [...runs].map(([name, { length }]) => `${name} (${plural(length, 'run')})`)
      : group.map(({ cell }) => nameOf(cell, result, joined));
    const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    const mark = reason.severity === 'NOTE' ? '·' : verdictMark(reason.severity);
    const color = reason.severity === 'NOTE' ? 'dim' : COLORS[reason.severity];
    const others = new Set(group.map((one) => one.reason.message)).size - 1;
    const more = others === 0 ? '' : ` (and ${others} like it)`;
    const text = wrap(`${mark} ${listWords(shown)}: ${reason.message}${more}`, width, '  ');
    const hint =
      reason.hint === '' || hinted.has(reason.hint)
        ? []
        : [`  ${wrap(`→ ${reason.hint}`, width - 2, '    ')}`];
    hinted.add(reason.hint);
    return [text.replace(mark, style(color, mark)), ...hint];
  });
  const left = ordered.length - MAX_FINDINGS;
  if (left > 0) lines.push(`  … and ${left} more, all of them in the report`);
  return lines.join('\n');
}

/** What a finding calls a cell: enough to find it among several loads. */
function nameOf(cell: CellResult, result: LabResult, joined: boolean): string {
  if (joined) return pairName(cell) + loadSuffix(cell, result);
  return loadSuffix(cell, result) === '' ? cellName(cell, result) : cell.id;
}

interface Remark extends Omit<VerdictReason, 'severity'> {
  readonly severity: VerdictReason['severity'] | 'NOTE';
}

function remarks(cell: CellResult): Remark[] {
  const all: Remark[] = [...cell.verdict.reasons];
  if (cell.incomplete && all.length === 0) {
    const message = 'cut short; its figures cover what there was';
    all.push({ code: 'CUT_SHORT', severity: 'NOTE', message, hint: '' });
  }
  const missing = missingShare(cell) ?? 0;
  // Loss is what went out and did not arrive. What never went out would otherwise be in no column.
  if (missing - (cell.loss_ratio ?? 0) > SHOWN_MISSING) {
    const { send_errors, dropped_by_policy, conflated } = cell.ledger;
    const message = `${formatPercent(missing)} of what was expected is missing, more than the loss: ${formatInteger(dropped_by_policy)} skipped by policy ${localServer(cell)?.policy ?? null}, ${formatInteger(conflated)} conflated, ${formatInteger(send_errors)} send errors, ${formatInteger(cell.late)} late`;
    all.push({ code: 'MISSING', severity: 'NOTE', message, hint: '' });
  }
  return all;
}

function rank({ severity }: Remark): number {
  return ['INVALID', 'SUSPECT', 'NOTE'].indexOf(severity);
}

function facts(
  result: LabResult,
  width: number,
  style: Style,
  rankingCommand: string | null,
): string {
  const lines = [
    ...targetSentences(result).map((text, i) =>
      labelled(i === 0 ? 'target' : '', text, width, style),
    ),
    ...[result.baselines, ...result.baselines_other_sizes].map((one) =>
      labelled('ping', `${baselineText(one)}${yardstick(result)}`, width, style),
    ),
  ];
  lines.unshift(
    // The label says the first word.
    ...sessionSentences(result).map((text) =>
      labelled('resumed', visibleLine(text.replace(/^Resumed /, '')), width, style),
    ),
  );
  if (result.incomplete) {
    lines.unshift(labelled('cut', cutSentence(result), width, style));
  }
  const { inject } = result.config.effective;
  if (inject !== null) {
    lines.unshift(labelled('fault', `injected on purpose: ${inject}`, width, style));
  }
  if (result.repeat.mode === 'auto') {
    lines.unshift(labelled('runs', repeatSentence(result).replaceAll('`', ''), width, style));
  }
  const commands = [labelled('again', result.command, Number.POSITIVE_INFINITY, style)];
  if (rankingCommand !== null) {
    commands.push(labelled('to rank', rankingCommand, Number.POSITIVE_INFINITY, style));
  }
  return [...lines, ...commands].join('\n');
}

/** A worker that died costs its own cell, an interruption all that would have followed. */
function cutSentence({ cells, ended }: LabResult): string {
  const measured = `${plural(cells.length, 'cell')} measured`;
  // An interruption is what the sentences below are about.
  if (ended !== undefined && ended.code !== 'INTERRUPTED')
    return `${measured}; ${visibleLine(ended.message)}`;
  const cut = cells.filter(({ incomplete }) => incomplete);
  const interrupted = cut.some(({ verdict }) =>
    verdict.reasons.some(({ code }) => code === 'INTERRUPTED'),
  );
  if (cut.length === 0 || interrupted) return `${measured}; the run did not reach its end`;
  return `${measured}, ${cut.length} of them not to the end`;
}

/** A line under the table: `label   text`. */
export function labelled(label: string, text: string, width: number, style: Style): string {
  const indent = ' '.repeat(8);
  return (
    style('bold', label.padEnd(indent.length)) +
    wrap(text, width - indent.length).replaceAll('\n', `\n${indent}`)
  );
}

/** `127.0.0.1, 40 B: RTT p50 45.0 µs, max 120 µs · TCP echo (native) RTT p50 16.1 µs, …`. */
function baselineText({ ping, echo, size_bytes: size }: Baselines): string {
  const [tcp, udp] = [echoName('TCP', echo.tcp), echoName('UDP', echo.udp)];
  const echoes = `${tcp} ${tripText(echo.tcp)} · ${udp} ${tripText(echo.udp)}`;
  return `${ping.host}, ${formatBytes(size)}: ${tripText(ping)} · ${echoes}`;
}

function tripText({ rtt_us: rtt, reason, hint }: RoundTrip): string {
  if (rtt !== null) {
    const limit = reason === null ? '' : ` (${reason})`;
    return `RTT p50 ${formatMicros(rtt.p50)}, max ${formatMicros(rtt.max)}${limit}`;
  }
  return `not available: ${[reason, hint].filter((part) => part !== null).join(' → ')}`;
}

/** Says so when the ratio column is not about ping. */
function yardstick(result: LabResult): string {
  const others = new Set(
    result.cells.map(({ ping }) => ping.reference).filter((name) => name.startsWith('echo')),
  );
  return others.size === 0 ? '' : ` · the ratio is to the ${[...others].join(' and ')} instead`;
}
