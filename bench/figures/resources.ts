/** What a cell took of the machine: CPU, memory, socket buffers. */
import type { ServerRecord } from '../cell-record.js';
import { type RunConfig, wholeOption } from '../config.js';
import type { UsageReport } from '../process/usage.js';
import type { CellResult, ProcessUse } from '../result/result.js';
import { ratio } from './ratio.js';

/** What was asked for, and the smallest that the kernel granted to any socket of either side. */
export function socketFigures(
  reliable: boolean,
  config: RunConfig,
  server: ServerRecord,
  receiveBufferBytes: number | null,
): CellResult['sockets'] {
  const { sendBufferBytes, congestionControl } =
    server.kind === 'local' ? server : { sendBufferBytes: null, congestionControl: null };
  if (reliable) {
    return {
      congestion_control: congestionControl,
      receive_buffer_requested_bytes: null,
      receive_buffer_bytes: null,
      send_buffer_requested_bytes: null,
      send_buffer_bytes: null,
      note: 'the kernel tunes TCP buffers itself (net.ipv4.tcp_rmem, tcp_wmem), and Node cannot read their size',
    };
  }
  return {
    congestion_control: null,
    receive_buffer_requested_bytes: wholeOption(config, 'receiveBufferBytes'),
    receive_buffer_bytes: receiveBufferBytes,
    send_buffer_requested_bytes: wholeOption(config, 'sendBufferBytes'),
    send_buffer_bytes: sendBufferBytes,
    note: 'Linux reports twice the bytes it was asked for: half of it is its own bookkeeping',
  };
}

/** Of all processes of one side, over `delivered` messages. */
export function processUse(usages: readonly UsageReport[], delivered: number): ProcessUse {
  // Of all, or of none: a sum that leaves out what is not known would be too small.
  const sum = (pick: (usage: UsageReport) => number | null): number | null =>
    usages.reduce<number | null>((total, usage) => plus(total, pick(usage)), 0);
  const highest = (pick: (usage: UsageReport) => number | null): number | null => {
    const known = usages.map(pick).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  const cpu = sum(({ cpuMicros }) => cpuMicros);
  return {
    processes: usages.length,
    cpu_us: cpu,
    cpu_us_per_delivery: cpu === null ? null : ratio(cpu, delivered),
    cpu_cores: sum(({ windowCpuMicros: cpu, windowMicros: time }) =>
      cpu === null || time === null ? null : ratio(cpu, time),
    ),
    busiest_cores: highest(({ windowCpuMicros: cpu, windowMicros: time }) =>
      cpu === null || time === null ? null : ratio(cpu, time),
    ),
    run_queue_ratio: highest(({ runQueueMicros: wait, windowMicros: time }) =>
      wait === null || time === null ? null : ratio(wait, time),
    ),
    loop_utilization: highest(({ loopUtilization }) => loopUtilization),
    loop_delay_us: {
      p99: highest(({ loopDelayP99Micros }) => loopDelayP99Micros),
      max: highest(({ loopDelayMaxMicros }) => loopDelayMaxMicros),
    },
    rss_start_bytes: sum(({ rssStartBytes }) => rssStartBytes),
    rss_bytes: sum(({ rssBytes }) => rssBytes),
    rss_peak_bytes: sum(({ rssPeakBytes }) => rssPeakBytes),
  };
}

/** CPU-µs of making the feed, which is in no cost; null unless every server told it. */
export function sourceCpu(usages: readonly UsageReport[]): number | null {
  if (usages.length === 0) return null;
  return usages.reduce<number | null>((sum, { apartMicros }) => plus(sum, apartMicros), 0);
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
