/**
 * What a metric of `/metrics` is, and how its samples are taken from the server's counters. Pure.
 */
import type { PacketCounters } from '../../transports/counters.js';
import type { ServerStats, TransportStats } from '../stats.js';

type Labels = Readonly<Record<string, string>>;

export type Sample = readonly [value: number | undefined, labels?: Labels];

/**
 * One metric: what it is, and its samples from the server's counters. A sample that cannot be told
 * is left out.
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly samples: (stats: ServerStats) => readonly Sample[];
}

export function perTransport(value: (transport: TransportStats) => number): Metric['samples'] {
  return ({ transports }) =>
    transports.map((transport) => [value(transport), { transport: transport.name }]);
}

/** Of each transport that counts packets, one sample of each kind. */
export function perPacket<K extends string>(
  kinds: readonly K[],
  label: string,
  counters: (packets: PacketCounters) => Readonly<Record<K, number>>,
): Metric['samples'] {
  return ({ transports }) =>
    transports.flatMap(({ name: transport, packets }): Sample[] =>
      packets === undefined
        ? []
        : kinds.map((kind) => [counters(packets)[kind], { transport, [label]: kind }]),
    );
}

export const TRANSPORT = ['transport'] as const;
