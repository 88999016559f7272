/**
 * The figures beside latency and loss, a row for each cell: what nothing measured is named, not
 * drawn as a column of dashes.
 */
import type { LabResult } from '../../../bench/result/result.js';
import { formatCount, formatPercent, MISSING } from '../../format.js';
import { type CellRuns, cellRunsOf, markedRunsName, medianOf } from '../../model/cell-runs.js';
import { workloadsOf } from '../../model/cells.js';
import { bullets, type Column, escapeMarkdown, section } from '../text.js';
import {
  counted,
  ENDS,
  FRESHNESS,
  type Measure,
  measure,
  overRuns,
  STAGES,
  STEADINESS,
} from './measure-rows.js';
import { differingTable } from './shared.js';

export function measuresSections(result: LabResult): string[] {
  if (result.cells.length === 0) return [];
  const rows = workloadsOf(result).flatMap((workload) => cellRunsOf(result, workload));
  const tableOf = (measures: readonly Measure[]): string => measureTable(result, rows, measures);
  return [
    section(
      'To the last client, and how fresh',
      `Last client: from the moment a message was due until the last client had it, over the messages that reached every client. Skew: last − first. Staleness: how old the newest value is that a client holds of a key, looked at again and again; what was lost or is stuck makes it grow. Service: latency without the generator's own lateness.${overRuns(result)}`,
      tableOf(FRESHNESS),
    ),
    section(
      'To the kernel of the client, and to its code',
      'Arrival: from the moment a message was due until the kernel of the client had it. Receipt: until the code of the lab’s own client had it. Instrument: receipt − arrival, which the lab adds and a client with one socket does not: pair by pair, receipt = arrival + instrument. Unstamped: deliveries without a stamp of the kernel, whose arrival is their receipt.',
      tableOf(ENDS),
    ),
    section(
      'Steadiness and order',
      'Jitter: RFC 3550, over the clients. IPDV: difference in service time of consecutive messages of a client. PDV: service time above the smallest of the cell. Reordered: RFC 4737, duplicates set aside; extent: messages that came since the first that overtook it; n-reordered: the 1, 2, 3 messages right before it were all later ones. Verified: contents compared with what was published, a sample.',
      tableOf(STEADINESS),
    ),
    section(
      'Where the time goes',
      'Means. Schedule: due → the generator gets to it. Queue: waiting for the batch, and for its turn in the send loop; over TCP it cannot be told from kernel and network and is in it. Kernel and network: send call → the kernel of the client has it. Instrument: until the client has read it; where nothing was stamped that is in kernel and network. Decode comes after that and is in no latency. First and last: clients by tenth of the order in which they joined.',
      tableOf(STAGES),
    ),
    section(
      'Beside a bare socket, and what the kernel counted',
      'Bare socket: what a loop without core and codec delivers to as many clients with as many bytes per write; the share says how much of that was delivered here. Read the rest as room that is left only where the load was meant to fill the socket. The kernel’s counters are of the whole host, whoever caused them; what a sender counts is left out where that is another host.',
      tableOf(LIMITS),
      ceilingReasons(result),
    ),
  ];
}

function measureTable(
  result: LabResult,
  rows: readonly CellRuns[],
  measures: readonly Measure[],
): string {
  const known = measures.filter(({ text }) => rows.some((one) => text(one) !== null));
  const absent = measures
    .filter((measure) => !known.includes(measure))
    .map(({ title }) => title.toLowerCase());
  const name: Column<CellRuns> = {
    title: 'Cell',
    kind: 'label',
    cell: (one) => escapeMarkdown(markedRunsName(one, result)),
  };
  const columns = known.map(
    ({ title, text }): Column<CellRuns> => ({
      title,
      kind: 'number',
      cell: (one) => text(one) ?? MISSING,
    }),
  );
  const note = absent.length === 0 ? '' : `Not measured in this result: ${absent.join(', ')}.`;
  return [known.length === 0 ? '' : differingTable([name, ...columns], rows), note]
    .filter((block) => block !== '')
    .join('\n\n');
}

const LIMITS: readonly Measure[] = [
  measure(
    'Bare socket',
    (one) => medianOf(one, (cell) => cell.ceiling.messages_per_s),
    (value) => `${formatCount(value)}/s`,
  ),
  measure('Delivered of that', (one) => medianOf(one, (cell) => cell.ceiling.ratio), formatPercent),
  counted('Host UDP RcvbufErrors', (cell) => cell.kernel.udp_rcvbuf_errors),
  counted('Host UDP SndbufErrors', (cell) => cell.kernel.udp_sndbuf_errors),
  counted('Host UDP InErrors', (cell) => cell.kernel.udp_in_errors),
  counted('Host TCP retransmissions', (cell) => cell.kernel.tcp_retransmitted_segments),
];

/** Why there is no bare socket to set a cell beside, each reason once. */
function ceilingReasons({ cells }: LabResult): string {
  const reasons = new Set(
    cells.map(({ ceiling }) => ceiling.reason).filter((reason) => reason !== null),
  );
  return reasons.size === 0
    ? ''
    : bullets([...reasons].map((reason) => `Bare socket: ${escapeMarkdown(reason)}`));
}
