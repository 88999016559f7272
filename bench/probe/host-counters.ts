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

/** These counters, now. */
export async function hostCounters(read: ReadText = readText): Promise<HostCounters> {
  const text = (await read('/proc/net/snmp')) ?? '';
  const udp = protocolTable(text, 'Udp');
  return {
    udp_rcvbuf_errors: udp?.('RcvbufErrors') ?? null,
    udp_sndbuf_errors: udp?.('SndbufErrors') ?? null,
    udp_in_errors: udp?.('InErrors') ?? null,
    tcp_retransmitted_segments: protocolTable(text, 'Tcp')?.('RetransSegs') ?? null,
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
