/** What repair did in a cell. Pure. */
import { newRepairCounters } from '../../src/transports/counters.js';
import type { CellRecord } from '../cell-record.js';
import { LatencyTotal } from '../record/distribution.js';
import type { CellResult } from '../result/result.js';
import { ratio } from './ratio.js';
import type { MergedServers } from './shards.js';

/** Null without repair, and where one side left no report. */
export function repairFigures(
  { subscribers }: Pick<CellRecord, 'subscribers'>,
  server: Pick<MergedServers, 'counters'> | null,
  repair: string,
): CellResult['repairs'] {
  const reports = subscribers.flatMap(({ repairs }) => repairs ?? []);
  if (server === null || reports.length === 0) return null;
  const sum = newRepairCounters();
  const latency = new LatencyTotal();
  for (const report of reports) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += report.counters[name];
    latency.add(report.latency);
  }
  const { naks, repairs, repairBytes, repairsWithheld, sendBytes } = server.counters;
  const { repairsSuperseded: superseded } = server.counters;
  return {
    naks: sum.naks,
    naks_received: naks,
    sent: repairs,
    sent_bytes: repairBytes,
    overhead: ratio(repairBytes, sendBytes - repairBytes),
    repaired: sum.repaired,
    late: sum.late,
    superseded: sum.superseded,
    repair_us: {
      p50: latency.percentile(0.5),
      p99: latency.percentile(0.99),
      max: latency.max,
    },
    spurious: sum.spurious,
    futile: sum.futile,
    gone: sum.refused,
    withheld: repairsWithheld,
    redundancy:
      repair === 'nak'
        ? null
        : { received: sum.redundant, used: sum.used, unused: sum.unused, superseded },
  };
}
