import type { PublishedRange, SubscribersReport, UsageReport } from './messages.js';
import { settle } from './settle.js';
import type { BenchSubscriber } from './subscriber.js';
import type { WindowRecorder } from './window-recorder.js';

/**
 * What one process of subscribers measured: settles the accounts and takes what was recorded. Once, at the end. `ranges`,
 * `drops` and `reliable`: see `settle`.
 */
export function collectReport(
  recorder: WindowRecorder,
  subscribers: readonly BenchSubscriber[],
  ranges: readonly PublishedRange[],
  drops: ReadonlyMap<number, number> | null,
  reliable: boolean,
  usage: UsageReport,
): SubscribersReport {
  const { service, ipdv, staleness, arrivals, plan, scanning } = recorder;
  recorder.finish();
  return {
    ...settle(subscribers, ranges, drops, reliable),
    service: service.take(),
    ipdv: ipdv.take(),
    staleness: staleness.take(),
    arrivals: arrivals.report(),
    due: plan.due,
    transit: { sum: recorder.transitSum, count: recorder.transitCount },
    decodeMicros: scanning.mean,
    deliveredBytes: recorder.deliveredBytes,
    lastDeliveredAt: recorder.lastDeliveredAt,
    usage,
  };
}
