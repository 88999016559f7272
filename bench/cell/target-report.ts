/**
 * What the subscribers of a server that is not ours tell about it, in the form of the report it
 * does not send. Pure.
 */
import { newServerCounters } from '../../src/transports/counters.js';
import type { ServerReport } from '../ipc/server.js';
import type { SubscribersReport } from '../ipc/subscribers.js';
import { UNKNOWN_USE } from '../process/usage.js';
import type { LatencyCounts } from '../record/latency-recorder.js';
import type { ObservedWindow, PublishedRange, Span } from '../workload/window.js';

export const NO_MESSAGES: PublishedRange = { first: 1, last: 0 };

/**
 * The messages of the window: from one behind the newest that anybody saw before it to the newest
 * that anybody saw of it. Numbers have no gaps at the publisher. What nobody received between them
 * was published too; at the end of the window it is not counted, at its beginning it is, though
 * both lie as likely inside as outside.
 */
export function rangeOf(spans: readonly Span[]): PublishedRange {
  const last = Math.max(0, ...spans.map((span) => span.last));
  const before = Math.max(0, ...spans.map((span) => span.before));
  return last === 0 ? NO_MESSAGES : { first: before + 1, last };
}

/**
 * The server as it was seen, and the reports with the stamps of all processes put together, µs
 * after t0 by our clock. `shift`: our time − stamp.
 * `correction`: what to add to receipt − stamp for a latency. `endedAt`: when the window ended,
 * null when the server did before. What nobody but the server knows is 0 or empty here;
 * `targetFigures` says so.
 */
export function observedServer(
  range: PublishedRange,
  reports: readonly SubscribersReport[],
  { t0, stamps: { from } }: ObservedWindow,
  shift: number,
  endedAt: number | null,
  correction: number,
): [ServerReport[], SubscribersReport[]] {
  const stamps = merged(reports.map(({ due }) => due));
  const perSecond = secondsOf(stamps, from);
  const delivered = reports.reduce((sum, report) => sum + report.delivered, 0);
  const bytes = reports.reduce((sum, report) => sum + report.deliveredBytes, 0);
  const known = stamps.findLast((stamp) => !Number.isNaN(stamp));
  const lastPublishedAt = (known ?? 0) + shift;
  const server: ServerReport = {
    range,
    behind: false,
    lastPublishedAt,
    endedAt: endedAt ?? lastPublishedAt,
    publishedPerSecond: perSecond,
    lag: NO_VALUES,
    encodeMicros: null,
    feedSha256: '',
    meanMessageBytes: delivered === 0 ? null : bytes / delivered,
    totalSends: 0,
    segmentationRefused: 0,
    counters: newServerCounters(),
    traffic: { sends: 0, sendBytes: 0, received: 0 },
    usage: UNKNOWN_USE,
    held: null,
    sourceUnderruns: 0,
  };
  const due = stamps.map((stamp) => stamp - t0 - correction);
  return [[server], reports.map((report) => ({ ...report, due }))];
}

/** Each stamp from whoever has it. */
function merged(lists: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array(0), ...others] = lists;
  return first.map((stamp, i) =>
    Number.isNaN(stamp)
      ? (others.map((list) => list[i] as number).find((one) => !Number.isNaN(one)) ?? stamp)
      : stamp,
  );
}

/**
 * Messages published in each second of the window. One that nobody received in time has no stamp:
 * it counts in the second of the next that has, or behind the last of them in its second. What is
 * late at the end of a window is all of that kind.
 */
function secondsOf(stamps: Float64Array, from: number): number[] {
  const perSecond: number[] = [];
  let unknown = 0;
  for (const stamp of stamps) {
    unknown += 1;
    if (Number.isNaN(stamp)) continue;
    const second = Math.floor((stamp - from) / 1e6);
    while (perSecond.length <= second) perSecond.push(0);
    perSecond[second] = (perSecond[second] as number) + unknown;
    unknown = 0;
  }
  if (unknown > 0) {
    const last = Math.max(0, perSecond.length - 1);
    perSecond[last] = (perSecond[last] ?? 0) + unknown;
  }
  return perSecond;
}

const NO_VALUES: LatencyCounts = {
  pairs: new Float64Array(0),
  negative: 0,
  overflow: 0,
  undated: 0,
  min: 0,
  max: 0,
  sum: 0,
};
