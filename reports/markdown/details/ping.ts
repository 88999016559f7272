/** Latency beside the round trip of the machine or network it was measured on. */
import type { Baselines, CellResult, LabResult, RoundTrip } from '../../../bench/result/result.js';
import { formatBytes, formatMicros, formatRatio, MISSING } from '../../format.js';
import { markedName } from '../../model/cells.js';
import { echoName } from '../../text/echo-name.js';
import { bullets, type Column, escapeMarkdown, section, table } from '../text.js';
import { differingTable } from './shared.js';

const REFERENCE_NAMES: Readonly<Record<CellResult['ping']['reference'], string>> = {
  ping: 'ping',
  'echo-tcp': 'TCP echo',
  'echo-udp': 'UDP echo',
  none: 'none',
};

export function pingSection(result: LabResult): string {
  return section(
    'Beside the round trip',
    'Half a round trip is a yardstick and not a one-way delay: the lab does not measure how a round trip divides into there and back. The last two columns say how many times as long a message took.',
    differingTable(ratioColumns(result), result.cells),
    ...remarks(result),
    table(BASELINE_COLUMNS, baselineRows(result)),
  );
}

function ratioColumns(result: LabResult): [Column<CellResult>, ...Column<CellResult>[]] {
  const half = (rtt: number | undefined): string =>
    formatMicros(rtt === undefined ? null : rtt / 2);
  return [
    { title: 'Cell', kind: 'label', cell: (cell) => escapeMarkdown(markedName(cell, result)) },
    { title: 'Yardstick', kind: 'text', cell: (cell) => REFERENCE_NAMES[cell.ping.reference] },
    {
      title: 'RTT idle p50 / max',
      kind: 'number',
      cell: (cell) => rttText(cell.ping.reference_rtt_us),
    },
    {
      title: 'Ping under load p50 / max',
      kind: 'number',
      cell: (cell) => rttText(cell.ping.under_load.rtt_us),
    },
    { title: 'Latency p50', kind: 'number', cell: (cell) => formatMicros(cell.latency_us.p50) },
    {
      title: 'Half the RTT p50',
      kind: 'number',
      cell: (cell) => half(cell.ping.reference_rtt_us?.p50),
    },
    {
      title: 'p50 ÷ half the RTT p50',
      kind: 'number',
      cell: (cell) => formatRatio(cell.ping_ratio.p50),
    },
    {
      title: 'p99 ÷ half the RTT max',
      kind: 'number',
      cell: (cell) => formatRatio(cell.ping_ratio.p99),
    },
  ];
}

function rttText(rtt: { p50: number; max: number } | null): string {
  return rtt === null ? MISSING : `${formatMicros(rtt.p50)} / ${formatMicros(rtt.max)}`;
}

/** Why a figure is missing, each reason once. */
function remarks(result: LabResult): string[] {
  const said = new Set<string>();
  for (const { ping } of allBaselines(result)) {
    if (!ping.available) said.add(`No ping: ${reasonOf(ping)}`);
    else if (ping.reason !== null) said.add(`Ping: ${ping.reason}`);
  }
  for (const cell of result.cells) {
    const { under_load: underLoad } = cell.ping;
    // Without any ping there is none under load either: once is enough.
    if (!underLoad.available && result.baselines.ping.available) {
      said.add(`No ping under load: ${reasonOf(underLoad)}`);
    } else if (underLoad.available && underLoad.reason !== null) {
      said.add(`Ping under load: ${underLoad.reason}`);
    }
    if (cell.ping_ratio.reason !== null) said.add(`Ratio: ${cell.ping_ratio.reason}`);
  }
  const echoes = new Set(
    result.cells.map((cell) => cell.ping.reference).filter((name) => name.startsWith('echo')),
  );
  for (const name of echoes) {
    said.add(`Where there is no ping, the yardstick is the lab's own ${REFERENCE_NAMES[name]}.`);
  }
  return said.size === 0 ? [] : [bullets([...said].map(escapeMarkdown))];
}

function reasonOf(trip: RoundTrip): string {
  return [trip.reason ?? 'no reason was recorded', trip.hint]
    .filter((part) => part !== null)
    .join(' → ');
}

interface BaselineRow {
  readonly name: string;
  readonly trip: RoundTrip;
}

const BASELINE_COLUMNS: readonly Column<BaselineRow>[] = [
  { title: 'Idle baseline', kind: 'text', cell: ({ name }) => name },
  { title: 'Host', kind: 'text', cell: ({ trip }) => escapeMarkdown(trip.host) },
  { title: 'Payload', kind: 'number', cell: ({ trip }) => formatBytes(trip.size_bytes) },
  { title: 'Replies', kind: 'number', cell: ({ trip }) => `${trip.received} of ${trip.sent}` },
  { title: 'RTT min', kind: 'number', cell: ({ trip }) => formatMicros(trip.rtt_us?.min ?? null) },
  { title: 'p50', kind: 'number', cell: ({ trip }) => formatMicros(trip.rtt_us?.p50 ?? null) },
  { title: 'avg', kind: 'number', cell: ({ trip }) => formatMicros(trip.rtt_us?.avg ?? null) },
  { title: 'max', kind: 'number', cell: ({ trip }) => formatMicros(trip.rtt_us?.max ?? null) },
];

function baselineRows(result: LabResult): BaselineRow[] {
  return allBaselines(result).flatMap(({ ping, echo }) =>
    [
      { name: 'ping', trip: ping },
      { name: echoName('TCP', echo.tcp), trip: echo.tcp },
      { name: echoName('UDP', echo.udp), trip: echo.udp },
    ].filter(({ trip }) => trip.available),
  );
}

function allBaselines(result: LabResult): Baselines[] {
  return [result.baselines, ...result.baselines_other_sizes];
}
