/**
 * What the server processes of a cell did, taken together: one feed, published by each, sent by all
 * of them. Pure.
 */

import type { ServerReport } from '../ipc/server.js';
import type { UsageReport } from '../process/usage.js';
import { LatencyTotal } from '../record/distribution.js';
import { publishedIn } from '../workload/window.js';

/**
 * The reports of all shards as that of one server. Every shard publishes the same messages, so what
 * is said of the feed is said once, by the shard that got furthest; what is done for subscribers
 * adds up.
 */
export interface MergedServers
  extends Pick<
    ServerReport,
    | 'behind'
    | 'lastPublishedAt'
    | 'endedAt'
    | 'publishedPerSecond'
    | 'encodeMicros'
    | 'feedSha256'
    | 'meanMessageBytes'
    | 'totalSends'
    | 'segmentationRefused'
    | 'counters'
    | 'traffic'
    | 'sourceUnderruns'
  > {
  /** Messages published in the window, by at least one shard: each counts once. */
  readonly published: number;
  /** The same by shard: they differ only where shards were cut short or fell behind. */
  readonly publishedBy: readonly number[];
  /** Of every shard's generator, added up. */
  readonly lag: LatencyTotal;
  readonly usages: readonly UsageReport[];
}

/** Null without reports: no server left one. */
export function mergeServers(reports: readonly ServerReport[]): MergedServers | null {
  const [first, ...others] = reports;
  if (first === undefined) return null;
  const furthest = others.reduce(
    (best, one) => (one.range.last > best.range.last ? one : best),
    first,
  );
  const counters = { ...first.counters };
  for (const one of others) {
    for (const name of Object.keys(counters) as (keyof typeof counters)[])
      counters[name] += one.counters[name];
  }
  const lag = new LatencyTotal();
  for (const one of reports) lag.add(one.lag);
  const timed = reports.map(({ encodeMicros }) => encodeMicros).filter((micros) => micros !== null);
  const sum = (pick: (report: ServerReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  return {
    published: publishedIn(furthest.range),
    publishedBy: reports.map(({ range }) => publishedIn(range)),
    behind: reports.some(({ behind }) => behind),
    lastPublishedAt: Math.max(...reports.map(({ lastPublishedAt }) => lastPublishedAt)),
    endedAt: Math.max(...reports.map(({ endedAt }) => endedAt)),
    publishedPerSecond: furthest.publishedPerSecond,
    encodeMicros:
      timed.length === 0 ? null : timed.reduce((total, micros) => total + micros, 0) / timed.length,
    feedSha256: furthest.feedSha256,
    meanMessageBytes: furthest.meanMessageBytes,
    totalSends: sum(({ totalSends }) => totalSends),
    segmentationRefused: sum(({ segmentationRefused }) => segmentationRefused),
    counters,
    traffic: {
      sends: sum(({ traffic }) => traffic.sends),
      sendBytes: sum(({ traffic }) => traffic.sendBytes),
      received: sum(({ traffic }) => traffic.received),
    },
    sourceUnderruns: sum(({ sourceUnderruns }) => sourceUnderruns),
    lag,
    usages: reports.map(({ usage }) => usage),
  };
}

/**
 * Whether the shards published the same feed. `cutShort`: they need not have got equally far, and
 * then only those that did can be held against each other.
 */
export function feedsAgree(reports: readonly ServerReport[], cutShort: boolean): boolean {
  const hashes = new Map<string, string>();
  for (const { range, feedSha256 } of reports) {
    const extent = `${range.first}-${range.last}`;
    const hash = hashes.get(extent) ?? feedSha256;
    if (hash !== feedSha256) return false;
    hashes.set(extent, hash);
  }
  return cutShort || hashes.size <= 1;
}
