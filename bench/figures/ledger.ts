/** Where every message of the window went, for every subscriber. Pure. */
import type { CellRecord } from '../cell-record.js';
import { droppedIn } from '../link/dropped.js';
import { balance, type KeptLedger } from '../result/ledger.js';
import type { MergedServers } from './shards.js';
import type { Totals } from './sum-reports.js';

/**
 * Causes are charged in the order in which they strike a message; none may explain more than is
 * still missing. `reached`: subscribers that each send is for.
 */
export function ledgerOf(
  server: MergedServers | null,
  { joined, subscribers, link, server: { kind } }: CellRecord,
  totals: Totals,
  reached: number,
): KeptLedger {
  const published = server?.publishedBy ?? [];
  // To each what its own shard published: the same for all, unless shards were cut short or fell
  // behind.
  const expected = published.reduce(
    (sum, messages, shard) =>
      sum +
      messages * subscribers.reduce((clients, report) => clients + (report.joined[shard] ?? 0), 0),
    0,
  );
  let missing = expected - totals.delivered;
  const charge = (amount: number): number => {
    const charged = Math.max(0, Math.min(amount, missing));
    missing -= charged;
    return charged;
  };
  const dropped = charge(totals.droppedByPolicy);
  const conflated = charge(totals.conflated);
  // A refused send leaves a gap in the numbers of the datagrams: where none is missing, it explains
  // nothing.
  const refused = Math.min(
    (server?.counters.sendErrorMessages ?? 0) * reached,
    totals.inLostDatagrams,
  );
  const sendErrors = kind === 'local' && server !== null ? charge(refused) : null;
  // Of processes that left no report nobody knows.
  const kernelDrops = subscribers.length === 0 ? null : totals.kernelDrops;
  const isTold = kind === 'local' ? droppedIn(link?.after ?? null) !== null : kernelDrops !== null;
  const entries = {
    published: server?.published ?? 0,
    joined,
    expected,
    delivered: totals.delivered,
    dropped_by_policy: dropped,
    conflated,
    send_errors: sendErrors,
    kernel_receive_drops: kernelDrops === null ? null : charge(kernelDrops),
    network_lost: isTold ? charge(totals.network) : null,
    late: charge(totals.late + totals.inFlight),
    subscribers_unbalanced: totals.unbalanced,
  };
  return balance(entries, totals.unexplained - (sendErrors ?? 0));
}
