import type { RepairReport, SubscribersReport } from '../ipc/subscribers.js';
import type { DroppedDatagrams } from '../link/link-book.js';
import type { UsageReport } from '../process/usage.js';
import type { WindowRecorder } from '../record/window-recorder.js';
import type { PublishedRange } from '../workload/window.js';
import { mostOf, reconcile } from './reconcile.js';
import type { BenchSubscriber } from './subscriber.js';

/**
 * What one process of subscribers measured: settles the accounts and takes what was recorded. Once,
 * at the end. `ranges`, `drops`, `reliable` and `droppedOnLink`: see `reconcile`.
 */
export function collectReport(
  recorder: WindowRecorder,
  subscribers: readonly BenchSubscriber[],
  ranges: readonly PublishedRange[],
  drops: ReadonlyMap<number, number> | null,
  reliable: boolean,
  usage: UsageReport,
  droppedOnLink: readonly DroppedDatagrams[] | null = null,
  repairs: RepairReport | null = null,
): SubscribersReport {
  const { service, instrument, ipdv, staleness, scanning, membership } = recorder;
  const { from, count } = membership.positionsOf(ranges[0] ?? { first: 1, last: 0 });
  const foreign = membership.kind === 'observed';
  const inDatagram = mostOf(subscribers, ({ mostInDatagram }) => mostInDatagram);
  recorder.finish();
  return {
    ...reconcile(subscribers, ranges, drops, inDatagram, reliable, foreign, droppedOnLink),
    service: service.take(),
    receipt: recorder.takeReceipt(),
    instrument: instrument.take(),
    stamped: recorder.stamped,
    ipdv: ipdv.take(),
    staleness: staleness.take(),
    stalenessIdeal: staleness.takeIdeal(),
    arrivals: recorder.arrivals.report(from, count),
    due: recorder.originsOf(from, count),
    transit: { sum: recorder.transitSum, count: recorder.transitCount },
    decodeMicros: scanning.mean,
    deliveredBytes: recorder.deliveredBytes,
    lastDeliveredAt: recorder.lastDeliveredAt,
    repairs,
    usage,
  };
}
