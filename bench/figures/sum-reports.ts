/** The reports of all subscriber processes of a cell, added up. */

import type { JoinFailure, SubscribersReport } from '../ipc/subscribers.js';
import { addReordering, newReordering } from '../record/sequence-account.js';
import type { Reconciled } from '../worker-subscriber/reconcile.js';

export type Totals = Omit<Reconciled, 'joined' | 'verified' | 'jitters' | 'means'> &
  Pick<SubscribersReport, 'deliveredBytes' | 'lastDeliveredAt'>;

export function sumReports(reports: readonly SubscribersReport[]): Totals {
  const sum = (pick: (report: SubscribersReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  const cut = new Map<string, JoinFailure>();
  for (const one of reports.flatMap((report) => report.cut)) {
    cut.set(one.code, { ...one, count: one.count + (cut.get(one.code)?.count ?? 0) });
  }
  const buffers = reports
    .map(({ receiveBufferBytes }) => receiveBufferBytes)
    .filter((bytes) => bytes !== null);
  return {
    delivered: sum(({ delivered }) => delivered),
    deliveredBytes: sum(({ deliveredBytes }) => deliveredBytes),
    lastDeliveredAt: Math.max(0, ...reports.map(({ lastDeliveredAt }) => lastDeliveredAt)),
    duplicates: sum(({ duplicates }) => duplicates),
    reordering: reports.reduce((all, { reordering }) => {
      addReordering(all, reordering);
      return all;
    }, newReordering()),
    unbalanced: sum(({ unbalanced }) => unbalanced),
    late: sum(({ late }) => late),
    corrupt: sum(({ corrupt }) => corrupt),
    droppedByPolicy: sum(({ droppedByPolicy }) => droppedByPolicy),
    conflated: sum(({ conflated }) => conflated),
    kernelDrops: reports.some(({ kernelDrops }) => kernelDrops === null)
      ? null
      : sum(({ kernelDrops }) => kernelDrops ?? 0),
    network: sum(({ network }) => network),
    inLostDatagrams: sum(({ inLostDatagrams }) => inLostDatagrams),
    unexplained: sum(({ unexplained }) => unexplained),
    inFlight: sum(({ inFlight }) => inFlight),
    cut: [...cut.values()],
    datagrams: {
      received: sum(({ datagrams }) => datagrams.received),
      lost: sum(({ datagrams }) => datagrams.lost),
      duplicated: sum(({ datagrams }) => datagrams.duplicated),
      reordered: sum(({ datagrams }) => datagrams.reordered),
    },
    receiveBufferBytes: buffers.length === 0 ? null : Math.min(...buffers),
  };
}
