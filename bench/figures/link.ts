/** What the link of a cell did. Pure. */

import type { CellRecord, LinkRecord } from '../cell-record.js';
import { droppedIn, droppedOf } from '../link/dropped.js';
import type { FateCounts, LinkBook } from '../link/link-book.js';
import { NO_LINK } from '../link/link-spec.js';
import { bookChecks } from '../link/verify/book-checks.js';
import type { CellResult } from '../result/result.js';
import { shardOf } from '../workload/share.js';

type LinkCounts = NonNullable<CellResult['link_counts']>;

/**
 * `reliable`: the transport has segments, and no datagrams. `fastest`: of the latencies, µs; null
 * without any.
 */
export function linkFigures(
  record: CellRecord,
  reliable: boolean,
  fastest: number | null,
): Pick<CellResult, 'link' | 'link_counts'> {
  const { plan, link } = record;
  return {
    link: plan.kind === 'target' || plan.link === NO_LINK ? null : plan.link,
    link_counts: link === null ? null : linkCounts(record, link, reliable, fastest),
  };
}

function linkCounts(
  record: CellRecord,
  { spec, before, after }: LinkRecord,
  reliable: boolean,
  fastest: number | null,
): LinkCounts {
  const { lateness } = after;
  const { rtt_us: rtt } = record.ping;
  return {
    specification: spec.text,
    delay_us: { up: spec.up.delayUs, down: spec.down.delayUs },
    up: growth(before, after, 'up'),
    down: growth(before, after, 'down'),
    uplink_overflow: after.uplinkOverflow - before.uplinkOverflow,
    ...(reliable
      ? {
          dropped_datagrams: null,
          dropped_messages: null,
          dropped_segments: segments(after) - segments(before),
        }
      : { ...droppedData(record, after), dropped_segments: null }),
    lateness_us: { p50: lateness.p50, p99: lateness.p99, max: lateness.max },
    unread: after.unread,
    no_room: after.noRoom,
    checks: bookChecks(spec, before, after, { latency: fastest, roundTrip: rtt?.min ?? null }),
  };
}

/** IP bytes that were offered to the link while there was a feed, both ways; null without one. */
export function linkBytes({ link }: CellRecord): number | null {
  if (link === null) return null;
  const { before, after } = link;
  return growth(before, after, 'up').bytes + growth(before, after, 'down').bytes;
}

function growth(before: LinkBook, after: LinkBook, way: 'up' | 'down'): LinkCounts['up'] {
  const of = (name: keyof FateCounts): number => total(after, way, name) - total(before, way, name);
  return {
    packets: of('packets'),
    bytes: of('bytes'),
    delivered: of('delivered'),
    delivered_bytes: of('deliveredBytes'),
    lost: of('lost'),
    overflow: of('overflow'),
    outage: of('outage'),
    duplicated: of('duplicated'),
    reordered: of('reordered'),
    corrupted: of('corrupted'),
  };
}

function total({ clients }: LinkBook, way: 'up' | 'down', name: keyof FateCounts): number {
  return clients.reduce((sum, client) => sum + client[way][name], 0);
}

function segments({ clients }: LinkBook): number {
  return clients.reduce((sum, { droppedSegments }) => sum + droppedSegments, 0);
}

/** Of the messages that the shard of each client published in the window. */
function droppedData(
  { servers }: CellRecord,
  book: LinkBook,
): Pick<LinkCounts, 'dropped_datagrams' | 'dropped_messages'> {
  const lists = droppedIn(book);
  if (lists === null || servers.length === 0)
    return { dropped_datagrams: null, dropped_messages: null };
  let [datagrams, messages] = [0, 0];
  for (const [k, list] of lists.entries()) {
    const { range } = servers[shardOf(k, servers.length)]!;
    const dropped = droppedOf(list, range);
    datagrams += dropped.datagrams;
    messages += dropped.messages;
  }
  return { dropped_datagrams: datagrams, dropped_messages: messages };
}
