import type { SubscribersReport } from '../ipc/subscribers.js';
import type { UsageReport } from '../process/usage.js';
import type { WindowRecorder } from '../record/window-recorder.js';
import type { PublishedRange } from '../workload/window.js';
import { settle } from './reconcile.js';
import type { BenchSubscriber } from './subscriber.js';

/**
 * What one process of subscribers measured: settles the accounts and takes what was recorded. Once,
 * at the end. `ranges`, `drops` and `reliable`: see `settle`.
 */
export function collectReport(
  recorder: WindowRecorder,
  subscribers: readonly BenchSubscriber[],
  ranges: readonly PublishedRange[],
  drops: ReadonlyMap<number, number> | null,
  reliable: boolean,
  usage: UsageReport,
): SubscribersReport {
  const { service, ipdv, staleness, plan, scanning, observed } = recorder;
  recorder.finish();
  return {
    ...settle(subscribers, ranges, drops, recorder.mostInRead, reliable, observed !== null),
    service: service.take(),
    ipdv: ipdv.take(),
    staleness: staleness.take(),
    ...(observed === null
      ? { arrivals: recorder.arrivals.report(), due: plan.due }
      : observedArrivals(recorder, ranges[0])),
    transit: { sum: recorder.transitSum, count: recorder.transitCount },
    decodeMicros: scanning.mean,
    deliveredBytes: recorder.deliveredBytes,
    lastDeliveredAt: recorder.lastDeliveredAt,
    usage,
  };
}

/**
 * Of what was observed only the messages of the window are sent: there is room for many more. In
 * place of the intended times stand the stamps, NaN where no subscriber of this process has
 * received the message.
 */
function observedArrivals(
  recorder: WindowRecorder,
  { first, last }: PublishedRange = { first: 1, last: 0 },
): Pick<SubscribersReport, 'arrivals' | 'due'> {
  const whole = recorder.arrivals.report();
  const places = Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, i) => first + i - recorder.plan.first,
  );
  return {
    arrivals: {
      first: Float64Array.from(places, (at) => whole.first[at] ?? 0),
      last: Float64Array.from(places, (at) => whole.last[at] ?? 0),
      count: Uint32Array.from(places, (at) => whole.count[at] ?? 0),
    },
    due: recorder.stamps(first, last),
  };
}
