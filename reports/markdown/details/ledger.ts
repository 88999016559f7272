/** Where every message went, per cell. The sum is added up again here, from the parts. */

import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { isTarget } from '../../../bench/result/server.js';
import { formatInteger, formatPercent, MISSING } from '../../format.js';
import { markedName } from '../../model/cells.js';
import { type Column, escapeMarkdown, section } from '../text.js';
import { differingTable } from './shared.js';

const DATAGRAMS = 'Datagrams, by their own sequence numbers:';
const GROUPS = 'A multicast server sends each datagram once; every member receives or loses it.';
const CANNOT_TELL = 'cannot tell';
const FOREIGN =
  'Network: in datagrams that the server numbered and that never came to a socket here: lost on the way, or in the buffers of the server, whose send errors are unknown.';

export function ledgerSection(result: LabResult): string {
  if (result.cells.length === 0) return '';
  const name: Column<CellResult> = {
    title: 'Cell',
    kind: 'label',
    cell: (cell) => escapeMarkdown(markedName(cell, result)),
  };
  const isForeign = result.cells.some((cell) => isTarget(cell) || cell.link !== null);
  const datagramCells = result.cells.filter((cell) => cell.datagrams !== null);
  return section(
    'Where every message went',
    `expected = delivered + send errors + dropped by policy + conflated + kernel drops + ${isForeign ? 'network + ' : ''}late + unattributed, in (message, client) pairs. More than 0.01 % unattributed makes a cell INVALID.`,
    differingTable(
      [name, ...LEDGER_COLUMNS.filter((column) => isForeign || column !== NETWORK).map(ofAccount)],
      result.cells,
    ),
    result.cells.some(isTarget) ? FOREIGN : '',
    datagramCells.length === 0 ? '' : DATAGRAMS,
    datagramCells.some(({ transport }) => transport === 'udp-multicast') ? GROUPS : '',
    differingTable([name, ...DATAGRAM_COLUMNS], datagramCells),
  );
}

const NETWORK: Column<CellResult> = {
  title: 'Network',
  kind: 'number',
  cell: ({ server, link, ledger: { network_lost: lost } }) =>
    lost !== null
      ? formatInteger(lost)
      : server.kind === 'local' && link === null
        ? MISSING
        : CANNOT_TELL,
};

const LEDGER_COLUMNS: readonly Column<CellResult>[] = [
  {
    title: 'Published × joined',
    kind: 'number',
    cell: ({ ledger }) => publishedTimesJoined(ledger),
  },
  { title: 'Expected', kind: 'number', cell: ({ ledger }) => formatInteger(ledger.expected) },
  { title: 'Delivered', kind: 'number', cell: ({ ledger }) => formatInteger(ledger.delivered) },
  { title: 'Send errors', kind: 'number', cell: ({ ledger }) => formatInteger(ledger.send_errors) },
  {
    title: 'Dropped by policy',
    kind: 'number',
    cell: ({ ledger }) => formatInteger(ledger.dropped_by_policy),
  },
  { title: 'Conflated', kind: 'number', cell: ({ ledger }) => formatInteger(ledger.conflated) },
  {
    title: 'Kernel drops',
    kind: 'number',
    cell: ({ ledger: { kernel_receive_drops: drops } }) =>
      drops === null ? CANNOT_TELL : formatInteger(drops),
  },
  NETWORK,
  { title: 'Late', kind: 'number', cell: ({ ledger }) => formatInteger(ledger.late) },
  { title: 'Unattributed', kind: 'number', cell: ({ ledger }) => unattributed(ledger) },
  { title: 'Balance', kind: 'number', cell: ({ ledger }) => balance(ledger) },
];

const DATAGRAM_COLUMNS: readonly Column<CellResult>[] = (
  ['sent', 'received', 'lost', 'duplicated', 'reordered'] as const
).map((key) => ({
  title: key.charAt(0).toUpperCase() + key.slice(1),
  kind: 'number',
  cell: (cell) => formatInteger(cell.datagrams?.[key] ?? null),
}));

/** A worker that died left no account: there is nothing to tell of, or not to be able to. */
function ofAccount(column: Column<CellResult>): Column<CellResult> {
  return {
    ...column,
    cell: (cell) => (cell.ledger.balanced === null ? MISSING : column.cell(cell)),
  };
}

type Ledger = CellResult['ledger'];

function publishedTimesJoined({ published, joined }: Ledger): string {
  return `${formatInteger(published)} × ${formatInteger(joined)}`;
}

function unattributed(ledger: Ledger): string {
  const { unattributed: rest, expected } = ledger;
  if (!rest || !expected) return formatInteger(rest);
  return `${formatInteger(rest)} (${formatPercent(rest / expected)})`;
}

const PARTS = [
  'delivered',
  'send_errors',
  'dropped_by_policy',
  'conflated',
  'kernel_receive_drops',
  'network_lost',
  'late',
  'unattributed',
] as const;

/** A ledger whose parts do not add up is said to be wrong whatever its own flag says. */
function balance(ledger: Ledger): string {
  const rest = (ledger.expected ?? 0) - PARTS.reduce((sum, part) => sum + (ledger[part] ?? 0), 0);
  if (rest !== 0) return `✘ parts are off by ${formatInteger(Math.abs(rest))}`;
  return ledger.balanced ? '✔ balanced' : '✘ not balanced';
}
