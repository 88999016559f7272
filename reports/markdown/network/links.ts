/** What the emulated links of a run did with packets, cell by cell. */
import type { CellResult, LabResult, LinkFound } from '../../../bench/result/result.js';
import { formatCount, formatInteger, formatMicros, formatPercent, MISSING } from '../../format.js';
import { markedName } from '../../model/cells.js';
import {
  allowedText,
  congestionSentence,
  linkSentences,
  valueText,
} from '../../text/link-notes.js';
import { differingTable } from '../details/shared.js';
import { bullets, type Column, escapeMarkdown, section, table } from '../text.js';

export function linksSection(result: LabResult): string {
  if (result.links.length === 0) return '';
  const name: Column<CellResult> = {
    title: 'Cell',
    kind: 'label',
    cell: (cell) => escapeMarkdown(markedName(cell, result)),
  };
  return section(
    'Behind links',
    'The lab emulates each link between two network namespaces of this machine, packet by packet, a link of its own for every client. What it dropped it counts itself: over UDP the messages in its dropped datagrams and what the ledger charges to the network are two counts of the same loss. Delays and losses are those that were asked for; what TCP makes of them is this kernel’s.',
    escapeMarkdown(congestionSentence(result)),
    bullets(linkSentences(result).map(escapeMarkdown)),
    differingTable(
      [name, ...COLUMNS],
      result.cells.filter(({ link }) => link !== null),
    ),
    'Before the first cell the lab measured each link. With one figure outside what is allowed it would not have run:',
    table(
      CHECK_COLUMNS,
      result.links.flatMap(({ name: link, checks }) => checks.map((check) => ({ link, ...check }))),
    ),
  );
}

interface CheckRow {
  readonly link: string;
  readonly direction: 'up' | 'down' | 'both';
}

const CHECK_COLUMNS: readonly Column<CheckRow & LinkFound['checks'][number]>[] = [
  { title: 'Link', kind: 'label', cell: ({ link }) => escapeMarkdown(link) },
  { title: 'Direction', kind: 'text', cell: ({ direction }) => direction },
  { title: 'Figure', kind: 'text', cell: ({ what }) => escapeMarkdown(what) },
  { title: 'Requested', kind: 'number', cell: (check) => valueText(check, check.requested) },
  { title: 'Achieved', kind: 'number', cell: (check) => valueText(check, check.achieved) },
  { title: 'Allowed', kind: 'number', cell: allowedText },
];

type Counts = NonNullable<CellResult['link_counts']>;

function counted(title: string, of: (counts: Counts) => string): Column<CellResult> {
  return {
    title,
    kind: 'number',
    cell: ({ link_counts: counts }) => (counts === null ? MISSING : of(counts)),
  };
}

const COLUMNS: readonly Column<CellResult>[] = [
  counted('Packets down', ({ down }) => formatCount(down.packets)),
  counted('lost', ({ down }) => share(down.lost, down.packets)),
  counted('queue full', ({ down }) => share(down.overflow, down.packets)),
  counted('in an outage', ({ down }) => share(down.outage, down.packets)),
  counted('Packets up', ({ up }) => formatCount(up.packets)),
  counted('not delivered', ({ up }) => share(up.lost + up.overflow + up.outage, up.packets)),
  counted('Segments dropped', ({ dropped_segments: dropped }) => formatInteger(dropped)),
  {
    title: 'Sent again (TCP)',
    kind: 'number',
    cell: ({ link_counts, kernel }) =>
      link_counts?.dropped_segments === null
        ? MISSING
        : formatInteger(kernel.tcp_retransmitted_segments),
  },
  counted('Messages dropped', ({ dropped_messages: dropped }) => formatInteger(dropped)),
  {
    title: 'Network lost',
    kind: 'number',
    cell: ({ ledger }) => formatInteger(ledger.network_lost),
  },
  counted('Late p99', ({ lateness_us }) => formatMicros(lateness_us.p99)),
];

function share(part: number, whole: number): string {
  return whole === 0 ? MISSING : formatPercent(part / whole);
}
