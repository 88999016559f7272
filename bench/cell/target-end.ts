/** How a server that is not ours behaved at the end of a window. Pure. */
import type { ServerReport } from '../ipc/server.js';
import type { SubscribersReport } from '../ipc/subscribers.js';
import { publishedIn } from '../workload/window.js';
import { NO_MESSAGES } from './target-report.js';
import { LEAD_MICROS } from './target-window.js';

/** A pause shorter than this, and than so many times the usual one, is nothing to speak of. */
const SHORT_PAUSE_MICROS = 500_000;
const LONG_PAUSE = 10;

/**
 * How long before the end of the window the last message was published, when that is not a pause of
 * a feed that has such pauses.
 */
export function silenceOf(servers: readonly ServerReport[], start: number, end: number): number {
  const [{ lastPublishedAt, range } = { lastPublishedAt: end, range: NO_MESSAGES }] = servers;
  const published = publishedIn(range);
  const silent = end - lastPublishedAt;
  const usual = (lastPublishedAt - start) / Math.max(1, published);
  return published > 0 && silent > Math.max(SHORT_PAUSE_MICROS, LONG_PAUSE * usual) ? silent : 0;
}

/**
 * A feed that fell silent is at its end; one that still delivers just before the deadline is late.
 */
export function stillComing(reports: readonly SubscribersReport[], deadline: number): boolean {
  const last = Math.max(0, ...reports.map(({ lastDeliveredAt }) => lastDeliveredAt));
  return last > deadline - LEAD_MICROS;
}
