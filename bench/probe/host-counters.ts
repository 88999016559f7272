import { protocolTable } from '../../src/kernel/protocol-table.js';
import { type ReadText, readText } from '../../src/kernel/read-text.js';
import type { CellResult } from '../result/result.js';
import { type CpuFigures, NO_CPU_FIGURES } from './cpu-counters.js';
import { type CpuTimes, parseCpuTimes, stolenShare } from './cpu-times.js';

/** Counters of the host; a null is one that this platform does not tell. */
export interface HostCounters
  extends Omit<CellResult['kernel'], 'cpu_steal_ratio' | keyof CpuFigures> {
  readonly cpu: CpuTimes | null;
}

/** A process in a network namespace; `self`: that of this process. */
type Place = number | 'self';

/**
 * These counters, now. Those of the network are sums over the network namespaces of `places`, which
 * must not be the same.
 */
export async function hostCounters(
  read: ReadText = readText,
  places: readonly Place[] = ['self'],
): Promise<HostCounters> {
  const texts = await Promise.all(
    places.map(async (place) => {
      const file = place === 'self' ? '/proc/net/snmp' : `/proc/${place}/net/snmp`;
      return (await read(file)) ?? '';
    }),
  );
  const sum = (protocol: string, name: string): number | null => {
    const counts = texts.map((text) => protocolTable(text, protocol)?.(name) ?? null);
    const known = counts.filter((count) => count !== null);
    return known.length < counts.length ? null : known.reduce((all, count) => all + count, 0);
  };
  return {
    udp_rcvbuf_errors: sum('Udp', 'RcvbufErrors'),
    udp_sndbuf_errors: sum('Udp', 'SndbufErrors'),
    udp_in_errors: sum('Udp', 'InErrors'),
    tcp_retransmitted_segments: sum('Tcp', 'RetransSegs'),
    cpu: parseCpuTimes((await read('/proc/stat')) ?? ''),
  };
}

/**
 * What a cell reports: how much they grew; null where either reading is, or where one began anew in
 * between. `cpu`: of the window.
 */
export function hostGrowth(
  before: HostCounters,
  after: HostCounters,
  cpu: CpuFigures = NO_CPU_FIGURES,
): CellResult['kernel'] {
  const grown = (a: number | null, b: number | null): number | null =>
    a === null || b === null || b < a ? null : b - a;
  return {
    udp_rcvbuf_errors: grown(before.udp_rcvbuf_errors, after.udp_rcvbuf_errors),
    udp_sndbuf_errors: grown(before.udp_sndbuf_errors, after.udp_sndbuf_errors),
    udp_in_errors: grown(before.udp_in_errors, after.udp_in_errors),
    tcp_retransmitted_segments: grown(
      before.tcp_retransmitted_segments,
      after.tcp_retransmitted_segments,
    ),
    cpu_steal_ratio:
      before.cpu === null || after.cpu === null ? null : stolenShare(before.cpu, after.cpu),
    ...cpu,
  };
}
