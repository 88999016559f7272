/** Metrics of repair over UDP, and of who loses too much for it. Pure. */
import type { TransportStats } from '../stats.js';
import { type Metric, type Sample, TRANSPORT } from './metric.js';

/** Of those transports only that hear from their subscribers by datagram. */
function perDatagrams(value: (transport: TransportStats) => number): Metric['samples'] {
  return ({ transports }) =>
    transports.flatMap((transport): Sample[] =>
      transport.packets === undefined ? [] : [[value(transport), { transport: transport.name }]],
    );
}

export const REPAIR_METRICS: readonly Metric[] = [
  {
    name: 'lab_naks_total',
    help: 'NAKs of subscribers: each asks for up to 16 ranges of messages again',
    labels: TRANSPORT,
    samples: perDatagrams(({ naks }) => naks),
  },
  {
    name: 'lab_repairs_total',
    help: 'Datagrams that repeated messages for who had asked, and parities or copies',
    labels: TRANSPORT,
    samples: perDatagrams(({ repairs }) => repairs),
  },
  {
    name: 'lab_repair_bytes_total',
    help: 'Their bytes, headers included',
    labels: TRANSPORT,
    samples: perDatagrams(({ repairBytes }) => repairBytes),
  },
  {
    name: 'lab_repair_ranges_unanswered_total',
    help: 'Ranges that were asked for and are no longer retained (gone), or were not or not wholly answered for want of budget (withheld); and parities withheld',
    labels: ['transport', 'reason'],
    samples: ({ transports }) =>
      transports.flatMap(({ name: transport, packets, repairsGone, repairsWithheld }): Sample[] =>
        packets === undefined
          ? []
          : [
              [repairsGone, { transport, reason: 'gone' }],
              [repairsWithheld, { transport, reason: 'withheld' }],
            ],
      ),
  },
  {
    name: 'lab_repair_superseded_messages_total',
    help: 'Messages that were asked for and not repeated, as later ones of their keys had been published (policy conflate)',
    labels: TRANSPORT,
    samples: perDatagrams(({ repairsSuperseded }) => repairsSuperseded),
  },
  {
    name: 'lab_subscriptions_reduced_total',
    help: 'Times that a subscriber was paced, and not repaired, because it lost too much or was silent (circuit breaker)',
    labels: TRANSPORT,
    samples: perDatagrams(({ reduced }) => reduced),
  },
];
