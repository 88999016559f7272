/** From subscribers to the report of their process: who missed what, and what explains it. */

import { overlap } from '../../src/metrics/range.js';
import type { ClientCounters } from '../../src/transports/counters.js';
import type { JoinFailure, SubscribersReport } from '../ipc/subscribers.js';
import { droppedOf, NOTHING_DROPPED } from '../link/dropped.js';
import type { DroppedDatagrams } from '../link/link-book.js';
import { meanJitter } from '../record/jitter.js';
import { addReordering, newReordering } from '../record/sequence-account.js';
import { UNATTRIBUTED_LIMIT } from '../result/ledger.js';
import { type PublishedRange, publishedIn } from '../workload/window.js';
import { dropsKey } from './receive-drops.js';
import type { BenchSubscriber } from './subscriber.js';

export type Reconciled = Pick<
  SubscribersReport,
  | 'joined'
  | 'delivered'
  | 'duplicates'
  | 'reordering'
  | 'verified'
  | 'jitters'
  | 'means'
  | 'unbalanced'
  | 'late'
  | 'corrupt'
  | 'droppedByPolicy'
  | 'conflated'
  | 'kernelDrops'
  | 'network'
  | 'inLostDatagrams'
  | 'unexplained'
  | 'inFlight'
  | 'cut'
  | 'datagrams'
  | 'receiveBufferBytes'
>;

/**
 * Settles the accounts for the messages that each shard published (`ranges`). `drops`: what the
 * kernel dropped at each socket in the window, by `dropsKey`, null where the platform cannot
 * tell; `mostInDatagram`: most messages that any of these subscribers found in one; `reliable`: the
 * transport loses nothing while a connection lasts; `foreign`: the server is not ours, so nobody
 * but the datagrams' own numbers tells what never reached us; `droppedOnLink`: the datagrams to each
 * client of this process, by its index, that the link dropped; null where no link tells.
 */
export function reconcile(
  subscribers: readonly BenchSubscriber[],
  ranges: readonly PublishedRange[],
  drops: ReadonlyMap<number, number> | null,
  mostInDatagram: number,
  reliable: boolean,
  foreign = false,
  droppedOnLink: readonly DroppedDatagrams[] | null = null,
): Reconciled {
  const joined = ranges.map(() => 0);
  const cut = new Map<string, JoinFailure>();
  const datagrams = { received: 0, lost: 0, duplicated: 0, reordered: 0 };
  const reordering = newReordering();
  const jitters: number[] = [];
  const means: number[] = [];
  let buffer: number | null = null;
  const sum = {
    delivered: 0,
    duplicates: 0,
    verified: 0,
    unbalanced: 0,
    late: 0,
    corrupt: 0,
    droppedByPolicy: 0,
    conflated: 0,
    kernelDrops: 0,
    network: 0,
    inLostDatagrams: 0,
    unexplained: 0,
    inFlight: 0,
  };
  const inRead = Math.max(
    1,
    mostOf(subscribers, ({ mostInRead }) => mostInRead),
  );
  // Clients that share a socket share its count.
  const undistributed = new Map(drops ?? []);
  for (const subscriber of subscribers) {
    const { account, subscription } = subscriber;
    const { shard } = subscriber.stream;
    const range = ranges[shard] as PublishedRange;
    const published = publishedIn(range);
    joined[shard] = (joined[shard] as number) + 1;
    const missing = published - subscriber.delivered - subscriber.late;
    // What arrived corrupt was neither skipped nor dropped: nothing of the below explains it.
    const absent = missing - subscriber.corrupt;
    const skipped = Math.min(absent, subscriber.droppedByPolicy(range.first, range.last));
    const conflated = Math.min(absent - skipped, subscriber.conflated(range.first, range.last));
    // Of all that the server left out on purpose.
    const dropped = skipped + conflated;
    sum.delivered += subscriber.delivered;
    sum.late += subscriber.late;
    sum.duplicates += account.duplicates;
    addReordering(reordering, account.reordering);
    sum.verified += subscriber.verified;
    sum.corrupt += subscriber.corrupt;
    sum.droppedByPolicy += skipped;
    sum.conflated += conflated;
    const { stream } = subscriber;
    const jitter = meanJitter(stream.jitter);
    if (jitter !== null) jitters.push(jitter);
    means.push(stream.dated === 0 ? Number.NaN : stream.latencySum / stream.dated);
    if (subscriber.cut !== undefined) count(cut, subscriber.cut.toJSON());
    let inFlight = 0;
    if (reliable && subscriber.cut === undefined) {
      // Only what lies behind all that was heard can be on its way: a hole in an ordered stream is
      // lost.
      const tail = overlap(subscriber.reached, range.last, range.first, range.last);
      inFlight = Math.min(absent - dropped, tail);
    }
    const lost = subscriber.inLostDatagrams(range.first, range.last, mostInDatagram);
    const onLink = droppedOf(
      droppedOnLink?.[subscriber.index] ?? NOTHING_DROPPED,
      range,
      (from, to) => account.missingOfLost(from, to),
    );
    const lostOnLink = Math.max(0, Math.min(absent - dropped, onLink.messages));
    const inDatagrams = Math.max(
      0,
      Math.min(absent - dropped - lostOnLink, lost.messages - lostOnLink),
    );
    const datagramsLost = Math.max(0, lost.datagrams - onLink.datagrams);
    const droppedHere = takeDrops(undistributed, dropsKey(subscription), datagramsLost, inRead);
    const kernel = explainedByKernel(inDatagrams, droppedHere, datagramsLost, mostInDatagram);
    // Without the kernel's own count nobody can tell the network's losses from ours.
    const network = foreign && drops !== null ? inDatagrams - kernel : lostOnLink;
    const unexplained = Math.abs(missing - dropped - inFlight - kernel - network);
    sum.inFlight += inFlight;
    sum.kernelDrops += kernel;
    sum.network += network;
    sum.inLostDatagrams += inDatagrams - kernel;
    sum.unexplained += unexplained;
    if (unexplained > published * UNATTRIBUTED_LIMIT) sum.unbalanced += 1;
    if (subscription === undefined) continue;
    const { counters, receiveBufferBytes } = subscription;
    sum.corrupt += counters.malformed;
    datagrams.received += counters.reads;
    datagrams.lost += counters.datagramsLost;
    datagrams.duplicated += counters.datagramsDuplicated;
    datagrams.reordered += counters.datagramsReordered;
    if (receiveBufferBytes !== null)
      buffer = Math.min(buffer ?? receiveBufferBytes, receiveBufferBytes);
  }
  return {
    ...sum,
    joined,
    reordering,
    jitters: Float64Array.from(jitters),
    means: Float64Array.from(means),
    kernelDrops: drops === null ? null : sum.kernelDrops,
    cut: [...cut.values()],
    datagrams,
    receiveBufferBytes: buffer,
  };
}

/** The largest of what the subscriptions count; 0 where there is none. */
export function mostOf(
  subscribers: readonly BenchSubscriber[],
  of: (counters: ClientCounters) => number,
): number {
  return subscribers.reduce(
    (most, { subscription }) => Math.max(most, subscription ? of(subscription.counters) : 0),
    0,
  );
}

/**
 * Datagrams, up to `most`, that the drops which are left under `key` explain. What the kernel
 * drops, and counts as one, is what would have been one read: with UDP_GRO up to `inRead`
 * datagrams.
 */
function takeDrops(left: Map<number, number>, key: number, most: number, inRead: number): number {
  const all = left.get(key) ?? 0;
  const taken = Math.min(all, Math.ceil(most / inRead));
  left.set(key, all - taken);
  return Math.min(most, taken * inRead);
}

/**
 * Messages of lost datagrams that the kernel dropped at the receiver's own full buffer. If it
 * dropped all the datagrams that the subscriber missed, they explain all those messages; if only
 * some, that share (rounded down, so never too many), and never more than so many datagrams can
 * hold.
 */
export function explainedByKernel(
  inDatagrams: number,
  kernelDrops: number,
  datagramsLost: number,
  mostInDatagram: number,
): number {
  if (inDatagrams <= 0 || kernelDrops <= 0) return 0;
  if (kernelDrops >= datagramsLost) return inDatagrams;
  return Math.min(
    Math.floor((inDatagrams * kernelDrops) / datagramsLost),
    kernelDrops * mostInDatagram,
  );
}

function count(reasons: Map<string, JoinFailure>, error: Omit<JoinFailure, 'count'>): void {
  const before = reasons.get(error.code);
  reasons.set(error.code, { ...error, count: (before?.count ?? 0) + 1 });
}
